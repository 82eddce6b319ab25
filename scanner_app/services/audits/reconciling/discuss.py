"""Comment on findings, and say who clears them up until when. Each step is an act."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.spans import TAKES_SCANS
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.notices.causes import assigned_topic, finding_assigned
from scanner_app.models import Audit, Finding, User
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.seals.acts import record_act

CHUNK = 500
MAX_COMMENT = 2000


def comment_on(
    session: Session, *, audit_id: int, finding_id: int, text: str, actor: Actor, now: datetime
) -> int:
    """Add a comment to a finding, and return the id of its act. It is printed in the report.

    :raises Conflict: the audit is not being counted or reconciled.
    :raises Invalid: the comment is empty.
    :raises NotFound: the finding does not belong to this audit.
    """
    _require_open(session, audit_id)
    words = text.strip()[:MAX_COMMENT]
    if not words:
        raise Invalid("Write the comment first.", errors={"text": ["Write the comment first."]})
    _require_findings(session, audit_id, [finding_id])
    return record_act(
        session,
        kind=ActKind.COMMENTED,
        actor=actor,
        now=now,
        audit_id=audit_id,
        text=words,
        finding_ids=[finding_id],
    )


def assign_findings(
    session: Session,
    *,
    audit_id: int,
    finding_ids: Collection[int],
    assignee_id: int | None,
    due_on: date | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Assign findings to somebody who clears them up, all in one act; return how many.

    :param assignee_id: the user; None takes the findings from anyone who has them.
    :raises Conflict: the audit is not being counted or reconciled.
    :raises Invalid: nobody active has this id, or there is a day and nobody to keep it.
    :raises NotFound: a finding does not belong to this audit.
    """
    audit = _require_open(session, audit_id)
    name = _name_assignee(session, assignee_id)
    if assignee_id is None and due_on is not None:
        text = "Choose who keeps this day."
        raise Invalid(text, errors={"assignee": [text]})
    ids = sorted(set(finding_ids))
    _require_findings(session, audit_id, ids)
    if not ids:
        return 0
    before = _list_assignees(session, audit_id)
    _write(session, ids, assignee_id=assignee_id, due_on=due_on)
    act_id = record_act(
        session,
        kind=ActKind.ASSIGNED_FINDING,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about={
            "assignee": f"user:{assignee_id}" if assignee_id is not None else None,
            "assignee_name": name,
            "due_on": due_on.isoformat() if due_on else None,
        },
        finding_ids=ids,
    )
    left = _list_assignees(session, audit_id)
    _end(session, audit_id, before.keys() - left.keys(), now=now)
    # What people took themselves they know.
    if assignee_id is not None and actor.person_key != f"user:{assignee_id}":
        notice = finding_assigned(
            act_id, audit_id, audit.name, count=left[assignee_id], due_on=due_on, to=assignee_id
        )
        raise_notice(session, notice, now=now)
    return len(ids)


def _write(session: Session, ids: Sequence[int], **values: Any) -> None:
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        session.execute(update(Finding).where(Finding.id.in_(chunk)).values(**values))


def end_assignments(session: Session, audit_id: int, *, now: datetime) -> None:
    """End the notices of what people cleared up in an audit that is over."""
    _end(session, audit_id, _list_assignees(session, audit_id), now=now)


def _end(session: Session, audit_id: int, users: Collection[int], *, now: datetime) -> None:
    clear_topics(session, {assigned_topic(audit_id, one) for one in users}, now=now)


def _list_assignees(session: Session, audit_id: int) -> dict[int, int]:
    """Return how many findings of an audit each user clears up."""
    rows = session.execute(
        select(Finding.assignee_id, func.count())
        .where(Finding.audit_id == audit_id, Finding.assignee_id.is_not(None))
        .group_by(Finding.assignee_id)
    )
    return {user_id: count for user_id, count in rows if user_id is not None}


def _require_open(session: Session, audit_id: int) -> Audit:
    audit = lock_audit(session, audit_id)
    if audit.state not in TAKES_SCANS:
        raise Conflict(
            "Findings are discussed while an audit is counted or reconciled; "
            f"this one is {audit.state.value}.",
            code="audit_closed" if audit.closed_at else "wrong_state",
        )
    return audit


def _name_assignee(session: Session, assignee_id: int | None) -> str | None:
    if assignee_id is None:
        return None
    name = session.scalar(select(User.name).where(User.id == assignee_id, User.is_active))
    if name is None:
        text = "Nobody who may sign in is chosen. Choose a user from the list."
        raise Invalid(text, errors={"assignee": [text]})
    return name


def _require_findings(session: Session, audit_id: int, ids: Collection[int]) -> None:
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        found = session.scalars(
            select(Finding.id).where(Finding.audit_id == audit_id, Finding.id.in_(chunk))
        ).all()
        if len(found) != len(chunk):
            raise NotFound("That finding does not belong to this audit.")

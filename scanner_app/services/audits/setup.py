"""Set up an audit, or the revision of a closed one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.holdings.holdings import read_kinds
from scanner_app.domain.audits.policy import read_policy
from scanner_app.domain.audits.scoping import read_narrowing
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.models import Audit
from scanner_app.queries.audits.list import find_revision
from scanner_app.queries.audits.scope import LOST, SCOPE_KEYS, check_lengths, scope_condition
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.seals.acts import Acting, record_act

MAX_NAME = 200
REVISION = ", revision"


def create_audit(
    session: Session,
    *,
    name: str,
    scope: Mapping[str, Any],
    is_blind: bool,
    due_on: date | None,
    actor: Acting,
    now: datetime,
    revises_id: int | None = None,
    policy: Mapping[str, Any] | None = None,
) -> Audit:
    """Set up an audit as a draft, and return it.

    :param policy: see `domain.audits.policy`; what it does not name is as by default.
    :raises Invalid: it has no name, its scope names something that does not exist, or its
        policy cannot be used.
    """
    label = name.strip()
    if not label:
        raise Invalid("An audit needs a name.", errors={"name": ["Enter a name."]})
    if not label.isprintable() or len(label) > MAX_NAME:
        text = f"Use at most {MAX_NAME} characters, all of them visible."
        raise Invalid("This name cannot be used.", errors={"name": [text]})
    kept = read_scope(session, scope, now=now)
    audit = Audit(
        name=label,
        state=AuditState.DRAFT,
        scope=kept,
        policy=read_policy(policy or {}, today=None if revises_id else now.date()),
        is_blind=is_blind,
        due_on=due_on,
        created_at=now,
        created_by=actor.name,
        revises_id=revises_id,
    )
    session.add(audit)
    session.flush()  # the act and the caller need the id
    record_act(
        session,
        kind=ActKind.CREATED,
        actor=actor,
        now=now,
        audit_id=audit.id,
        about={"name": label, "scope": kept, "blind": is_blind, "revises": revises_id},
    )
    return audit


def read_scope(session: Session, scope: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return a scope as an audit keeps it.

    :raises Invalid: it names something that does not exist, or a part of it cannot be used.
    """
    check_lengths(scope)
    kept: dict[str, Any] = {key: [str(v) for v in scope.get(key) or []] for key in SCOPE_KEYS}
    kept |= read_narrowing(scope).to_json()
    if scope.get(LOST):
        kept[LOST] = True
    kept |= read_kinds(scope)
    scope_condition(session, kept, now=now)  # raises if the scope names something unknown
    return kept


def open_revision(session: Session, *, audit_id: int, actor: Actor, now: datetime) -> Audit:
    """Set up the next audit of a closed one, with the same scope and a link to it; return it.

    :raises Conflict: it is not closed, or another audit revises it already.
    :raises Invalid: its scope names something that no longer exists.
    """
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.CLOSED:
        raise Conflict("Only a closed audit can be revised.", code="not_closed")
    following = find_revision(session, audit_id)
    if following is not None:
        raise Conflict(
            f"Audit {following} revises this one already. Continue there.", code="already_revised"
        )
    revision = create_audit(
        session,
        name=_next_name(audit.name),
        scope=audit.scope,
        is_blind=audit.is_blind,
        due_on=None,
        actor=actor,
        now=now,
        revises_id=audit.id,
        policy=audit.policy,
    )
    # The plan of a sample goes on, never its seed: the revision draws for itself.
    revision.plan = audit.plan
    return revision


def _next_name(name: str) -> str:
    """Return the name of a revision: `Spring`, `Spring, revision`, `Spring, revision 3`."""
    base, mark, number = name.rpartition(REVISION)
    if not mark or (number and not number.strip().isdecimal()):
        return name[: MAX_NAME - len(REVISION)] + REVISION
    return f"{base}{REVISION} {int(number or 2) + 1}"

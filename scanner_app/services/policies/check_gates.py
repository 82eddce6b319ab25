"""Check the policies of a gate: keep what they found, and refuse what one of them blocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.second_person import PERSON
from scanner_app.domain.errors import Conflict
from scanner_app.domain.policies.checks import judge
from scanner_app.domain.policies.dues import policy_failed, subject_topic
from scanner_app.domain.policies.gates import (
    CheckState,
    Gate,
    Scope,
    SubjectKind,
    is_shut,
    is_waived,
)
from scanner_app.models import Policy, PolicyResult, Waiver
from scanner_app.queries.access import list_persons
from scanner_app.queries.policies.subjects import name_subjects
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice


class Subject(NamedTuple):
    """What is checked: its kind and id, what scopes look at, and what checks look at.

    :param without: keys of people, such as ``user:5``, whose waivers do not count: nobody lets
        pass what they want themselves.
    """

    kind: SubjectKind
    id: int
    about: Scope
    facts: Any
    without: Collection[str] = ()


class Found(NamedTuple):
    """What one policy found about a subject."""

    code: str
    title: str
    state: CheckState
    detail: str
    is_shut: bool


def pass_gate(
    session: Session, gate: Gate, subject: Subject, *, today: date, now: datetime
) -> list[Found]:
    """Return what the policies of a gate found about a subject, and keep it.

    :raises Conflict: one that blocks does not hold, cannot tell, and is not waived
        (`policy_blocked`); the message names it and what is missing.
    """
    found = look_at_gate(session, gate, subject, today=today, now=now)
    shut = [one for one in found if one.is_shut]
    if shut:
        named = " ".join(f"“{one.title}”: {one.detail}" for one in shut)
        raise Conflict(
            f"A policy stops this. {named} Mend it, or ask an approver for a waiver.",
            code="policy_blocked",
        )
    return found


def look_at_gate(
    session: Session, gate: Gate, subject: Subject, *, today: date, now: datetime
) -> list[Found]:
    """Return what the policies of a gate find about a subject, and keep it. Nothing is refused."""
    policies = session.scalars(
        select(Policy).where(Policy.gate == gate, Policy.is_active).order_by(Policy.code)
    ).all()
    found = []
    for policy in policies:
        if not Scope.from_json(policy.applies).takes(subject.about):
            continue
        verdict = judge(policy.check, subject.facts, policy.params)
        days = _list_waivers(session, policy.id, subject)
        state = CheckState.WAIVED if is_waived(verdict, days, today) else verdict.state
        if keep_result(session, policy.id, subject, state=state, detail=verdict.detail, now=now):
            _tell(session, policy, subject, state, verdict.detail, now)
        found.append(
            Found(policy.code, policy.title, state, verdict.detail, is_shut(policy.mode, state))
        )
    return found


def _tell(
    session: Session,
    policy: Policy,
    subject: Subject,
    state: CheckState,
    detail: str,
    now: datetime,
) -> None:
    """Raise a notice of what begins to fail, and end that of what does not fail any more."""
    if state is not CheckState.FAIL:
        topic = subject_topic(policy.id, subject.kind, subject.id)
        clear_topics(session, [topic], now=now)
        return
    about = (subject.kind, subject.id)
    name, link = name_subjects(session, [about]).get(about, ("", ""))
    notice = policy_failed(
        policy.id, code=policy.code, title=policy.title, subject=about, name=name, link=link,
        detail=detail, at=now,
    )  # fmt: skip
    raise_notice(session, notice, now=now)


def keep_result(
    session: Session,
    policy_id: int,
    subject: Subject,
    *,
    state: CheckState,
    detail: str,
    now: datetime,
) -> bool:
    """Keep what a policy found about a subject, and return whether its state changed."""
    row = session.scalar(
        select(PolicyResult).where(
            PolicyResult.policy_id == policy_id,
            PolicyResult.subject_kind == subject.kind,
            PolicyResult.subject_id == subject.id,
        )
    )
    is_new = row is None
    if row is None:
        row = PolicyResult(
            policy_id=policy_id, subject_kind=subject.kind, subject_id=subject.id, state=state,
            since=now,
        )  # fmt: skip
        session.add(row)
    changed = is_new or row.state is not state
    if changed:
        row.state, row.since = state, now
    row.detail, row.checked_at = detail, now
    session.flush()
    return changed


def _list_waivers(session: Session, policy_id: int, subject: Subject) -> Sequence[date]:
    return session.scalars(
        select(Waiver.until_on).where(
            Waiver.policy_id == policy_id,
            Waiver.subject_kind == subject.kind,
            Waiver.subject_id == subject.id,
            Waiver.withdrawn_at.is_(None),
            Waiver.by_key.startswith(PERSON),
            Waiver.by_key.not_in(list_persons(session, subject.without)),
        )
    ).all()

"""Waive a policy for a subject until a day, and withdraw that."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.notices.sweep import waiver_topic
from scanner_app.domain.policies.dues import subject_topic
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.domain.text import is_storable
from scanner_app.models import Policy, Waiver
from scanner_app.queries.procurement.askers import list_wanting
from scanner_app.services.access.second_person import require_person
from scanner_app.services.notices.raise_notice import clear_topics
from scanner_app.services.policies.policies import lock_policy

MAX_REASON = 500


def add_waiver(
    session: Session,
    *,
    code: str,
    subject: tuple[SubjectKind, int],
    reason: str,
    until_on: date | None,
    today: date,
    actor: Actor,
    now: datetime,
) -> int:
    """Waive a policy for a subject until a day, that day included, and return the waiver's id.

    :param subject: its kind and its id, which the caller has found.
    :raises NotFound: no policy has this code.
    :raises Invalid: the reason is empty, or the day is past.
    :raises Conflict: no person is behind the actor (`second_person_required`).
    """
    require_person(actor)
    policy = lock_policy(session, code)
    errors: dict[str, list[str]] = {}
    reason = " ".join(reason.split())
    if not reason or len(reason) > MAX_REASON or not is_storable(reason):
        errors["reason"] = [f"Say why, in 1 to {MAX_REASON} characters."]
    if until_on is None or until_on < today:
        errors["until_on"] = ["Enter today or a later day."]
    if errors or until_on is None:
        raise Invalid("This waiver cannot be saved. Check the fields.", errors=errors)
    waiver = Waiver(
        policy_id=policy.id,
        subject_kind=subject[0],
        subject_id=subject[1],
        reason=reason,
        until_on=until_on,
        at=now,
        by=actor.name,
        by_key=actor.doer_key,
    )
    session.add(waiver)
    session.flush()
    if actor.doer_key not in list_wanting(session, *subject):
        # Somebody has looked at it: nobody needs to be reminded that it does not hold.
        clear_topics(session, [subject_topic(policy.id, *subject)], now=now)
    return waiver.id


def withdraw_waiver(
    session: Session, *, waiver_id: int, actor: Actor, now: datetime, code: str | None = None
) -> str:
    """Take a waiver back, and return the title of its policy. What it let pass meanwhile stays.

    :param code: of the policy; None for that of any.
    :raises NotFound: the policy has no such waiver.
    :raises Conflict: it is taken back already (`no_such_step`).
    """
    waiver = session.get(Waiver, waiver_id, with_for_update=True)
    policy = session.get(Policy, waiver.policy_id) if waiver is not None else None
    if waiver is None or policy is None or code not in {None, policy.code}:
        raise NotFound("There is no such waiver. Choose one from the list.")
    if waiver.withdrawn_at is not None:
        raise Conflict("This waiver is withdrawn already.", code="no_such_step")
    waiver.withdrawn_at, waiver.withdrawn_by = now, actor.name
    session.flush()
    clear_topics(session, [waiver_topic(waiver.id)], now=now)
    return policy.title

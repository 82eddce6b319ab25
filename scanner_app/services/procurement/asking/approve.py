"""Approve or refuse a request: as many people as its band asks for, and nobody who asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.policies.gates import Gate
from scanner_app.domain.procurement.dues import request_topic
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.requests import ApprovalDecision, RequestState
from scanner_app.domain.text import is_storable
from scanner_app.models import Approval, Request
from scanner_app.services.access.second_person import require_second_person
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.policies.check_gates import pass_gate
from scanner_app.services.procurement.asking.amounts import (
    count_approvals,
    count_needed_for,
    describe_subject,
    find_amount,
)
from scanner_app.services.procurement.asking.locks import (
    list_askers,
    lock_request,
    refuse_step,
)
from scanner_app.services.procurement.asking.tell import tell_decided
from scanner_app.services.procurement.events import note_step

MAX_REASON = 500


class Decided(NamedTuple):
    """What came of a decision: how many approvals are given, and how many are needed."""

    state: RequestState
    given: int
    needed: int


def decide_request(
    session: Session,
    *,
    request_id: int,
    decision: ApprovalDecision,
    reason: str,
    base: str,
    today: date,
    actor: Actor,
    now: datetime,
) -> Decided:
    """Approve a request, or refuse it with a reason, and return how far it is.

    :raises NotFound: no request has this id.
    :raises Invalid: it is refused without a reason.
    :raises Conflict: it waits for no decision, or the same person decided before
        (`no_such_step`); the actor asked for it, changed it, or gets it (`self_approval`), or is a
        program that nobody owns (`second_person_required`); a policy stops it
        (`policy_blocked`).
    """
    request = lock_request(session, request_id)
    is_approval = decision is ApprovalDecision.APPROVE
    refuse_step(request, RequestState.APPROVED if is_approval else RequestState.REJECTED)
    reason = reason.strip()
    if len(reason) > MAX_REASON or not is_storable(reason) or not (reason or is_approval):
        text = f"Say why, in at most {MAX_REASON} characters."
        raise Invalid(text, errors={"reason": [text]})
    _add_approval(session, request, decision, reason, actor, now)
    step = BuyingStep.APPROVAL if is_approval else BuyingStep.REJECTED
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, step, actor=actor, now=now, text=reason)
    given, needed = 0, 0
    if is_approval:
        amount = find_amount(session, request, base=base, today=today)
        given, needed = count_approvals(session, request), count_needed_for(session, amount)
        if given < needed:
            return Decided(request.state, given, needed)
        about = describe_subject(session, request, amount)
        pass_gate(session, Gate.REQUEST, about, today=today, now=now)
    request.state = RequestState.APPROVED if is_approval else RequestState.REJECTED
    request.decided_at, request.reason = now, reason or None
    session.flush()
    if is_approval:
        note_step(session, subject, BuyingStep.APPROVED, actor=actor, now=now)
    clear_topics(session, [request_topic(request.id)], now=now)
    raise_notice(session, tell_decided(request), now=now)
    return Decided(request.state, given, needed)


def _add_approval(
    session: Session,
    request: Request,
    decision: ApprovalDecision,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    key = actor.doer_key
    require_second_person(
        session,
        actor,
        list_askers(session, request),
        of_same="This is your own request, or for yourself, or you changed it. Somebody else"
        " decides about it.",
        code="self_approval",
    )
    known = select(Approval.id).where(
        Approval.request_id == request.id, Approval.round == request.round, Approval.actor == key
    )
    if session.scalar(known) is not None:
        raise Conflict(
            "You have approved this request already. Somebody else approves it next.",
            code="no_such_step",
        )
    session.add(
        Approval(
            request_id=request.id,
            round=request.round,
            actor=key,
            actor_name=actor.name,
            decision=decision,
            reason=reason,
            at=now,
        )
    )
    session.flush()

"""Approve or refuse a request: as many people as its band asks for, and nobody who asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.policies.gates import Gate, SubjectKind
from scanner_app.domain.procurement.approved import Amount, say_amount
from scanner_app.domain.procurement.dues import request_topic
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.requests import ApprovalDecision, RequestState
from scanner_app.domain.text import is_storable
from scanner_app.models import Approval, Request
from scanner_app.queries.access import list_persons
from scanner_app.queries.procurement.askers import list_askers
from scanner_app.services.access.second_person import require_second_person
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.policies.check_gates import pass_gate
from scanner_app.services.policies.policies import end_notices_of
from scanner_app.services.procurement.asking.amounts import (
    count_approvals,
    count_needed_for,
    describe_subject,
    find_amount,
    has_approved,
)
from scanner_app.services.procurement.asking.ask_again import find_last_raise, is_short
from scanner_app.services.procurement.asking.locks import (
    lock_request,
    refuse_step,
)
from scanner_app.services.procurement.asking.tell import tell_decided, tell_decided_again
from scanner_app.services.procurement.events import note_step

MAX_REASON = 500


class Given(NamedTuple):
    """One decision of one person, and the amount that it is about."""

    decision: ApprovalDecision
    reason: str
    amount: Amount


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
    seen: str | None = None,
) -> Decided:
    """Approve a request, or refuse it with a reason, and return how far it is.

    An approval counts for what the request comes to now. One that was approved, and comes to more
    since, is decided about again; refused then, it stays approved for what it was.

    :param seen: the amount that the person saw, as `say_amount` writes it; None not to ask.
    :raises NotFound: no request has this id.
    :raises Invalid: it is refused without a reason.
    :raises Conflict: it waits for no decision, or the same person decided before
        (`no_such_step`); it comes to another amount than the person saw (`changed_meanwhile`);
        the actor asked for it, changed it, or gets it (`self_approval`), or is a program that
        nobody owns (`second_person_required`); a policy stops it (`policy_blocked`).
    """
    request = lock_request(session, request_id)
    is_approval = decision is ApprovalDecision.APPROVE
    amount = find_amount(session, request, base=base, today=today)
    is_again = is_short(session, request, amount)
    if not is_again:
        refuse_step(request, RequestState.APPROVED if is_approval else RequestState.REJECTED)
    reason = _read_reason(reason, is_needed=not is_approval)
    if seen is not None and seen != say_amount(amount):
        raise Conflict("Its price has changed meanwhile. Look again.", code="changed_meanwhile")
    _add_approval(session, request, Given(decision, reason, amount), actor, now)
    step = BuyingStep.APPROVAL if is_approval else BuyingStep.REJECTED
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, step, actor=actor, now=now, text=reason)
    given, needed = 0, 0
    if is_approval:
        given = count_approvals(session, request, amount)
        needed = count_needed_for(session, request, amount)
        if given < needed:
            return Decided(request.state, given, needed)
        about = describe_subject(session, request, amount)
        pass_gate(session, Gate.REQUEST, about, today=today, now=now)
    finish = _finish_again if is_again else _finish
    finish(session, request, Given(decision, reason, amount), actor, now)
    return Decided(request.state, given, needed)


def _read_reason(reason: str, *, is_needed: bool) -> str:
    reason = reason.strip()
    if len(reason) > MAX_REASON or not is_storable(reason) or (is_needed and not reason):
        text = f"Say why, in at most {MAX_REASON} characters."
        raise Invalid(text, errors={"reason": [text]})
    return reason


def _finish(session: Session, request: Request, given: Given, actor: Actor, now: datetime) -> None:
    is_approval = given.decision is ApprovalDecision.APPROVE
    request.state = RequestState.APPROVED if is_approval else RequestState.REJECTED
    request.decided_at, request.reason = now, given.reason or None
    session.flush()
    if is_approval:
        subject = (BuyingKind.REQUEST, request.id)
        text = say_amount(given.amount)
        note_step(session, subject, BuyingStep.APPROVED, actor=actor, now=now, text=text)
    else:
        end_notices_of(session, SubjectKind.REQUEST, request.id, now=now)
    clear_topics(session, [request_topic(request.id)], now=now)
    raise_notice(session, tell_decided(request), now=now)


def _finish_again(
    session: Session, request: Request, given: Given, actor: Actor, now: datetime
) -> None:
    """Keep what came of the higher amount. Refused, it stays marked: it still costs too much."""
    is_approval = given.decision is ApprovalDecision.APPROVE
    raised = find_last_raise(session, request.id)
    raisers = list_persons(session, {raised.actor} if raised is not None else ())
    if is_approval:
        request.asked_again_at = None
        session.flush()
        subject = (BuyingKind.REQUEST, request.id)
        text = say_amount(given.amount)
        note_step(session, subject, BuyingStep.APPROVED, actor=actor, now=now, text=text)
    clear_topics(session, [request_topic(request.id)], now=now)
    told = {request.asked_by_key, *raisers}
    notice = tell_decided_again(
        request, is_approved=is_approval, reason=given.reason, to=told, at=now
    )
    raise_notice(session, notice, now=now)


def _add_approval(
    session: Session, request: Request, given: Given, actor: Actor, now: datetime
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
    if has_approved(session, request, key, given.amount):
        raise Conflict(
            "You have approved this request already. Somebody else approves it next.",
            code="no_such_step",
        )
    in_round = select(Approval.id).where(
        Approval.request_id == request.id, Approval.round == request.round, Approval.actor == key
    )
    # They decided about another amount: both decisions are kept.
    if session.scalar(in_round) is not None:
        request.round += 1
    session.add(
        Approval(
            request_id=request.id,
            round=request.round,
            actor=key,
            actor_name=actor.name,
            decision=given.decision,
            reason=given.reason,
            at=now,
            amounts=dict(given.amount.sums),
            base_cents=given.amount.base_cents,
            base=given.amount.base,
        )
    )
    session.flush()

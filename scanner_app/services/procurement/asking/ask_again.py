"""Ask again when a request comes to more than was approved, and end that when it does not."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.policies.gates import Gate
from scanner_app.domain.procurement.approved import Amount, say_amount
from scanner_app.domain.procurement.dues import request_topic
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.requests import RequestState
from scanner_app.models import Approval, BuyingEvent, OrderLine, Request
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.policies.check_gates import look_at_gate
from scanner_app.services.procurement.asking.amounts import (
    count_approvals,
    count_needed_for,
    describe_subject,
    find_amount,
)
from scanner_app.services.procurement.asking.locks import lock_request
from scanner_app.services.procurement.asking.tell import tell_decided, tell_waiting_again
from scanner_app.services.procurement.events import note_step

_TAKEN = {RequestState.APPROVED, RequestState.ORDERED}


def is_short(session: Session, request: Request, amount: Amount) -> bool:
    """Return whether a request that was approved comes to more than it was approved for."""
    if request.state not in _TAKEN:
        return False
    of_now = (Approval.request_id == request.id, Approval.round >= request.counts_from)
    was_decided = session.scalar(select(Approval.id).where(*of_now).limit(1)) is not None
    # What nobody had to approve stays so if the policy that said so was retired since.
    needed = count_needed_for(session, request, amount, usual=int(was_decided))
    return count_approvals(session, request, amount) < needed


def ask_again(
    session: Session, request: Request, *, base: str, today: date, actor: Actor, now: datetime
) -> None:
    """Look again at a locked request whose price may have changed.

    One that comes to more than was approved asks those who decide again, once for each amount; what
    was approved stays approved up to its own amount. One that waits, and has all the approvals that
    it needs by now, is approved.

    :param actor: whose change it was. They do not decide about it.
    """
    session.flush()
    amount = find_amount(session, request, base=base, today=today)
    if request.state is RequestState.SUBMITTED:
        approve_if_enough(session, request, amount, today=today, actor=actor, now=now)
        return
    if not is_short(session, request, amount):
        end_asking(session, request, now=now)
        return
    text = say_amount(amount)
    last = find_last_raise(session, request.id)
    if request.asked_again_at is not None and last is not None and last.text == text:
        return
    request.asked_again_at = now
    session.flush()
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, BuyingStep.ASKED_AGAIN, actor=actor, now=now, text=text)
    raise_notice(session, tell_waiting_again(request, at=now), now=now)


def ask_again_for(
    session: Session, order_id: int, *, base: str, today: date, actor: Actor, now: datetime
) -> None:
    """Look again at the requests that the lines of an order come from."""
    ids = session.scalars(
        select(OrderLine.request_id)
        .where(OrderLine.order_id == order_id, OrderLine.request_id.is_not(None))
        .distinct()
    )
    for id_ in sorted({one for one in ids if one is not None}):
        request = lock_request(session, id_)
        ask_again(session, request, base=base, today=today, actor=actor, now=now)


def end_asking(session: Session, request: Request, *, now: datetime) -> None:
    """End that a request asks for more than was approved, if it does."""
    if request.asked_again_at is not None:
        request.asked_again_at = None
        session.flush()
        clear_topics(session, [request_topic(request.id)], now=now)


def approve_if_enough(
    session: Session,
    request: Request,
    amount: Amount,
    *,
    today: date,
    actor: Actor,
    now: datetime,
) -> bool:
    """Approve a request that waits, if nobody is needed any more; return whether it is."""
    needed = count_needed_for(session, request, amount)
    if count_approvals(session, request, amount) < needed:
        return False
    about = describe_subject(session, request, amount)
    found = look_at_gate(session, Gate.REQUEST, about, today=today, now=now)
    if any(one.is_shut for one in found):
        return False
    request.state, request.decided_at = RequestState.APPROVED, now
    session.flush()
    text = "" if needed else "The amount needs no approval."
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, BuyingStep.APPROVED, actor=actor, now=now, text=text)
    clear_topics(session, [request_topic(request.id)], now=now)
    raise_notice(session, tell_decided(request), now=now)
    return True


def find_last_raise(session: Session, request_id: int) -> BuyingEvent | None:
    """Return who last made a request cost more than was approved, and how much; None if nobody."""
    return session.scalar(
        select(BuyingEvent)
        .where(
            BuyingEvent.kind == BuyingKind.REQUEST,
            BuyingEvent.subject_id == request_id,
            BuyingEvent.step == BuyingStep.ASKED_AGAIN,
        )
        .order_by(BuyingEvent.id.desc())
        .limit(1)
    )

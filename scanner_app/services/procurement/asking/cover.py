"""Cover a request: from stock, or by orders; its state follows what became of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.domain.procurement.dues import request_topic
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep, step_to
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.procurement.requests import Coverage, RequestState
from scanner_app.models import OrderLine, PurchaseOrder, Receipt, Request
from scanner_app.queries.procurement.idle import count_idle
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.policies.policies import end_notices_of
from scanner_app.services.procurement.asking.locks import lock_request
from scanner_app.services.procurement.asking.tell import tell_decided
from scanner_app.services.procurement.events import note_step

_LIVE = (OrderState.DRAFT, OrderState.PLACED)


def give_from_stock(
    session: Session, *, request_id: int, quantity: int, actor: Actor, now: datetime
) -> Coverage:
    """Note how many pieces are given from stock, and return what is left.

    The things themselves are checked out at the counter, as always.

    :raises NotFound: no request has this id.
    :raises Invalid: more is given than is left, or than lies idle.
    :raises Conflict: it is not approved (`no_such_step`).
    """
    request = lock_request(session, request_id)
    if request.state not in {RequestState.APPROVED, RequestState.ORDERED}:
        raise Conflict("Only an approved request is given from stock.", code="no_such_step")
    left = load_coverage(session, request).left
    if not 0 < quantity <= left:
        text = f"Enter a whole number from 1 to {left:,}: that is what is left." if left else (
            "All of it is given or ordered already."
        )  # fmt: skip
        raise Invalid(text, errors={"from_stock": [text]})
    if request.model_id is not None and quantity > count_idle(session, request.model_id):
        text = f"Only {count_idle(session, request.model_id)} of this model are idle in stock."
        raise Invalid(text, errors={"from_stock": [text]})
    request.from_stock += quantity
    session.flush()
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, BuyingStep.FROM_STOCK, actor=actor, now=now, text=f"{quantity:,}")
    return follow(session, request, actor=actor, now=now)


def load_coverage(session: Session, request: Request) -> Coverage:
    """Return how much of a request is given, booked and on its way."""
    rows = session.execute(
        select(OrderLine.id, OrderLine.quantity, PurchaseOrder.state)
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(OrderLine.request_id == request.id)
    ).all()
    booked_by = {
        id_: int(count)
        for id_, count in session.execute(
            select(Receipt.line_id, func.sum(Receipt.quantity))
            .where(Receipt.line_id.in_([id_ for id_, _, _ in rows]), Receipt.booked_at.is_not(None))
            .group_by(Receipt.line_id)
        )
    }
    booked = sum(booked_by.values())
    coming = sum(
        max(0, quantity - booked_by.get(id_, 0)) for id_, quantity, state in rows if state in _LIVE
    )
    return Coverage(request.quantity, request.from_stock, coming, booked)


def follow_order(session: Session, order_id: int, *, actor: Actor, now: datetime) -> None:
    """Set the states of the requests of an order by what became of it."""
    ids = session.scalars(
        select(OrderLine.request_id)
        .where(OrderLine.order_id == order_id, OrderLine.request_id.is_not(None))
        .distinct()
    )
    follow_requests(session, {id_ for id_ in ids if id_ is not None}, actor=actor, now=now)


def follow_requests(session: Session, ids: Collection[int], *, actor: Actor, now: datetime) -> None:
    """Set the states of requests by what became of their orders, in the order of their ids."""
    for id_ in sorted(ids):
        follow(session, lock_request(session, id_), actor=actor, now=now)


def follow(session: Session, request: Request, *, actor: Actor, now: datetime) -> Coverage:
    """Set the state of a request that was approved by how much of it is covered."""
    session.flush()
    coverage = load_coverage(session, request)
    wanted = coverage.state
    if request.state not in {RequestState.APPROVED, RequestState.ORDERED} or (
        request.state is wanted
    ):
        return coverage
    request.state = wanted
    session.flush()
    subject = (BuyingKind.REQUEST, request.id)
    note_step(session, subject, step_to(wanted), actor=actor, now=now)
    if wanted is RequestState.FULFILLED:
        request.reason, request.asked_again_at = None, None
        clear_topics(session, [request_topic(request.id)], now=now)
        end_notices_of(session, SubjectKind.REQUEST, request.id, now=now)
        raise_notice(session, tell_decided(request), now=now)
    return coverage

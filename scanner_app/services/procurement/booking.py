"""Book a delivery: its assets, its pieces of stock and its expenses, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict
from scanner_app.domain.lifecycle.tasks import read_number
from scanner_app.domain.procurement.deliveries import (
    DeliveryState,
    ReceiptDecision,
    ReceiptState,
)
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.orders import OrderState
from scanner_app.models import OrderLine, PurchaseOrder, Receipt, Supplier
from scanner_app.services.custody.assets import lock_assets
from scanner_app.services.procurement.asking.cover import follow_order
from scanner_app.services.procurement.deliveries import (
    LockedDelivery,
    close_delivery,
    lock_delivery,
)
from scanner_app.services.procurement.events import note_step
from scanner_app.services.procurement.fit import refit
from scanner_app.services.procurement.orders import count_booked
from scanner_app.services.procurement.receipts import find_undecided
from scanner_app.services.procurement.write_booking import Booking, write_booking


@dataclass(frozen=True, slots=True)
class Tags:
    """How assets without a label get tags: from one on, else in the pattern of the settings."""

    first: str = ""
    prefix: str = ""
    digits: int = 0


def book_delivery(
    session: Session, *, number: str, tags: Tags, today: date, actor: Actor, now: datetime
) -> int:
    """Book a delivery and return how many assets it made.

    Nothing is booked twice: a delivery that is booked already is refused.

    :raises NotFound: no delivery has this number.
    :raises Conflict: it is booked (`already_booked`) or cancelled (`no_such_step`), its order was
        cancelled, something is undecided (`undecided_receipts`), nothing is to be booked
        (`nothing_to_book`), or a label is in use or missing (`label_taken`, `label_required`).
    """
    _lock_assets(session, number)
    delivery = lock_delivery(session, number)
    if delivery.state is DeliveryState.BOOKED:
        raise Conflict("This delivery is booked already.", code="already_booked")
    order = session.get(PurchaseOrder, delivery.order_id, with_for_update=True)
    assert order is not None  # noqa: S101 - a foreign key says so
    if order.state is OrderState.CANCELLED:
        raise Conflict("The order was cancelled: cancel the delivery.", code="no_such_step")
    lines = _fit(session, delivery)
    undecided = find_undecided(session, delivery.task.id)
    if undecided:
        raise Conflict(
            f"{len(undecided)} {'is' if len(undecided) == 1 else 'are'} undecided:"
            " accept, return or leave out each of them first.",
            code="undecided_receipts",
        )
    staying = _find_staying(session, delivery)
    if not staying and delivery.state is DeliveryState.OPEN:
        raise Conflict("Nothing was received: cancel the delivery.", code="nothing_to_book")
    close_delivery(delivery, DeliveryState.BOOKED, outcome="", actor=actor, now=now)
    _raise_lines(session, lines, staying)
    supplier = session.scalar(select(Supplier.name).where(Supplier.id == order.supplier_id))
    booking = Booking(delivery, order, supplier or "", lines, today, actor, now)
    made = write_booking(session, booking, staying, tags)
    if order.state is OrderState.CLOSED:
        order.state, order.closed_at, order.closed_by = OrderState.PLACED, None, None
    session.flush()
    text = f"{delivery.number}: {sum(one.quantity for one in staying):,} booked"
    subject = (BuyingKind.ORDER, order.id)
    note_step(session, subject, BuyingStep.BOOKED, actor=actor, now=now, text=text)
    follow_order(session, order.id, actor=actor, now=now)
    return made


def _lock_assets(session: Session, number: str) -> None:
    """Lock what is known already, before the delivery: a scan locks in this order too."""
    named = read_number(number)
    ids = session.scalars(
        select(Receipt.asset_id).where(
            Receipt.task_id == (named[1] if named else 0), Receipt.asset_id.is_not(None)
        )
    )
    lock_assets(session.connection(), sorted({id_ for id_ in ids if id_ is not None}))


def _fit(session: Session, delivery: LockedDelivery) -> dict[int, OrderLine]:
    """Return the lines of the order by id, with what fits worked out: others may have booked."""
    lines = session.scalars(
        select(OrderLine)
        .where(OrderLine.order_id == delivery.order_id)
        .order_by(OrderLine.position)
    ).all()
    for line in lines:
        refit(session, delivery, line)
    return {line.id: line for line in lines}


def _find_staying(session: Session, delivery: LockedDelivery) -> list[Receipt]:
    """Return what is booked: what fits, and what somebody accepted."""
    receipts = session.scalars(
        select(Receipt).where(Receipt.task_id == delivery.task.id).order_by(Receipt.id)
    )
    return [
        one
        for one in receipts
        if one.decision is ReceiptDecision.ACCEPT
        or (one.decision is None and one.state is ReceiptState.RECEIVED)
    ]


def _raise_lines(session: Session, lines: dict[int, OrderLine], staying: Sequence[Receipt]) -> None:
    """Raise each line of which more is accepted than it asked for."""
    for line in lines.values():
        came = sum(one.quantity for one in staying if one.line_id == line.id)
        if came:
            line.quantity = max(line.quantity, count_booked(session, line.id) + came)
    session.flush()

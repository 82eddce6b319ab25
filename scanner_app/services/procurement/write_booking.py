"""What a booking writes: assets, moves of stock, and expenses with their share of the delivery."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID, uuid5

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.domain.errors import Conflict
from scanner_app.domain.procurement.deliveries import ReceiptState
from scanner_app.domain.procurement.orders import share_by_weight
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, Expense, OrderLine, PurchaseOrder, Receipt
from scanner_app.queries.register.next_tag import suggest_tag
from scanner_app.services.procurement.deliveries import LockedDelivery
from scanner_app.services.procurement.orders import count_booked
from scanner_app.services.procurement.receive import is_label_taken
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.receive import find_last_tag, propose_tags
from scanner_app.services.register.write import change_assets, create_assets
from scanner_app.services.stock.items import lock_items
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import Refused, receive

# Ids of expenses follow from what they are for, so that no receipt is paid twice.
EXPENSES = UUID("6d6f4c7c-5f0e-4c3e-9b55-0f2d3c1b7a10")


class TagPattern(Protocol):
    """How assets without a label get their tags."""

    @property
    def first(self) -> str: ...

    @property
    def prefix(self) -> str: ...

    @property
    def digits(self) -> int: ...


class Booking(NamedTuple):
    """What all rows of one booking say."""

    delivery: LockedDelivery
    order: PurchaseOrder
    supplier: str
    lines: Mapping[int, OrderLine]
    today: date
    actor: Actor
    now: datetime


def write_booking(
    session: Session, booking: Booking, receipts: Sequence[Receipt], tags: TagPattern
) -> int:
    """Write what was received and return how many assets were made.

    :raises Conflict: a label is in use or missing, or a location cannot hold that many pieces.
    """
    paid = _find_paid(session, receipts)
    shares = _share_delivery(session, booking, receipts, paid)
    with_serials = [
        one for one in receipts if one.line_id and _line(booking, one).kind.facts.has_serials
    ]
    new = [one for one in with_serials if one.asset_id is None]
    _make_assets(session, booking, new, tags)
    _move_in(session, booking, [one for one in with_serials if one not in new])
    counted = [one for one in receipts if one not in with_serials]
    _move_stock(session, booking, counted)
    for receipt, share in zip(receipts, shares, strict=True):
        receipt.booked_at = booking.now
        if receipt.id not in paid:
            price = _line(booking, receipt).unit_price_cents * receipt.quantity
            _spend(session, booking, receipt, ExpenseKind.PURCHASE, price)
        if share:
            _spend(session, booking, receipt, ExpenseKind.DELIVERY, share)
    session.flush()
    return len(new)


def _find_paid(session: Session, receipts: Sequence[Receipt]) -> set[int]:
    """Return the receipts of assets that were known, and whose purchase is in the register already.

    Such an asset is moved in, not made and not bought: its price would count twice in all costs.
    """
    known = {
        one.asset_id: one.id
        for one in receipts
        if one.state is ReceiptState.ALREADY_REGISTERED and one.asset_id is not None
    }
    bought = select(Expense.asset_id).where(
        Expense.asset_id.in_(known),
        Expense.kind == ExpenseKind.PURCHASE,
        Expense.withdrawn_at.is_(None),
    )
    priced = select(Asset.id).where(
        Asset.id.in_(known), or_(Asset.purchase_cost_cents.is_not(None), Asset.id.in_(bought))
    )
    return {known[id_] for id_ in session.scalars(priced)}


def _line(booking: Booking, receipt: Receipt) -> OrderLine:
    return booking.lines[receipt.line_id or 0]


def _shared_fields(session: Session, booking: Booking, receipt: Receipt) -> dict[str, Any]:
    """Return what the order says of an asset that it brought."""
    line = _line(booking, receipt)
    model = session.get(AssetModel, line.model_id) if line.model_id is not None else None
    fields: dict[str, Any] = {
        "model_id": line.model_id,
        "purchase_date": booking.today,
        "purchase_cost_cents": line.unit_price_cents,
        "currency": booking.order.currency,
        "supplier": booking.supplier,
        "order_number": booking.order.number,
        "warranty_months": line.warranty_months,
    }
    if model is not None:
        fields["category_id"] = model.category_id
    return fields


def _make_assets(
    session: Session, booking: Booking, receipts: Sequence[Receipt], tags: TagPattern
) -> None:
    if not receipts:
        return
    drafts = []
    for receipt, tag in zip(receipts, _tag(session, booking, receipts, tags), strict=True):
        model = session.get(AssetModel, _line(booking, receipt).model_id)
        fields = {
            **_shared_fields(session, booking, receipt),
            "asset_tag": tag,
            "name": model.name if model is not None else "",
            "serial_number": receipt.serial,
            "status": Stage.IN_STOCK,
            "location_id": booking.delivery.location_id,
            "home_location_id": booking.delivery.location_id,
            "condition": receipt.condition,
        }
        drafts.append(AssetDraft(fields))
    ids = create_assets(
        session,
        drafts=drafts,
        kind=ChangeKind.CREATED,
        actor=booking.actor.key,
        now=booking.now,
    )
    for receipt, id_ in zip(receipts, ids, strict=True):
        receipt.asset_id = id_
    session.flush()


def _tag(
    session: Session, booking: Booking, receipts: Sequence[Receipt], tags: TagPattern
) -> list[str]:
    """Return the tag of each new asset: its label, else the next free one."""
    for receipt in receipts:
        if receipt.label and is_label_taken(session, receipt.label, without_id=receipt.id):
            raise Conflict(
                f"Label {receipt.label} is on something else already. Choose another for"
                f" {receipt.serial}.",
                code="label_taken",
            )
    without = [one for one in receipts if not one.label]
    if not without:
        return [one.label or "" for one in receipts]
    first = tags.first.strip() or suggest_tag(session, tags.prefix, digits=tags.digits)
    if not first:
        model = session.get(AssetModel, _line(booking, without[0]).model_id)
        last = find_last_tag(session, model=model.name) if model is not None else None
        first = last or ""
    if not first:
        raise Conflict(
            f"{len(without)} {'has' if len(without) == 1 else 'have'} no label, and no tag can be"
            " proposed. Enter the first tag, or the label of each.",
            code="label_required",
        )
    labels = {one.label.upper() for one in receipts if one.label}
    free = propose_tags(session, first=first, count=len(without) + len(labels))
    proposed = iter([tag for tag in free if tag.upper() not in labels])
    return [one.label or next(proposed) for one in receipts]


def _move_in(session: Session, booking: Booking, receipts: Sequence[Receipt]) -> None:
    """Bring assets in that are registered already: they come into stock where the delivery is."""
    changes = []
    for receipt in receipts:
        fields = {
            "status": Stage.IN_STOCK,
            "location_id": booking.delivery.location_id,
            "custodian_id": None,
            "due_at": None,
        }
        if receipt.state is ReceiptState.RECEIVED:
            fields |= _shared_fields(session, booking, receipt)
        changes.append(AssetChange(receipt.asset_id or 0, fields))
    change_assets(
        session,
        changes=changes,
        kind=ChangeKind.EDITED,
        actor=booking.actor.key,
        now=booking.now,
    )


def _move_stock(session: Session, booking: Booking, receipts: Sequence[Receipt]) -> None:
    """Put the pieces of stock items where the delivery is."""
    by_line: dict[int, int] = {}
    for receipt in receipts:
        line = _line(booking, receipt)
        if line.stock_item_id is not None:
            by_line[line.id] = by_line.get(line.id, 0) + receipt.quantity
    cards = lock_items(
        session, [one for id_ in by_line if (one := booking.lines[id_].stock_item_id) is not None]
    )
    for id_, quantity in sorted(by_line.items()):
        line = booking.lines[id_]
        order = Order(
            booking.now,
            booking.now,
            booking.actor,
            order_line=line.position,
            unit_cost_cents=line.unit_price_cents,
            currency=booking.order.currency,
            order_number=booking.order.number,
        )
        card = cards[line.stock_item_id or 0]
        place_id = booking.delivery.location_id
        done = receive(session, card, quantity=quantity, place_id=place_id, order=order)
        if isinstance(done, Refused):
            raise Conflict(
                f"{card.thing}: a location cannot hold that many.", code=done.refusal.value
            )


def _share_delivery(
    session: Session, booking: Booking, receipts: Sequence[Receipt], bought: Collection[int]
) -> list[int]:
    """Return the share of the cost of delivery of each receipt, by value.

    What was bought before has no share. A part of the order gets a part of what is left of it;
    what completes the order gets all.
    """
    paid = session.scalar(
        select(func.coalesce(func.sum(Expense.amount_cents), 0)).where(
            Expense.order_line_id.in_(booking.lines),
            Expense.kind == ExpenseKind.DELIVERY,
            Expense.withdrawn_at.is_(None),
        )
    )
    left = max(0, booking.order.delivery_cents - int(paid or 0))
    weights = [
        0 if one.id in bought else _line(booking, one).unit_price_cents * one.quantity
        for one in receipts
    ]
    open_value = sum(
        max(0, line.quantity - count_booked(session, line.id)) * line.unit_price_cents
        for line in booking.lines.values()
    )
    here = left if open_value == 0 else left * sum(weights) // open_value
    return share_by_weight(min(left, here), weights)


def _spend(
    session: Session, booking: Booking, receipt: Receipt, kind: ExpenseKind, cents: int
) -> None:
    session.add(
        Expense(
            uuid=uuid5(EXPENSES, f"{receipt.id}:{kind.value}"),
            asset_id=receipt.asset_id,
            order_line_id=receipt.line_id,
            on_day=booking.today,
            kind=kind,
            amount_cents=cents,
            currency=booking.order.currency,
            source=ExpenseSource.DERIVED,
            note=f"Order {booking.order.number}",
            recorded_at=booking.now,
            actor=booking.actor.key,
            actor_name=booking.actor.name,
        )
    )

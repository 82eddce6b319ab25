"""What a scan of a delivery is: a product that sets the line, a serial number, pieces, or a label.

The caller has locked the assets and stock items that are scanned; the delivery is locked here, so
that two phones that scan one box make one receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import Reading, tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.procurement.deliveries import DeliveryState, ReceiptState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.models import Asset, DeliveryScan, Identifier, OrderLine, Receipt
from scanner_app.services.procurement.codes import (
    is_product,
    product_keys,
    read_serial,
)
from scanner_app.services.procurement.deliveries import LockedDelivery
from scanner_app.services.procurement.fit import refit


class Found(Enum):
    """What became of a scan."""

    LINE = "line"  # it set the line for the scans after it
    RECEIPT = "receipt"
    AGAIN = "again"
    LABEL = "label"
    LATE = "late"
    LINE_REQUIRED = "line_required"
    UNKNOWN_LINE = "unknown_line"
    LABEL_TAKEN = "label_taken"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class DeliveryRead:
    """A scan as it came in, and what the register knows of its code.

    :param asset_ids: the assets that have this code, all of them if there are several.
    :param label: the tag stuck on it; `is_label` if the code itself is that of a blank label.
    """

    scan_id: UUID
    reading: Reading
    at: datetime
    quantity: int | None = None
    line: int | None = None
    label: str | None = None
    condition: str | None = None
    device: str | None = None
    asset_ids: tuple[int, ...] = ()
    stock_item_id: int | None = None
    pieces: int = 1
    is_label: bool = False


class Received(NamedTuple):
    """What a scan did, and the receipt and the line that it is about."""

    found: Found
    receipt: Receipt | None = None
    line: OrderLine | None = None
    tag: str | None = None


def receive_scan(
    session: Session, delivery: LockedDelivery, read: DeliveryRead, *, actor: Actor
) -> Received:
    """Take one scan into a delivery, and return what it was."""
    if delivery.state is not DeliveryState.OPEN:
        _note(session, delivery, read, actor, is_late=True)
        return Received(Found.LATE)
    lines = list(
        session.scalars(
            select(OrderLine)
            .where(OrderLine.order_id == delivery.order_id)
            .order_by(OrderLine.position)
        )
    )
    if read.is_label:
        return _stick(session, delivery, read, actor)
    if read.label and is_label_taken(session, read.label):
        return Received(Found.LABEL_TAKEN, tag=read.label)
    named = next((one for one in lines if one.position == read.line), None)
    if read.line is not None and named is None:
        return Received(Found.UNKNOWN_LINE)
    return _take(session, delivery, read, lines, named, actor)


def _take(
    session: Session,
    delivery: LockedDelivery,
    read: DeliveryRead,
    lines: Sequence[OrderLine],
    named: OrderLine | None,
    actor: Actor,
) -> Received:
    """Take a product, pieces or a serial number."""
    product = _find_product(lines, read)
    serial = read_serial(read.reading) if product is None or _has_both(read) else None
    if product is not None and serial is None:
        if product.kind.facts.has_serials:
            _note(session, delivery, read, actor, line=product, is_product=True)
            return Received(Found.LINE, line=product)
        return _count(session, delivery, read, product, actor)
    line = named or product
    if line is not None and not line.kind.facts.has_serials:
        return _count(session, delivery, read, line, actor)
    if line is None and (read.stock_item_id is not None or _is_strange(read)):
        return _count(session, delivery, read, None, actor)
    text = serial or read.reading.text.strip()
    return _take_serial(session, delivery, read, lines, line, text, actor)


def is_label_taken(session: Session, label: str, *, without_id: int | None = None) -> bool:
    """Return whether a tag is an asset's or another thing's code, or stuck on another receipt.

    :param without_id: the receipt that has it.
    """
    key = tag_key(label)
    held = (
        select(Identifier.id)
        .where(
            Identifier.value == key, Identifier.scheme != "serial", Identifier.ended_at.is_(None)
        )
        .limit(1)
    )
    if session.scalar(held) is not None:
        return True
    stuck = select(Receipt.id, Receipt.label).where(
        Receipt.label.is_not(None),
        Receipt.booked_at.is_(None),
        func.upper(Receipt.label) == label.upper(),
    )
    return any(id_ != without_id for id_, _ in session.execute(stuck))


def _find_product(lines: Sequence[OrderLine], read: DeliveryRead) -> OrderLine | None:
    """Return the line whose product a code names."""
    if read.stock_item_id is not None:
        return next((one for one in lines if one.stock_item_id == read.stock_item_id), None)
    keys = set(product_keys(read.reading))
    return next((one for one in lines if one.model_key and one.model_key in keys), None)


def _has_both(read: DeliveryRead) -> bool:
    """Return whether a code holds product and serial number: a GS1 message with (01) and (21)."""
    return any(scheme == "sgtin" for scheme, _ in read.reading.candidates)


def _is_strange(read: DeliveryRead) -> bool:
    """Return whether a code is of a product that nobody ordered, and not of a registered thing."""
    return read.line is None and not read.asset_ids and is_product(read.reading)


def _count(
    session: Session,
    delivery: LockedDelivery,
    read: DeliveryRead,
    line: OrderLine | None,
    actor: Actor,
) -> Received:
    """Count pieces of a thing without serial numbers, or of a product that nobody ordered."""
    quantity = (1 if read.quantity is None else read.quantity) * read.pieces
    if not 0 < quantity <= MAX_QUANTITY:
        return Received(Found.TOO_MANY, line=line)
    receipt = Receipt(
        task_id=delivery.task.id,
        line_id=line.id if line else None,
        code=read.reading.text.strip(),
        quantity=quantity,
        condition=read.condition,
        state=ReceiptState.RECEIVED if line else ReceiptState.UNORDERED,
        stock_item_id=read.stock_item_id,
    )
    session.add(receipt)
    session.flush()
    if line is not None:
        refit(session, delivery, line)
    _note(session, delivery, read, actor, receipt=receipt, is_product=line is None)
    return Received(Found.RECEIPT, receipt, line)


def _take_serial(
    session: Session,
    delivery: LockedDelivery,
    read: DeliveryRead,
    lines: Sequence[OrderLine],
    line: OrderLine | None,
    serial: str,
    actor: Actor,
) -> Received:
    known = session.scalar(
        select(Receipt).where(
            Receipt.task_id == delivery.task.id, Receipt.serial_key == tag_key(serial)
        )
    )
    if known is not None:
        _note(session, delivery, read, actor, receipt=known)
        return Received(Found.AGAIN, known)
    marked = None
    if line is None:
        marked = _find_marked(session, delivery, read, actor)
        line = _find_current(session, lines, marked)
    if line is None and marked is None:
        return Received(Found.LINE_REQUIRED)
    asset_ids, tag, is_announced = _find_registered(session, read, serial)
    receipt = _fill_product(session, marked) if line is None else None
    if receipt is None:
        receipt = Receipt(task_id=delivery.task.id, quantity=1, code=read.reading.text.strip())
        session.add(receipt)
    receipt.line_id = line.id if line else None
    receipt.serial, receipt.serial_key = serial, tag_key(serial)
    receipt.label, receipt.condition = read.label, read.condition
    receipt.asset_id = asset_ids[0] if len(asset_ids) == 1 else None
    receipt.state = ReceiptState.RECEIVED if line else ReceiptState.UNORDERED
    if asset_ids and not is_announced:
        receipt.state = ReceiptState.ALREADY_REGISTERED
    session.flush()
    if line is not None:
        refit(session, delivery, line)
    _note(session, delivery, read, actor, receipt=receipt)
    return Received(Found.RECEIPT, receipt, line, tag)


def _find_marked(
    session: Session, delivery: LockedDelivery, read: DeliveryRead, actor: Actor
) -> DeliveryScan | None:
    """Return the newest scan of a product by the same person and device before this one."""
    return session.scalar(
        select(DeliveryScan)
        .where(
            DeliveryScan.task_id == delivery.task.id,
            DeliveryScan.actor == actor.key,
            DeliveryScan.at <= read.at,
            DeliveryScan.is_product,
            DeliveryScan.device == read.device
            if read.device is not None
            else DeliveryScan.device.is_(None),
        )
        .order_by(DeliveryScan.at.desc(), DeliveryScan.id.desc())
        .limit(1)
    )


def _find_current(
    session: Session, lines: Sequence[OrderLine], marked: DeliveryScan | None
) -> OrderLine | None:
    """Return the line that serial numbers are for: the one that was set, else the only one."""
    if marked is not None:
        return session.get(OrderLine, marked.line_id) if marked.line_id is not None else None
    with_serials = [one for one in lines if one.kind.facts.has_serials]
    return with_serials[0] if len(with_serials) == 1 else None


def _fill_product(session: Session, marked: DeliveryScan | None) -> Receipt | None:
    """Return the receipt of a product that nobody ordered, which still waits for its number."""
    receipt = session.get(Receipt, marked.receipt_id) if marked and marked.receipt_id else None
    waits = receipt is not None and receipt.serial_key is None and receipt.quantity == 1
    return receipt if waits else None


def _find_registered(
    session: Session, read: DeliveryRead, serial: str
) -> tuple[list[int], str | None, bool]:
    """Return the assets that have a code or serial number, their tags, and whether one is ordered.

    An asset that is ordered was announced by a list of serial numbers, and fits.
    """
    of_serial = select(Identifier.asset_id).where(
        Identifier.scheme == "serial",
        Identifier.value == tag_key(serial),
        Identifier.ended_at.is_(None),
    )
    rows = session.execute(
        select(Asset.id, Asset.asset_tag, Asset.status)
        .where(or_(Asset.id.in_(read.asset_ids), Asset.id.in_(of_serial)))
        .order_by(Asset.id)
    ).all()
    tags = ", ".join(tag for _, tag, _ in rows)
    is_announced = len(rows) == 1 and rows[0][2] is Stage.ORDERED
    return [id_ for id_, _, _ in rows], tags or None, is_announced


def _stick(
    session: Session, delivery: LockedDelivery, read: DeliveryRead, actor: Actor
) -> Received:
    """Put a label on what this person scanned last, if it has none."""
    last = session.scalar(
        select(Receipt)
        .join(DeliveryScan, DeliveryScan.receipt_id == Receipt.id)
        .where(
            DeliveryScan.task_id == delivery.task.id,
            DeliveryScan.actor == actor.key,
            DeliveryScan.at <= read.at,
        )
        .order_by(DeliveryScan.at.desc(), DeliveryScan.id.desc())
        .limit(1)
    )
    label = read.reading.text.strip()
    if last is None or last.serial_key is None:
        return Received(Found.LINE_REQUIRED)
    if (last.label and last.label != label) or is_label_taken(session, label, without_id=last.id):
        return Received(Found.LABEL_TAKEN, last, tag=label)
    last.label = label
    session.flush()
    return Received(Found.LABEL, last, tag=label)


def _note(
    session: Session,
    delivery: LockedDelivery,
    read: DeliveryRead,
    actor: Actor,
    *,
    receipt: Receipt | None = None,
    line: OrderLine | None = None,
    is_product: bool = False,
    is_late: bool = False,
) -> None:
    session.add(
        DeliveryScan(
            task_id=delivery.task.id,
            scan_id=read.scan_id,
            receipt_id=receipt.id if receipt else None,
            line_id=line.id if line else None,
            code=read.reading.text.strip(),
            quantity=receipt.quantity if receipt else 1,
            is_product=is_product,
            is_late=is_late,
            at=read.at,
            actor=actor.key,
            actor_name=actor.name,
            device=read.device,
        )
    )
    session.flush()

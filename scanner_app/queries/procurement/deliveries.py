"""A delivery with its lines, what was received, what differs, and what came late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.lifecycle.tasks import TaskKind, read_number, write_number
from scanner_app.domain.procurement.deliveries import (
    DeliveryState,
    ReceiptDecision,
    ReceiptState,
    delivery_state,
    must_decide,
)
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.new_scan import DAMAGED
from scanner_app.models import (
    Asset,
    Delivery,
    DeliveryScan,
    Location,
    OrderLine,
    Person,
    PurchaseOrder,
    Receipt,
    Supplier,
    Task,
)
from scanner_app.queries.procurement.orders import LineRow, load_lines


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One thing that arrived.

    :param asset_tag: what has its serial number already; after booking, what was made of it.
    :param holder: who has that asset, and `asset_status` its status.
    """

    id: int
    code: str
    serial: str | None
    quantity: int
    label: str | None
    condition: str | None
    state: ReceiptState
    decision: ReceiptDecision | None
    reason: str
    decided_by: str | None
    is_booked: bool
    position: int | None
    asset_tag: str | None
    asset_status: Stage | None
    holder: str | None

    @property
    def is_damaged(self) -> bool:
        return self.condition == DAMAGED

    @property
    def is_difference(self) -> bool:
        """Return whether somebody has to decide about it, or has."""
        return self.decision is not None or must_decide(self.state, is_damaged=self.is_damaged)

    @property
    def is_open(self) -> bool:
        """Return whether somebody still has to decide about it."""
        return self.decision is None and self.is_difference


@dataclass(frozen=True, slots=True)
class LateScan:
    """A scan that arrived when the delivery took no more."""

    code: str
    at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery."""

    id: int
    state: DeliveryState
    order_number: str
    supplier: str
    currency: str
    location: str
    location_name: str
    started_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    lines: tuple[LineRow, ...] = ()
    receipts: tuple[ReceiptRow, ...] = ()
    late: tuple[LateScan, ...] = ()

    @property
    def number(self) -> str:
        return write_number(TaskKind.DELIVERY, self.id)

    @property
    def undecided(self) -> int:
        """Return how many receipts somebody still has to decide about."""
        return sum(one.is_open for one in self.receipts)

    @property
    def staying(self) -> int:
        """Return how many pieces booking would take."""
        return sum(
            one.quantity
            for one in self.receipts
            if one.decision is ReceiptDecision.ACCEPT
            or (one.decision is None and one.state is ReceiptState.RECEIVED)
        )


def get_delivery(session: Session, number: str) -> DeliveryRow:
    """Return one delivery by its number, with its lines and receipts.

    :raises NotFound: no delivery has it.
    """
    named = read_number(number)
    wanted = named[1] if named and named[0] is TaskKind.DELIVERY else 0
    row = session.execute(_SELECT.where(Task.id == wanted)).one_or_none()
    if row is None:
        raise NotFound(f"There is no delivery {number[:20]!r}. Choose one from the list.")
    order_id: int = row[-1]
    return replace(
        _row(row),
        lines=tuple(load_lines(session, [order_id])[order_id]),
        receipts=tuple(_load_receipts(session, wanted)),
        late=tuple(_load_late(session, wanted)),
    )


_SELECT: Select[*tuple[Any, ...]] = (
    select(
        Task.id,
        Task.state,
        PurchaseOrder.number,
        Supplier.name,
        PurchaseOrder.currency,
        Location.code,
        Location.name,
        Task.started_at,
        Task.opened_by,
        Task.closed_at,
        Task.closed_by,
        Task.outcome,
        Delivery.order_id,
    )
    .join(Delivery, Delivery.task_id == Task.id)
    .join(PurchaseOrder, PurchaseOrder.id == Delivery.order_id)
    .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
    .join(Location, Location.id == Delivery.location_id)
)


def _row(row: Any) -> DeliveryRow:
    return DeliveryRow(row[0], delivery_state(row[1]), *row[2:-1])


def _load_receipts(session: Session, task_id: int) -> list[ReceiptRow]:
    rows = session.execute(
        select(Receipt, OrderLine.position, Asset.asset_tag, Asset.status, Person.name)
        .outerjoin(OrderLine, OrderLine.id == Receipt.line_id)
        .outerjoin(Asset, Asset.id == Receipt.asset_id)
        .outerjoin(Person, Person.id == Asset.custodian_id)
        .where(Receipt.task_id == task_id)
        .order_by(Receipt.id)
    )
    return [
        ReceiptRow(
            one.id,
            one.code,
            one.serial,
            one.quantity,
            one.label,
            one.condition,
            one.state,
            one.decision,
            one.reason,
            one.decided_by,
            one.booked_at is not None,
            position,
            tag,
            status,
            holder,
        )
        for one, position, tag, status, holder in rows
    ]


def _load_late(session: Session, task_id: int) -> list[LateScan]:
    rows = session.execute(
        select(DeliveryScan.code, DeliveryScan.at, DeliveryScan.actor_name)
        .where(DeliveryScan.task_id == task_id, DeliveryScan.is_late)
        .order_by(DeliveryScan.id)
    )
    return [LateScan(*row) for row in rows]

"""Orders with their lines: what was ordered, what came, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.expenses import ExpenseKind
from scanner_app.domain.errors import NotFound
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState, write_number
from scanner_app.domain.procurement.deliveries import (
    DeliveryState,
    ReceiptDecision,
    ReceiptState,
    delivery_state,
)
from scanner_app.domain.procurement.orders import LineCount, LineKind, OrderState
from scanner_app.models import (
    AssetModel,
    Delivery,
    Expense,
    Location,
    OrderLine,
    PurchaseOrder,
    Receipt,
    StockItem,
    Supplier,
    Task,
)


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of an order.

    :param what: the model with its maker, the stock item, or the words of the line.
    :param spent_cents: what its booked pieces cost, without delivery.
    """

    id: int
    position: int
    kind: LineKind
    what: str
    model: str
    manufacturer: str
    stock_item: str
    text: str
    model_code: str
    unit_price_cents: int
    warranty_months: int | None
    count: LineCount
    spent_cents: int
    request_id: int | None = None

    @property
    def committed_cents(self) -> int:
        """Return what the pieces that are still open will cost."""
        return self.count.open * self.unit_price_cents

    @property
    def total_cents(self) -> int:
        return self.count.ordered * self.unit_price_cents


@dataclass(frozen=True, slots=True)
class DeliveryLink:
    """A delivery of an order, as the order's page lists it."""

    number: str
    state: DeliveryState
    location_name: str
    started_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. `committed_cents` is of what is placed and still open."""

    id: int
    number: str
    supplier: str
    supplier_id: int
    state: OrderState
    currency: str
    delivery_cents: int
    placed_on: date | None
    promised_on: date | None
    notes: str
    created_by: str
    reason: str | None
    lines: tuple[LineRow, ...]
    spent_cents: int

    @property
    def total_cents(self) -> int:
        return self.delivery_cents + sum(line.total_cents for line in self.lines)

    @property
    def committed_cents(self) -> int:
        if self.state is not OrderState.PLACED:
            return 0
        return sum(line.committed_cents for line in self.lines)

    @property
    def has_open(self) -> bool:
        """Return whether pieces are still to come."""
        return any(line.count.open for line in self.lines)

    @property
    def has_booked(self) -> bool:
        """Return whether pieces are booked: the order is not cancelled any more."""
        return any(line.count.booked for line in self.lines)


def list_orders(
    session: Session,
    *,
    states: Sequence[OrderState] = tuple(OrderState),
    supplier_id: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[OrderRow]:
    """Return orders, the newest first.

    :param before_id: continue a list behind this order.
    """
    statement = (
        select(PurchaseOrder, Supplier.name)
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
        .where(PurchaseOrder.state.in_(states))
        .order_by(PurchaseOrder.id.desc())
        .limit(limit)
    )
    if supplier_id is not None:
        statement = statement.where(PurchaseOrder.supplier_id == supplier_id)
    if before_id is not None:
        statement = statement.where(PurchaseOrder.id < before_id)
    return _load(session, [(order, name) for order, name in session.execute(statement)])


def get_order(session: Session, number: str) -> OrderRow:
    """Return one order by its number, compared without case.

    :raises NotFound: no order has it.
    """
    row = session.execute(
        select(PurchaseOrder, Supplier.name)
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
        .where(PurchaseOrder.number_key == number.strip().casefold())
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no order {number[:40]!r}. Choose one from the list.")
    return _load(session, [(row[0], row[1])])[0]


def list_deliveries_of(session: Session, order_id: int) -> list[DeliveryLink]:
    """Return the deliveries of an order, the newest first."""
    rows = session.execute(
        select(Task.id, Task.state, Location.name, Task.started_at, Task.closed_at)
        .join(Delivery, Delivery.task_id == Task.id)
        .join(Location, Location.id == Delivery.location_id)
        .where(Delivery.order_id == order_id)
        .order_by(Task.id.desc())
    )
    return [
        DeliveryLink(write_number(TaskKind.DELIVERY, id_), delivery_state(state), place, at, ended)
        for id_, state, place, at, ended in rows
    ]


def load_lines(session: Session, order_ids: Sequence[int]) -> dict[int, list[LineRow]]:
    """Return the lines of orders, in their order, by the order's id."""
    rows = session.execute(
        select(OrderLine, AssetModel.name, AssetModel.manufacturer, StockItem.name, StockItem.code)
        .outerjoin(AssetModel, AssetModel.id == OrderLine.model_id)
        .outerjoin(StockItem, StockItem.id == OrderLine.stock_item_id)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.position)
    ).all()
    ids = [row[0].id for row in rows]
    booked, waiting = _count_booked(session, ids), _count_waiting(session, ids)
    spent = _sum_spent(session, ids)
    lines: dict[int, list[LineRow]] = {id_: [] for id_ in order_ids}
    for line, model, maker, stock, code in rows:
        received, over = waiting.get(line.id, (0, 0))
        lines[line.order_id].append(
            LineRow(
                line.id,
                line.position,
                line.kind,
                f"{maker} {model}".strip() if model else stock or line.text,
                model or "",
                maker or "",
                code or "",
                line.text,
                line.model_code,
                line.unit_price_cents,
                line.warranty_months,
                LineCount(line.quantity, booked.get(line.id, 0), received, over),
                spent.get(line.id, 0),
                line.request_id,
            )
        )
    return lines


def _load(session: Session, found: Sequence[tuple[PurchaseOrder, str]]) -> list[OrderRow]:
    lines = load_lines(session, [order.id for order, _ in found])
    spent = _sum_of_orders(session, [order.id for order, _ in found])
    return [
        OrderRow(
            order.id,
            order.number,
            supplier,
            order.supplier_id,
            order.state,
            order.currency,
            order.delivery_cents,
            order.placed_on,
            order.promised_on,
            order.notes,
            order.created_by,
            order.reason,
            tuple(lines[order.id]),
            spent.get(order.id, 0),
        )
        for order, supplier in found
    ]


def _count_booked(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Receipt.line_id, func.sum(Receipt.quantity))
        .where(Receipt.line_id.in_(ids), Receipt.booked_at.is_not(None))
        .group_by(Receipt.line_id)
    )
    return {id_ or 0: int(count) for id_, count in rows}


def _count_waiting(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return how many pieces of each line fit and how many are too many, in open deliveries."""
    rows = session.execute(
        select(Receipt.line_id, Receipt.state, Receipt.decision, func.sum(Receipt.quantity))
        .join(Task, Task.id == Receipt.task_id)
        .where(
            Receipt.line_id.in_(ids),
            Receipt.booked_at.is_(None),
            Task.state == TaskState.OPEN,
        )
        .group_by(Receipt.line_id, Receipt.state, Receipt.decision)
    )
    waiting: dict[int, tuple[int, int]] = {}
    for id_, state, decision, count in rows:
        received, over = waiting.get(id_ or 0, (0, 0))
        stays = decision in {None, ReceiptDecision.ACCEPT}
        if state is ReceiptState.RECEIVED and stays:
            received += int(count)
        if state is ReceiptState.OVER:
            over += int(count)
        waiting[id_ or 0] = (received, over)
    return waiting


def count_came(session: Session, line_id: int) -> int:
    """Return how many pieces of a line came: booked, or received and waiting for that."""
    booked, waiting = _count_booked(session, [line_id]), _count_waiting(session, [line_id])
    return booked.get(line_id, 0) + waiting.get(line_id, (0, 0))[0]


def _sum_spent(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Expense.order_line_id, func.sum(Expense.amount_cents))
        .where(
            Expense.order_line_id.in_(ids),
            Expense.kind == ExpenseKind.PURCHASE,
            Expense.withdrawn_at.is_(None),
        )
        .group_by(Expense.order_line_id)
    )
    return {id_ or 0: int(cents) for id_, cents in rows}


def _sum_of_orders(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(OrderLine.order_id, func.sum(Expense.amount_cents))
        .join(Expense, Expense.order_line_id == OrderLine.id)
        .where(OrderLine.order_id.in_(ids), Expense.withdrawn_at.is_(None))
        .group_by(OrderLine.order_id)
    )
    return {id_: int(cents) for id_, cents in rows}

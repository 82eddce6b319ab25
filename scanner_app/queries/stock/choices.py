"""The stock items that a form offers, and what is to be ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.procurement.orders import OrderState
from scanner_app.domain.stock.levels import reorder_quantity
from scanner_app.models import OrderLine, PurchaseOrder, Receipt, StockItem
from scanner_app.queries.stock.list import StockFilter, StockRow, list_stock

MAX_CHOICES = 500
MAX_REORDER = 500


@dataclass(frozen=True, slots=True)
class ReorderLine:
    """An item that is low, and how many pieces to order.

    :param ordered: pieces of orders that were placed and did not arrive yet.
    """

    item: StockRow
    quantity: int
    ordered: int = 0

    @property
    def packs(self) -> int:
        return self.quantity // self.item.pack_quantity


def list_item_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, name) of the items in use, by name, for a form."""
    rows = session.execute(
        select(StockItem.code, StockItem.name)
        .where(StockItem.is_active.is_(True))
        .order_by(StockItem.name, StockItem.code)
        .limit(MAX_CHOICES)
    )
    return [(code, name) for code, name in rows]


def list_reorder(session: Session) -> list[ReorderLine]:
    """Return what is low and how many to order, by supplier and name; what is on order counts."""
    found = list_stock(session, wanted=StockFilter(is_low=True), limit=MAX_REORDER)
    ordered = load_ordered(session, [row.code for row in found.rows])
    lines = [
        ReorderLine(row, _quantity(row, ordered.get(row.code, 0)), ordered.get(row.code, 0))
        for row in found.rows
    ]
    return sorted(
        (line for line in lines if line.quantity),
        key=lambda line: (
            not line.item.supplier,
            line.item.supplier.casefold(),
            line.item.name.casefold(),
        ),
    )


def load_ordered(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """Return how many pieces of each stock item are on order, by its code; those of none left out.

    Of a line, what was booked is not on order any more.
    """
    booked = (
        select(func.coalesce(func.sum(Receipt.quantity), 0))
        .where(Receipt.line_id == OrderLine.id, Receipt.booked_at.is_not(None))
        .correlate(OrderLine)
        .scalar_subquery()
    )
    rows = session.execute(
        select(StockItem.code, OrderLine.quantity, booked)
        .join(OrderLine, OrderLine.stock_item_id == StockItem.id)
        .join(PurchaseOrder, PurchaseOrder.id == OrderLine.order_id)
        .where(StockItem.code.in_(codes), PurchaseOrder.state == OrderState.PLACED)
    )
    found: dict[str, int] = {}
    for code, quantity, came in rows:
        if left := max(0, quantity - int(came)):
            found[code] = found.get(code, 0) + left
    return found


def _quantity(row: StockRow, ordered: int) -> int:
    return reorder_quantity(
        level=row.level, ordered=ordered, least=row.least, target=row.target, pack=row.pack_quantity
    )

"""The stock items that a form offers, and what is to be ordered."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.stock.levels import reorder_quantity
from scanner_app.models import StockItem
from scanner_app.queries.stock.list import StockFilter, StockRow, list_stock

MAX_CHOICES = 500
MAX_REORDER = 500


@dataclass(frozen=True, slots=True)
class ReorderLine:
    """An item that is low, and how many pieces to order."""

    item: StockRow
    quantity: int

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
    """Return what is low and how many to order, by supplier and name.

    Orders are not kept here, so none is subtracted.
    """
    found = list_stock(session, wanted=StockFilter(is_low=True), limit=MAX_REORDER)
    lines = [ReorderLine(row, _quantity(row)) for row in found.rows]
    return sorted(
        (line for line in lines if line.quantity),
        key=lambda line: (
            not line.item.supplier,
            line.item.supplier.casefold(),
            line.item.name.casefold(),
        ),
    )


def _quantity(row: StockRow) -> int:
    return reorder_quantity(
        level=row.level, ordered=0, least=row.least, target=row.target, pack=row.pack_quantity
    )

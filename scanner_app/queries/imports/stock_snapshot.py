"""The stock as an import compares its rows with it: items, levels at locations, minimums."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.stock.items import StockClass
from scanner_app.models import Category, StockAccount, StockItem, StockLevel, StockRule


@dataclass(frozen=True, slots=True)
class ItemNow:
    """A stock item as it is, with what an import compares and sets."""

    id: int
    code: str
    code_key: str
    name: str
    stock_class: StockClass
    category: str | None
    manufacturer: str
    supplier: str
    supplier_code: str
    unit: str
    pack_quantity: int
    unit_cost_cents: int | None
    currency: str | None
    notes: str
    custom: dict[str, Any]


class Minimum(NamedTuple):
    """The minimum and the target of an item, at a location or at all together."""

    least: int | None
    target: int | None


# Of an item and a location; None stands for all locations together.
ItemPlace = tuple[int, int | None]


def list_items(session: Session, ids: Collection[int] | None = None) -> list[ItemNow]:
    """Return all items, or those with these ids, in the order in which they were added."""
    statement = (
        select(
            StockItem.id, StockItem.code, StockItem.code_key, StockItem.name,
            StockItem.stock_class, Category.name, StockItem.manufacturer, StockItem.supplier,
            StockItem.supplier_code, StockItem.unit, StockItem.pack_quantity,
            StockItem.unit_cost_cents, StockItem.currency, StockItem.notes, StockItem.custom,
        )
        .outerjoin(Category, Category.id == StockItem.category_id)
        .order_by(StockItem.id)
    )  # fmt: skip
    if ids is not None:
        statement = statement.where(StockItem.id.in_(ids))
    return [ItemNow(*tuple(row)) for row in session.execute(statement)]


def load_levels(session: Session, ids: Collection[int] | None = None) -> dict[ItemPlace, int]:
    """Return how many pieces of each item lie at each location that ever had some."""
    statement = (
        select(StockLevel.stock_item_id, StockAccount.location_id, StockLevel.quantity)
        .join(StockAccount, StockAccount.id == StockLevel.account_id)
        .where(StockAccount.location_id.is_not(None))
    )
    if ids is not None:
        statement = statement.where(StockLevel.stock_item_id.in_(ids))
    return {(item, place): quantity for item, place, quantity in session.execute(statement)}


def load_minimums(session: Session, ids: Collection[int] | None = None) -> dict[ItemPlace, Minimum]:
    """Return the minimums of items, by location."""
    statement = select(
        StockRule.stock_item_id,
        StockRule.location_id,
        StockRule.min_quantity,
        StockRule.target_quantity,
    )
    if ids is not None:
        statement = statement.where(StockRule.stock_item_id.in_(ids))
    return {
        (item, place): Minimum(least, target)
        for item, place, least, target in session.execute(statement)
    }

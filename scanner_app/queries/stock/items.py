"""Selects over stock items: what a scan needs of one, and one for its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import NotFound
from scanner_app.domain.stock.items import CODE_SCHEME, StockClass
from scanner_app.models import Category, Identifier, Location, StockItem


@dataclass(frozen=True, slots=True)
class ItemCard:
    """A stock item as a move and a sentence need it."""

    id: int
    code: str
    name: str
    stock_class: StockClass
    unit: str
    returns: bool
    is_active: bool

    @property
    def thing(self) -> str:
        """Return the item as a sentence names it."""
        return f"{self.name} ({self.code})"


@dataclass(frozen=True, slots=True)
class PackCode:
    """A code of an item besides its own: how many pieces it stands for, and where its bin is."""

    scheme: str
    value: str
    quantity: int
    bin_code: str | None
    bin_name: str | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A stock item with everything that is registered of it."""

    id: int
    code: str
    name: str
    stock_class: StockClass
    category: str | None
    manufacturer: str
    unit: str
    returns: bool
    lead_days: int | None
    safety_quantity: int
    supplier: str
    supplier_code: str
    pack_quantity: int
    unit_cost_cents: int | None
    currency: str | None
    notes: str
    custom: dict[str, Any]
    is_active: bool
    created_at: datetime
    updated_at: datetime
    codes: tuple[PackCode, ...] = ()


CARD = (
    StockItem.id,
    StockItem.code,
    StockItem.name,
    StockItem.stock_class,
    StockItem.unit,
    StockItem.returns,
    StockItem.is_active,
)


def load_cards(session: Session, ids: Collection[int]) -> dict[int, ItemCard]:
    """Return items by id, as a move and a sentence need them."""
    rows = session.execute(select(*CARD).where(StockItem.id.in_(ids)))
    return {row[0]: ItemCard(*row) for row in rows}


def find_item_id(session: Session, code: str) -> int | None:
    """Return the id of the item whose own code this is."""
    key = tag_key(code)
    return session.scalar(select(StockItem.id).where(StockItem.code_key == key))


def get_item_id(session: Session, code: str) -> int:
    """Return the id of an item.

    :raises NotFound: no item has this code.
    """
    item_id = find_item_id(session, code)
    if item_id is None:
        raise NotFound(f"No stock item has the code {code[:64]!r}.")
    return item_id


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        StockItem.id,
        StockItem.code,
        StockItem.name,
        StockItem.stock_class,
        Category.name,
        StockItem.manufacturer,
        StockItem.unit,
        StockItem.returns,
        StockItem.lead_days,
        StockItem.safety_quantity,
        StockItem.supplier,
        StockItem.supplier_code,
        StockItem.pack_quantity,
        StockItem.unit_cost_cents,
        StockItem.currency,
        StockItem.notes,
        StockItem.custom,
        StockItem.is_active,
        StockItem.created_at,
        StockItem.updated_at,
    ).outerjoin(Category, Category.id == StockItem.category_id)


def get_item(session: Session, code: str) -> ItemRow:
    """Return one item with its codes.

    :raises NotFound: no item has this code.
    """
    item_id = get_item_id(session, code)
    row = session.execute(_select().where(StockItem.id == item_id)).one()
    return replace(ItemRow(*row), codes=load_codes(session, [item_id])[item_id])


def load_codes(session: Session, ids: Collection[int]) -> dict[int, tuple[PackCode, ...]]:
    """Return the codes of each item besides its own."""
    found: dict[int, list[PackCode]] = defaultdict(list)
    rows = session.execute(
        select(
            Identifier.stock_item_id,
            Identifier.scheme,
            Identifier.value,
            Identifier.quantity,
            Location.code,
            Location.name,
        )
        .outerjoin(Location, Location.id == Identifier.bin_location_id)
        .where(
            Identifier.stock_item_id.in_(ids),
            Identifier.ended_at.is_(None),
            Identifier.scheme != CODE_SCHEME,
        )
        .order_by(Identifier.id)
    )
    for item_id, scheme, value, quantity, bin_code, bin_name in rows:
        found[item_id or 0].append(PackCode(scheme, value, quantity or 1, bin_code, bin_name))
    return {id_: tuple(found[id_]) for id_ in ids}

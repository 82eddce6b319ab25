"""The list of stock items: each with how many there are, its minimum, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Invalid
from scanner_app.domain.stock.items import AccountKind, StockClass
from scanner_app.domain.text import is_storable
from scanner_app.models import (
    Category,
    Identifier,
    Location,
    StockAccount,
    StockItem,
    StockLevel,
    StockRule,
)
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor


@dataclass(frozen=True, slots=True)
class StockFilter:
    """What a list shows: all that is in use, unless a field narrows it.

    :param location_id: only what lies there or inside.
    :param is_low: only what a rule calls low.
    :param is_contested: only what is to be counted.
    """

    query: str = ""
    stock_class: StockClass | None = None
    location_id: int | None = None
    is_low: bool = False
    is_contested: bool = False
    with_ended: bool = False


@dataclass(frozen=True, slots=True)
class StockRow:
    """One item of a list.

    :param level: pieces at locations, and `held` those that people and assets have.
    :param least: the minimum of the rule for all locations, or else of the first that has one;
        `target` is of the same rule.
    """

    id: int
    code: str
    name: str
    stock_class: StockClass
    unit: str
    category: str | None
    supplier: str
    supplier_code: str
    pack_quantity: int
    is_active: bool
    level: int
    held: int
    least: int | None
    target: int | None
    is_low: bool
    is_contested: bool


def _pieces(*kinds: AccountKind, location_id: int | None = None) -> ColumnElement[int]:
    statement = (
        select(func.coalesce(func.sum(StockLevel.quantity), 0))
        .join(StockAccount, StockAccount.id == StockLevel.account_id)
        .where(StockLevel.stock_item_id == StockItem.id, StockAccount.kind.in_(kinds))
    )
    if location_id is not None:
        statement = statement.where(StockAccount.location_id.in_(places_inside(location_id)))
    return statement.correlate(StockItem).scalar_subquery()


def places_inside(location_id: int) -> Select[int]:
    """Return the select of a location's id and of those inside it."""
    path = select(Location.path).where(Location.id == location_id).scalar_subquery()
    return select(Location.id).where(Location.path.startswith(path))


def _rule(column: Any) -> ColumnElement[int | None]:
    """Return a number of the rule for all locations, or else of the first rule with a minimum."""
    return (
        select(column)
        .where(StockRule.stock_item_id == StockItem.id, StockRule.min_quantity.is_not(None))
        .order_by(StockRule.location_id.is_not(None), StockRule.id)
        .limit(1)
        .correlate(StockItem)
        .scalar_subquery()
    )


def _has(condition: ColumnElement[bool], table: Any) -> ColumnElement[bool]:
    return (
        select(table.stock_item_id)
        .where(table.stock_item_id == StockItem.id, condition)
        .correlate(StockItem)
        .exists()
    )


IS_LOW = _has(StockRule.is_low.is_(True), StockRule)
IS_CONTESTED = _has(StockLevel.contested_at.is_not(None), StockLevel)
_LEVEL = _pieces(AccountKind.PLACE)
# The orders of a list, by the name in its address.
SORTS: Mapping[str, Any] = {"name": StockItem.name, "code": StockItem.code_key, "level": _LEVEL}


def list_stock(
    session: Session,
    *,
    wanted: StockFilter,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = 100,
) -> Page[StockRow]:
    """Return a page of stock items in an order of `SORTS`, with a minus from its end.

    :raises Invalid: the order or the cursor is not known.
    """
    key, falls = SORTS.get(sort.removeprefix("-")), sort.startswith("-")
    if key is None:
        problem = f"One of {', '.join(SORTS)}."
        raise Invalid("This order does not exist.", errors={"sort": [problem]})
    after = read_cursor(cursor, sort=sort)
    order = (key.desc(), StockItem.id.desc()) if falls else (key, StockItem.id)
    statement = _select(wanted).add_columns(key.label("sort_key")).order_by(*order)
    if after is not None:
        last = _read_key(sort, after.key)
        beyond = key < last if falls else key > last
        further = StockItem.id < after.id if falls else StockItem.id > after.id
        statement = statement.where(beyond | ((key == last) & further))
    rows = session.execute(statement.limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(Cursor(sort, str(rows[-1].sort_key), rows[-1].id))
    return Page([StockRow(*row[:-1]) for row in rows], following)


def _read_key(sort: str, text: str) -> str | int:
    """Return the key of a cursor as its column compares it.

    :raises Invalid: a number was written as something else.
    """
    if sort.removeprefix("-") != "level":
        return text
    if not text.isascii() or not text.isdecimal() or len(text) > 12:  # noqa: PLR2004 - of a sum
        raise Invalid("This page does not exist. Start again from the first one.")
    return int(text)


def count_stock(session: Session, wanted: StockFilter, *, most: int = 10_000) -> int:
    """Return how many items a list has, at most `most`."""
    few = select(StockItem.id).where(*_conditions(wanted)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _select(wanted: StockFilter) -> Select[*tuple[Any, ...]]:
    return (
        select(
            StockItem.id,
            StockItem.code,
            StockItem.name,
            StockItem.stock_class,
            StockItem.unit,
            Category.name,
            StockItem.supplier,
            StockItem.supplier_code,
            StockItem.pack_quantity,
            StockItem.is_active,
            _pieces(AccountKind.PLACE, location_id=wanted.location_id),
            _pieces(AccountKind.PERSON, AccountKind.ASSET),
            _rule(StockRule.min_quantity),
            _rule(StockRule.target_quantity),
            IS_LOW,
            IS_CONTESTED,
        )
        .outerjoin(Category, Category.id == StockItem.category_id)
        .where(*_conditions(wanted))
    )


def _conditions(wanted: StockFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if not wanted.with_ended:
        conditions.append(StockItem.is_active.is_(True))
    if wanted.stock_class is not None:
        conditions.append(StockItem.stock_class == wanted.stock_class)
    if wanted.is_low:
        conditions.append(IS_LOW)
    if wanted.is_contested:
        conditions.append(IS_CONTESTED)
    if wanted.location_id is not None:
        here = (
            select(StockLevel.stock_item_id)
            .join(StockAccount, StockAccount.id == StockLevel.account_id)
            .where(
                StockAccount.location_id.in_(places_inside(wanted.location_id)),
                StockLevel.quantity > 0,
            )
        )
        conditions.append(StockItem.id.in_(here))
    conditions += [_matches(word) for word in wanted.query.split()[:10] if is_storable(word)]
    return conditions


def _matches(word: str) -> ColumnElement[bool]:
    """Return the condition that an item's name, codes or supplier have a word."""
    columns = (StockItem.name, StockItem.supplier, StockItem.supplier_code, StockItem.manufacturer)
    found: ColumnElement[bool] = StockItem.code_key.contains(tag_key(word), autoescape=True)
    for column in columns:
        found |= func.lower(column).contains(word.lower(), autoescape=True)
    coded = select(Identifier.stock_item_id).where(
        Identifier.value == tag_key(word), Identifier.ended_at.is_(None)
    )
    return found | StockItem.id.in_(coded)

"""Where the pieces of an item are, its minimums, and its moves and counts from the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.errors import Invalid
from scanner_app.domain.stock.acts import Act
from scanner_app.domain.stock.items import AccountKind
from scanner_app.domain.stock.levels import Leg
from scanner_app.models import (
    Asset,
    Location,
    Person,
    StockAccount,
    StockCount,
    StockItem,
    StockLevel,
    StockMove,
    StockRule,
)
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor


@dataclass(frozen=True, slots=True)
class LevelRow:
    """How many pieces a location, a person or an asset has.

    :param ref: the code, number or tag by which an address names it.
    """

    code: str
    item: str
    kind: AccountKind
    ref: str
    name: str
    quantity: int
    counted_at: datetime | None
    contested_at: datetime | None
    item_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A minimum and a target; without a location, of the item as a whole."""

    location: str | None
    location_name: str | None
    min_quantity: int | None
    target_quantity: int | None
    is_low: bool
    episode: int
    low_since: datetime | None


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A move, or a count: then `expected` is what the books expected.

    :param source: the name of the account that it was taken from, and `target` of the other.
    :param is_in_count: a newer count of its location had seen it already.
    """

    id: int
    act: Act
    quantity: int
    expected: int | None
    source: str
    target: str
    for_name: str | None
    effective_at: datetime
    recorded_at: datetime
    reason: str
    actor_name: str
    is_undone: bool
    is_undo: bool
    is_in_count: bool
    scan_id: UUID | None
    order_number: str | None


def list_levels(
    session: Session,
    *,
    item_id: int | None = None,
    location_id: int | None = None,
    person_id: int | None = None,
    asset_id: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[LevelRow]:
    """Return a page of levels that are not empty, were counted or are to be, by item and account.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="item")
    statement = _select_levels().order_by(StockLevel.stock_item_id, StockLevel.account_id)
    for column, value in (
        (StockLevel.stock_item_id, item_id),
        (StockAccount.location_id, location_id),
        (StockAccount.person_id, person_id),
        (StockAccount.asset_id, asset_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if after is not None:
        last = _read_id(after.key)
        statement = statement.where(
            (StockLevel.stock_item_id > last)
            | ((StockLevel.stock_item_id == last) & (StockLevel.account_id > after.id))
        )
    rows = [LevelRow(*row) for row in session.execute(statement.limit(limit + 1))]
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(Cursor("item", str(rows[-1].item_id), rows[-1].account_id))
    return Page(rows, following)


def _read_id(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 12:  # noqa: PLR2004 - of an id
        raise Invalid("This page does not exist. Start again from the first one.")
    return int(text)


def _select_levels() -> Select[*tuple[Any, ...]]:
    return (
        select(
            StockItem.code,
            StockItem.name,
            StockAccount.kind,
            func.coalesce(
                Location.code, Person.number, literal("~") + _text(Person.id), Asset.asset_tag
            ),
            func.coalesce(Location.name, Person.name, Asset.asset_tag),
            StockLevel.quantity,
            StockLevel.counted_at,
            StockLevel.contested_at,
            StockLevel.stock_item_id,
            StockLevel.account_id,
        )
        .join(StockItem, StockItem.id == StockLevel.stock_item_id)
        .join(StockAccount, StockAccount.id == StockLevel.account_id)
        .outerjoin(Location, Location.id == StockAccount.location_id)
        .outerjoin(Person, Person.id == StockAccount.person_id)
        .outerjoin(Asset, Asset.id == StockAccount.asset_id)
        .where(
            (StockLevel.quantity > 0)
            | StockLevel.counted_at.is_not(None)
            | StockLevel.contested_at.is_not(None)
        )
    )


def _text(column: Any) -> ColumnElement[str]:
    return cast(column, Text)


def list_rules(session: Session, item_id: int) -> list[RuleRow]:
    """Return the minimums of an item, that of the whole first."""
    rows = session.execute(
        select(
            Location.code,
            Location.name,
            StockRule.min_quantity,
            StockRule.target_quantity,
            StockRule.is_low,
            StockRule.episode,
            StockRule.low_since,
        )
        .outerjoin(Location, Location.id == StockRule.location_id)
        .where(StockRule.stock_item_id == item_id)
        .order_by(StockRule.location_id.is_not(None), Location.name, StockRule.id)
    )
    return [RuleRow(*row) for row in rows]


def list_moves(
    session: Session, item_id: int, *, cursor: str | None = None, limit: int = 100
) -> Page[MoveRow]:
    """Return a page of an item's moves and counts, from the newest recorded.

    A count and the difference that it booked are one row.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="newest")
    parts = union_all(_moves(item_id), _counts(item_id)).subquery()
    order = (parts.c.recorded_at.desc(), parts.c.rank.desc())
    statement = select(parts).order_by(*order)
    if after is not None:
        then = _read_time(after.key)
        statement = statement.where(
            (parts.c.recorded_at < then)
            | ((parts.c.recorded_at == then) & (parts.c.rank < after.id))
        )
    rows = session.execute(statement.limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        last = rows[-1]
        following = write_cursor(Cursor("newest", last.recorded_at.isoformat(), last.rank))
    return Page([MoveRow(*row[1:]) for row in rows], following)


def _read_time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid("This page does not exist. Start again from the first one.")
    return found


def _moves(item_id: int) -> Select[*tuple[Any, ...]]:
    """Return the moves that no count made, in the columns of `MoveRow`, after their rank."""
    undo = aliased(StockMove)
    is_undone = select(undo.id).where(undo.voids_id == StockMove.id).exists()
    person, asset = aliased(Person), aliased(Asset)
    return (
        select(
            (StockMove.id * 2).label("rank"),
            StockMove.id.label("id"),
            StockMove.act.label("act"),
            StockMove.quantity.label("quantity"),
            null().label("expected"),
            _name_of(func.coalesce(StockMove.from_counted_id, StockMove.from_account_id)).label(
                "source"
            ),
            _name_of(func.coalesce(StockMove.to_counted_id, StockMove.to_account_id)).label(
                "target"
            ),
            func.coalesce(person.name, asset.asset_tag).label("for_name"),
            StockMove.effective_at.label("effective_at"),
            StockMove.recorded_at.label("recorded_at"),
            StockMove.reason.label("reason"),
            StockMove.actor_name.label("actor_name"),
            is_undone.label("is_undone"),
            StockMove.voids_id.is_not(None).label("is_undo"),
            (StockMove.from_counted_id.is_not(None) | StockMove.to_counted_id.is_not(None)).label(
                "is_in_count"
            ),
            StockMove.scan_id.label("scan_id"),
            StockMove.order_number.label("order_number"),
        )
        .outerjoin(person, person.id == StockMove.for_person_id)
        .outerjoin(asset, asset.id == StockMove.for_asset_id)
        .where(StockMove.stock_item_id == item_id, StockMove.act != Act.COUNT)
    )


def _counts(item_id: int) -> Select[*tuple[Any, ...]]:
    return select(
        (StockCount.id * 2 + 1).label("rank"),
        StockCount.id.label("id"),
        literal(Act.COUNT, StockMove.act.type).label("act"),
        StockCount.quantity.label("quantity"),
        StockCount.expected.label("expected"),
        _name_of(StockCount.account_id).label("source"),
        literal("").label("target"),
        null().label("for_name"),
        StockCount.effective_at.label("effective_at"),
        StockCount.recorded_at.label("recorded_at"),
        StockCount.reason.label("reason"),
        StockCount.actor_name.label("actor_name"),
        StockCount.undone_at.is_not(None).label("is_undone"),
        literal(value=False).label("is_undo"),
        literal(value=False).label("is_in_count"),
        StockCount.scan_id.label("scan_id"),
        null().label("order_number"),
    ).where(StockCount.stock_item_id == item_id)


def _name_of(account_id: Any) -> ColumnElement[str]:
    """Return the name of an account: of its location, person or asset, or else its kind."""
    account, place, person, asset = (
        aliased(StockAccount), aliased(Location), aliased(Person), aliased(Asset),
    )  # fmt: skip
    return (
        select(func.coalesce(place.name, person.name, asset.asset_tag, _text(account.kind)))
        .select_from(account)
        .outerjoin(place, place.id == account.location_id)
        .outerjoin(person, person.id == account.person_id)
        .outerjoin(asset, asset.id == account.asset_id)
        .where(account.id == account_id)
        .scalar_subquery()
    )


ACCOUNT_LABELS = {kind.value: kind.facts.label for kind in AccountKind if kind.facts.label}


def show_account(name: str) -> str:
    """Return the name of an account as people read it."""
    return ACCOUNT_LABELS.get(name, name)


def sum_held(rows: Sequence[LevelRow], *, is_place: bool) -> int:
    """Return how many pieces lie at locations, or are with people and in assets."""
    return sum(row.quantity for row in rows if (row.kind is AccountKind.PLACE) is is_place)


def load_legs_since(session: Session, item_id: int, since: datetime) -> list[Leg]:
    """Return what moves since a time brought to locations, or took from them."""
    giver, taker = aliased(StockAccount), aliased(StockAccount)
    rows = session.execute(
        select(StockMove.effective_at, StockMove.quantity, giver.kind, taker.kind)
        .join(giver, giver.id == StockMove.from_account_id)
        .join(taker, taker.id == StockMove.to_account_id)
        .where(StockMove.stock_item_id == item_id, StockMove.effective_at > since)
    )
    return [
        Leg(at, quantity * ((to is AccountKind.PLACE) - (from_ is AccountKind.PLACE)))
        for at, quantity, from_, to in rows
    ]

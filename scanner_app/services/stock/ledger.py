"""Booking: one move, and the levels of the accounts that it changes, in one transaction.

A level never goes below zero: it is taken from by an UPDATE that asks for enough, and its row count
says whether there was enough. Summing the moves first would let two transactions take the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, func, insert, or_, select, union_all, update
from sqlalchemy.orm import Session

from scanner_app.domain.stock.acts import Act
from scanner_app.domain.stock.items import AccountKind
from scanner_app.domain.stock.levels import Leg, is_in_count
from scanner_app.models import StockAccount, StockCount, StockLevel, StockMove
from scanner_app.services.stock.accounts import Account, find_account


class Author(Protocol):
    """Who records a move: an account, a token, or who began an import."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What all moves are told: when it happened, who recorded it and when, and by which scan.

    :param is_late: it arrived long after it happened. If it finds too little, the books are wrong
        and not the shelf: the location is to be counted.
    """

    at: datetime
    now: datetime
    by: Author
    scan_id: UUID | None = None
    is_late: bool = False
    order_line: int | None = None
    unit_cost_cents: int | None = None
    currency: str | None = None
    order_number: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A move to be booked.

    :param voids_id: the move that it undoes.
    :param for_person_id: who used up what was issued, and `for_asset_id` what it was used for.
    """

    item_id: int
    act: Act
    source: Account
    target: Account
    quantity: int
    order: Order
    voids_id: int | None = None
    for_person_id: int | None = None
    for_asset_id: int | None = None


class TooFew(NamedTuple):
    """A move that was not booked: the account has only this many pieces."""

    account: Account
    there: int


class Booked(NamedTuple):
    """A move that was booked.

    :param move_id: None if both of its accounts were counted since, so that nothing was to book.
    :param is_in_count: an account was counted since, and keeps the number that was counted.
    """

    move_id: int | None
    is_in_count: bool


class Level(NamedTuple):
    """What an account has of an item now."""

    quantity: int
    counted_at: datetime | None


def read_level(session: Session, item_id: int, account_id: int) -> Level:
    """Return the level of an account; nothing if it never had any."""
    row = session.execute(
        select(StockLevel.quantity, StockLevel.counted_at).where(
            StockLevel.stock_item_id == item_id, StockLevel.account_id == account_id
        )
    ).one_or_none()
    return Level(0, None) if row is None else Level(*row)


def ensure_level(session: Session, item_id: int, account_id: int) -> Level:
    """Return the level of an account. A row is made if it never had any: a note needs one."""
    wanted = StockLevel.stock_item_id == item_id, StockLevel.account_id == account_id
    if session.scalar(select(StockLevel.quantity).where(*wanted)) is None:
        session.execute(
            insert(StockLevel).values(stock_item_id=item_id, account_id=account_id, quantity=0)
        )
    return read_level(session, item_id, account_id)


def read_place_level(session: Session, item_id: int, place_id: int) -> int:
    """Return how many pieces of an item lie at a location itself."""
    statement = (
        select(StockLevel.quantity)
        .join(StockAccount, StockAccount.id == StockLevel.account_id)
        .where(StockLevel.stock_item_id == item_id, StockAccount.location_id == place_id)
    )
    return session.scalar(statement) or 0


def book(session: Session, entry: Entry) -> Booked | TooFew:
    """Write a move and change the levels, or return what is missing and change nothing.

    The caller holds the item's lock (`items.lock_items`).
    """
    source, target = entry.source, entry.target
    from_counted = _counted(session, entry, source)
    to_counted = _counted(session, entry, target)
    if from_counted and to_counted:
        return Booked(None, is_in_count=True)
    difference = None
    if from_counted or to_counted:
        difference = find_account(session, AccountKind.DIFFERENCE)
    if difference is not None and difference in {source, target}:
        return Booked(None, is_in_count=True)  # a difference that was counted away since
    if source.is_real and not from_counted:
        missing = _take(session, entry.item_id, source, entry.quantity)
        if missing is not None:
            return missing
    if target.is_real and not to_counted:
        _put(session, entry.item_id, target, entry.quantity)
    move_id = _write(
        session,
        entry,
        from_account_id=difference.id if difference and from_counted else source.id,
        to_account_id=difference.id if difference and to_counted else target.id,
        from_counted_id=source.id if from_counted else None,
        to_counted_id=target.id if to_counted else None,
    )
    return Booked(move_id, is_in_count=from_counted or to_counted)


def _counted(session: Session, entry: Entry, account: Account) -> bool:
    """Return whether the count of an account knew of a move already."""
    if account.kind is not AccountKind.PLACE or entry.act is Act.COUNT:
        return False
    return is_in_count(entry.order.at, read_level(session, entry.item_id, account.id).counted_at)


def _take(session: Session, item_id: int, account: Account, quantity: int) -> TooFew | None:
    done = session.execute(
        update(StockLevel)
        .where(
            StockLevel.stock_item_id == item_id,
            StockLevel.account_id == account.id,
            StockLevel.quantity >= quantity,
        )
        .values(quantity=StockLevel.quantity - quantity)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", done).rowcount:
        return None
    return TooFew(account, read_level(session, item_id, account.id).quantity)


def _put(session: Session, item_id: int, account: Account, quantity: int) -> None:
    done = session.execute(
        update(StockLevel)
        .where(StockLevel.stock_item_id == item_id, StockLevel.account_id == account.id)
        .values(quantity=StockLevel.quantity + quantity)
        .execution_options(synchronize_session=False)
    )
    if not cast("CursorResult[Any]", done).rowcount:
        session.execute(
            insert(StockLevel).values(
                stock_item_id=item_id, account_id=account.id, quantity=quantity
            )
        )


def _write(session: Session, entry: Entry, **accounts: int | None) -> int:
    order = entry.order
    made = session.execute(
        insert(StockMove)
        .values(
            **accounts,
            stock_item_id=entry.item_id,
            act=entry.act,
            quantity=entry.quantity,
            effective_at=order.at,
            recorded_at=order.now,
            scan_id=order.scan_id,
            voids_id=entry.voids_id,
            for_person_id=entry.for_person_id,
            for_asset_id=entry.for_asset_id,
            order_line=order.order_line,
            unit_cost_cents=order.unit_cost_cents,
            currency=order.currency,
            order_number=order.order_number,
            reason=order.reason,
            actor=order.by.key,
            actor_name=order.by.name,
        )
        .returning(StockMove.id)
    )
    return int(made.scalar_one())


def load_legs(
    session: Session, item_id: int, account_id: int, *, after: datetime | None = None
) -> list[Leg]:
    """Return what moves brought to an account and took, as they were meant, without counts.

    :param after: only of moves that took effect after this time.
    """

    def side(account: Any, counted: Any, sign: int) -> Select[datetime, int]:
        statement = select(StockMove.effective_at, sign * StockMove.quantity).where(
            StockMove.stock_item_id == item_id,
            or_(account == account_id, counted == account_id),
            StockMove.act != Act.COUNT,
        )
        return statement if after is None else statement.where(StockMove.effective_at > after)

    rows = session.execute(
        union_all(
            side(StockMove.to_account_id, StockMove.to_counted_id, 1),
            side(StockMove.from_account_id, StockMove.from_counted_id, -1),
        )
    )
    return [Leg(at, quantity) for at, quantity in rows]


def newest_count(
    session: Session,
    item_id: int,
    account_id: int,
    *,
    until: datetime | None = None,
    without_id: int | None = None,
) -> StockCount | None:
    """Return the newest count that was not undone; of several at one time, the last recorded."""
    statement = select(StockCount).where(
        StockCount.stock_item_id == item_id,
        StockCount.account_id == account_id,
        StockCount.undone_at.is_(None),
    )
    if until is not None:
        statement = statement.where(StockCount.effective_at <= until)
    if without_id is not None:
        statement = statement.where(StockCount.id != without_id)
    newest = statement.order_by(StockCount.effective_at.desc(), StockCount.id.desc()).limit(1)
    return session.scalars(newest).one_or_none()


def sum_held(session: Session, item_id: int) -> int:
    """Return how many pieces of an item people and assets have."""
    statement = (
        select(func.coalesce(func.sum(StockLevel.quantity), 0))
        .join(StockAccount, StockAccount.id == StockLevel.account_id)
        .where(
            StockLevel.stock_item_id == item_id,
            StockAccount.kind.in_((AccountKind.PERSON, AccountKind.ASSET)),
        )
    )
    return int(session.scalar(statement) or 0)


def sum_at_places(session: Session, item_id: int, place_ids: Select[int] | None = None) -> int:
    """Return how many pieces of an item lie at locations.

    :param place_ids: only at these locations.
    """
    statement = (
        select(func.coalesce(func.sum(StockLevel.quantity), 0))
        .join(StockAccount, StockAccount.id == StockLevel.account_id)
        .where(StockLevel.stock_item_id == item_id, StockAccount.kind == AccountKind.PLACE)
    )
    if place_ids is not None:
        statement = statement.where(StockAccount.location_id.in_(place_ids))
    return int(session.scalar(statement) or 0)

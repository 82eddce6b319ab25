"""Counts: what lies at a location at a time. The newest one decides the level from then on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.domain.stock.acts import Act
from scanner_app.domain.stock.items import AccountKind
from scanner_app.domain.stock.levels import Counted, expected_at, fold_level
from scanner_app.models import StockCount, StockLevel
from scanner_app.queries.stock.items import ItemCard
from scanner_app.services.stock.accounts import Account, find_account
from scanner_app.services.stock.ledger import (
    Entry,
    Order,
    TooFew,
    book,
    ensure_level,
    load_legs,
    newest_count,
    read_level,
)
from scanner_app.services.stock.moves import Refused
from scanner_app.services.stock.rules import update_low


class CountResult(NamedTuple):
    """What a count found.

    :param expected: how many the books expected then.
    :param level: how many are there now, after what was moved since.
    :param is_old: a newer count is known, which decides: this one is only kept.
    """

    quantity: int
    expected: int
    level: int
    is_old: bool = False


def record_count(
    session: Session, item: ItemCard, *, quantity: int, place_id: int, order: Order
) -> CountResult | Refused:
    """Record how many pieces lie at a location, and bring the level there by the difference."""
    place = find_account(session, AccountKind.PLACE, place_id)
    level = ensure_level(session, item.id, place.id)
    if level.counted_at is not None and order.at < level.counted_at:
        expected = _expected_before(session, item.id, place.id, order.at)
        _write(session, item.id, place, quantity, expected, order)
        return CountResult(quantity, expected, level.quantity, is_old=True)
    legs = load_legs(session, item.id, place.id, after=order.at)
    expected = expected_at(level.quantity, legs, order.at)
    refused = _bring_to(session, item.id, place, quantity - expected, order)
    if refused is not None:
        return refused
    _write(session, item.id, place, quantity, expected, order)
    _set_counted(session, item.id, place.id, order.at)
    update_low(session, item.id, now=order.now)
    return CountResult(quantity, expected, level.quantity + quantity - expected)


def undo_count(session: Session, count: StockCount, *, order: Order) -> Refused | None:
    """Take a count out of the books: the count before it decides again, or the moves alone."""
    place = Account(count.account_id, AccountKind.PLACE)
    level = read_level(session, count.stock_item_id, place.id)
    before = newest_count(session, count.stock_item_id, place.id, without_id=count.id)
    counted = None if before is None else Counted(before.effective_at, before.quantity)
    since = counted.at if counted else None
    wanted = fold_level(counted, load_legs(session, count.stock_item_id, place.id, after=since))
    if wanted < 0:
        return Refused(Refusal.NOT_ENOUGH_STOCK)
    refused = _bring_to(session, count.stock_item_id, place, wanted - level.quantity, order)
    if refused is not None:
        return refused
    session.execute(
        update(StockCount)
        .where(StockCount.id == count.id)
        .values(undone_at=order.now)
        .execution_options(synchronize_session=False)
    )
    _set_counted(session, count.stock_item_id, place.id, since)
    update_low(session, count.stock_item_id, now=order.now)
    return None


def _bring_to(
    session: Session, item_id: int, place: Account, difference: int, order: Order
) -> Refused | None:
    """Book the difference that a count found; None if the level can take it."""
    if difference == 0:
        return None
    books = find_account(session, AccountKind.DIFFERENCE)
    source, target = (books, place) if difference > 0 else (place, books)
    entry = Entry(item_id, Act.COUNT, source, target, abs(difference), order)
    booked = book(session, entry)
    return Refused(Refusal.COUNT_OVERTAKEN) if isinstance(booked, TooFew) else None


def _expected_before(session: Session, item_id: int, account_id: int, at: datetime) -> int:
    """Return how many pieces the books expected at a time before the newest count."""
    count = newest_count(session, item_id, account_id, until=at)
    counted = None if count is None else Counted(count.effective_at, count.quantity)
    legs = load_legs(session, item_id, account_id)
    return fold_level(counted, [leg for leg in legs if leg.at <= at])


def _set_counted(session: Session, item_id: int, account_id: int, at: datetime | None) -> None:
    session.execute(
        update(StockLevel)
        .where(StockLevel.stock_item_id == item_id, StockLevel.account_id == account_id)
        .values(counted_at=at, contested_at=None)
        .execution_options(synchronize_session=False)
    )


def _write(
    session: Session, item_id: int, place: Account, quantity: int, expected: int, order: Order
) -> None:
    session.execute(
        insert(StockCount).values(
            stock_item_id=item_id,
            account_id=place.id,
            quantity=quantity,
            expected=expected,
            effective_at=order.at,
            recorded_at=order.now,
            scan_id=order.scan_id,
            reason=order.reason,
            actor=order.by.key,
            actor_name=order.by.name,
        )
    )

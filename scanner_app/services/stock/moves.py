"""Issue, take back, receive, move and adjust: what people do with pieces of stock."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.domain.stock.acts import Act
from scanner_app.domain.stock.items import MAX_LEVEL, AccountKind
from scanner_app.models import Location, StockAccount, StockLevel
from scanner_app.queries.stock.items import ItemCard
from scanner_app.services.stock.accounts import Account, find_account
from scanner_app.services.stock.ledger import Entry, Order, TooFew, book, ensure_level, read_level
from scanner_app.services.stock.rules import update_low


class Holder(NamedTuple):
    """Who or what has pieces: a person, an asset or a location, by its id."""

    kind: AccountKind
    id: int


class Moved(NamedTuple):
    """What a move did.

    :param level: how many pieces the location has now.
    :param is_in_count: the location was counted since, so that its level did not change.
    """

    move_id: int | None
    quantity: int
    place_id: int
    level: int
    is_in_count: bool = False


class Refused(NamedTuple):
    """Why nothing was moved, and how many pieces there are instead."""

    refusal: Refusal
    there: int = 0
    place_id: int | None = None


def issue(
    session: Session,
    item: ItemCard,
    *,
    quantity: int,
    place_id: int,
    holder: Holder | None,
    order: Order,
) -> Moved | Refused:
    """Take pieces from a location. What does not come back is used up, for a person or an asset."""
    place = find_account(session, AccountKind.PLACE, place_id)
    if not item.returns:
        target = find_account(session, AccountKind.USED)
    elif holder is None or holder == Holder(AccountKind.PLACE, place_id):
        return Refused(Refusal.TARGET_REQUIRED)
    else:
        target = find_account(session, holder.kind, holder.id)
    return _book(session, item, Act.ISSUE, place, target, place, quantity, order, holder=holder)


def take_back(
    session: Session,
    item: ItemCard,
    *,
    quantity: int,
    place_id: int,
    holder: Holder | None,
    order: Order,
    is_damaged: bool = False,
) -> Moved | Refused:
    """Take pieces back from their holder; without one named, from the only one who has any."""
    if not item.returns:
        return Refused(Refusal.NOT_RETURNABLE)
    if holder is None:
        holders = find_holders(session, item.id)
        if not holders:
            return Refused(Refusal.NOT_ISSUED)
        if len(holders) > 1:
            return Refused(Refusal.TARGET_REQUIRED)
        source = holders[0]
    else:
        source = find_account(session, holder.kind, holder.id)
    place = find_account(session, AccountKind.PLACE, place_id)
    target = find_account(session, AccountKind.LOST) if is_damaged else place
    return _book(session, item, Act.TAKE_BACK, source, target, place, quantity, order)


def receive(
    session: Session, item: ItemCard, *, quantity: int, place_id: int, order: Order
) -> Moved | Refused:
    """Put pieces that came from outside at a location."""
    outside = find_account(session, AccountKind.OUTSIDE)
    place = find_account(session, AccountKind.PLACE, place_id)
    return _book(session, item, Act.RECEIVE, outside, place, place, quantity, order)


def relocate(
    session: Session, item: ItemCard, *, quantity: int, place_id: int, to_id: int, order: Order
) -> Moved | Refused:
    """Move pieces from one location to another."""
    if place_id == to_id:
        return Refused(Refusal.TARGET_REQUIRED)
    place = find_account(session, AccountKind.PLACE, place_id)
    target = find_account(session, AccountKind.PLACE, to_id)
    return _book(session, item, Act.MOVE, place, target, place, quantity, order)


def adjust(
    session: Session, item: ItemCard, *, difference: int, place_id: int, order: Order
) -> Moved | Refused:
    """Correct a level by a command with a reason, not by a scan."""
    books = find_account(session, AccountKind.DIFFERENCE)
    place = find_account(session, AccountKind.PLACE, place_id)
    pair = (place, books) if difference < 0 else (books, place)
    return _book(session, item, Act.ADJUST, *pair, place, abs(difference), order)


def find_holders(session: Session, item_id: int) -> list[Account]:
    """Return the people and assets that have pieces of an item, at most two of them."""
    rows = session.execute(
        select(StockAccount.id, StockAccount.kind)
        .join(StockLevel, StockLevel.account_id == StockAccount.id)
        .where(
            StockLevel.stock_item_id == item_id,
            StockLevel.quantity > 0,
            StockAccount.kind.in_((AccountKind.PERSON, AccountKind.ASSET)),
        )
        .order_by(StockAccount.id)
        .limit(2)
    )
    return [Account(*row) for row in rows]


def find_only_place(session: Session, item_id: int, *, without_id: int | None = None) -> int | None:
    """Return the only location that has pieces of an item, or had some and no other has any.

    :param without_id: a location that does not count.
    """
    statement = (
        select(StockAccount.location_id, StockLevel.quantity)
        .join(StockLevel, StockLevel.account_id == StockAccount.id)
        .where(StockLevel.stock_item_id == item_id, StockAccount.kind == AccountKind.PLACE)
    )
    if without_id is not None:
        statement = statement.where(StockAccount.location_id != without_id)
    rows = session.execute(statement).all()
    filled = [place_id for place_id, quantity in rows if quantity > 0]
    known = filled or [place_id for place_id, _ in rows]
    return known[0] if len(known) == 1 else None


def _book(
    session: Session,
    item: ItemCard,
    act: Act,
    source: Account,
    target: Account,
    place: Account,
    quantity: int,
    order: Order,
    *,
    holder: Holder | None = None,
) -> Moved | Refused:
    if target.is_real and read_level(session, item.id, target.id).quantity + quantity > MAX_LEVEL:
        return Refused(Refusal.QUANTITY_REQUIRED)
    used_by = holder if target.kind is AccountKind.USED else None
    entry = Entry(
        item.id,
        act,
        source,
        target,
        quantity,
        order,
        for_person_id=used_by.id if used_by and used_by.kind is AccountKind.PERSON else None,
        for_asset_id=used_by.id if used_by and used_by.kind is AccountKind.ASSET else None,
    )
    booked = book(session, entry)
    if isinstance(booked, TooFew):
        return _refuse(session, item, booked, order)
    update_low(session, item.id, now=order.now)
    level = read_level(session, item.id, place.id).quantity
    place_id = session.scalar(select(StockAccount.location_id).where(StockAccount.id == place.id))
    return Moved(booked.move_id, quantity, place_id or 0, level, booked.is_in_count)


def _refuse(session: Session, item: ItemCard, missing: TooFew, order: Order) -> Refused:
    account = missing.account
    if account.kind is not AccountKind.PLACE:
        return Refused(Refusal.NOT_ISSUED, missing.there)
    if order.is_late:
        contest(session, item.id, account.id, now=order.now)
    place_id = session.scalar(select(StockAccount.location_id).where(StockAccount.id == account.id))
    return Refused(Refusal.NOT_ENOUGH_STOCK, missing.there, place_id)


def contest_place(session: Session, item_id: int, place: str, *, now: datetime) -> None:
    """Note that a location, by its code, is to be counted."""
    place_id = session.scalar(select(Location.id).where(Location.code == place))
    if place_id is not None:
        account = find_account(session, AccountKind.PLACE, place_id)
        contest(session, item_id, account.id, now=now)


def contest(session: Session, item_id: int, account_id: int, *, now: datetime) -> None:
    """Note that a location is to be counted: its books refused what really happened.

    The books may never have had the item there.
    """
    ensure_level(session, item_id, account_id)
    session.execute(
        update(StockLevel)
        .where(
            StockLevel.stock_item_id == item_id,
            StockLevel.account_id == account_id,
            StockLevel.contested_at.is_(None),
        )
        .values(contested_at=now)
        .execution_options(synchronize_session=False)
    )

"""An undo of a scan of stock: the mirrored move; the row that is undone stays."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.domain.stock.items import AccountKind
from scanner_app.models import StockCount, StockMove
from scanner_app.services.stock.accounts import load_accounts
from scanner_app.services.stock.counts import undo_count
from scanner_app.services.stock.items import lock_items
from scanner_app.services.stock.ledger import Entry, Order, TooFew, book
from scanner_app.services.stock.moves import Refused
from scanner_app.services.stock.rules import update_low


def undo_stock(session: Session, *, scan_id: UUID, order: Order) -> Refused | None:
    """Undo what a scan did to stock; None if it is undone, or did nothing.

    :param scan_id: of the scan that is undone; `order` is about the scan that undoes it.
    """
    count = session.scalars(
        select(StockCount).where(StockCount.scan_id == scan_id, StockCount.undone_at.is_(None))
    ).one_or_none()
    if count is not None:
        lock_items(session, [count.stock_item_id])
        return undo_count(session, count, order=order)
    move = session.scalars(select(StockMove).where(StockMove.scan_id == scan_id)).one_or_none()
    return None if move is None else _mirror(session, move, order)


def _mirror(session: Session, move: StockMove, order: Order) -> Refused | None:
    """Book the opposite of a move at the same time, so that a count since keeps its number."""
    lock_items(session, [move.stock_item_id])
    source_id = move.to_counted_id or move.to_account_id
    target_id = move.from_counted_id or move.from_account_id
    accounts = load_accounts(session, {source_id, target_id})
    entry = Entry(
        move.stock_item_id,
        move.act,
        accounts[source_id],
        accounts[target_id],
        move.quantity,
        replace(order, at=move.effective_at),
        voids_id=move.id,
    )
    booked = book(session, entry)
    if isinstance(booked, TooFew):
        is_place = booked.account.kind is AccountKind.PLACE
        refusal = Refusal.NOT_ENOUGH_STOCK if is_place else Refusal.NOT_ISSUED
        return Refused(refusal, booked.there)
    update_low(session, move.stock_item_id, now=order.now)
    return None

"""The check of the ledger: each level is what its moves say. It reports and never repairs."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from scanner_app.domain.stock.items import REAL_ACCOUNTS
from scanner_app.domain.stock.levels import Counted, fold_level
from scanner_app.models import StockAccount, StockItem, StockLevel, StockMove
from scanner_app.services.stock.ledger import load_legs, newest_count


class Mismatch(NamedTuple):
    """A level that differs from what its moves sum to, or from what its history folds to."""

    code: str
    account_id: int
    level: int
    moves: int
    fold: int


def find_mismatches(session: Session) -> list[Mismatch]:
    """Return the levels that are not what the moves say."""
    sums = _sum_moves(session)
    levels = {
        (item_id, account_id): quantity
        for item_id, account_id, quantity in session.execute(
            select(StockLevel.stock_item_id, StockLevel.account_id, StockLevel.quantity)
        )
    }
    codes = dict(session.execute(select(StockItem.id, StockItem.code)).all())
    found = []
    for key in sorted(sums.keys() | levels.keys()):
        level, moves = levels.get(key, 0), sums.get(key, 0)
        fold = _fold(session, *key)
        if not level == moves == fold:
            found.append(Mismatch(codes[key[0]], key[1], level, moves, fold))
    return found


def _sum_moves(session: Session) -> dict[tuple[int, int], int]:
    """Return what the moves bring to each real account, less what they take."""
    parts = union_all(
        select(
            StockMove.stock_item_id.label("item"),
            StockMove.to_account_id.label("account"),
            StockMove.quantity.label("pieces"),
        ),
        select(StockMove.stock_item_id, StockMove.from_account_id, -StockMove.quantity),
    ).subquery()
    rows = session.execute(
        select(parts.c.item, parts.c.account, func.sum(parts.c.pieces))
        .join(StockAccount, StockAccount.id == parts.c.account)
        .where(StockAccount.kind.in_(REAL_ACCOUNTS))
        .group_by(parts.c.item, parts.c.account)
    )
    return {(item, account): int(pieces) for item, account, pieces in rows}


def _fold(session: Session, item_id: int, account_id: int) -> int:
    count = newest_count(session, item_id, account_id)
    counted = None if count is None else Counted(count.effective_at, count.quantity)
    return fold_level(counted, load_legs(session, item_id, account_id))

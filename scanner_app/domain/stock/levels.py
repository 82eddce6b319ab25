"""The level of an account: how many pieces are there, from counts and moves in any order.

The database keeps each level beside the moves. `fold_level` computes the same number from the
history alone; `scanner-app stock check` and the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Leg(NamedTuple):
    """One side of a move: how many pieces it brought to an account (below 0: took), and when."""

    at: datetime
    quantity: int


class Counted(NamedTuple):
    """How many pieces somebody counted, and when."""

    at: datetime
    quantity: int


def is_in_count(at: datetime, counted_at: datetime | None) -> bool:
    """Return whether a move was on the shelf already when the shelf was counted."""
    return counted_at is not None and at <= counted_at


def fold_level(count: Counted | None, legs: Iterable[Leg]) -> int:
    """Return the level: the newest count and the moves after it; without a count, all moves.

    :param legs: of moves that no count made.
    """
    if count is None:
        return sum(leg.quantity for leg in legs)
    return count.quantity + sum(leg.quantity for leg in legs if leg.at > count.at)


def expected_at(level: int, legs: Iterable[Leg], at: datetime) -> int:
    """Return how many pieces the books expected at a time, from the level now.

    :param legs: of the moves since.
    """
    return level - sum(leg.quantity for leg in legs if leg.at > at)


def is_low(level: int, least: int | None) -> bool:
    """Return whether a level is at or under its minimum. 0 warns at zero; None never warns."""
    return least is not None and level <= least


def reorder_quantity(
    *, level: int, ordered: int, least: int | None, target: int | None, pack: int = 1
) -> int:
    """Return how many pieces to order, in whole packs; 0 if what is there will do.

    :param ordered: pieces on order that did not arrive yet.
    :param target: how many should be there; without one, the minimum is the aim, and one above it.
    """
    if not is_low(level, least):
        return 0
    aim = target if target is not None else (least or 0) + 1
    missing = aim - level - ordered
    if missing <= 0:
        return 0
    return -(-missing // pack) * pack


def suggest_least(*, used: int, days: int, lead_days: int, safety: int) -> int:
    """Return the minimum that lasts until a delivery: use per day by lead time, and a reserve."""
    return -(-(used * lead_days) // days) + safety

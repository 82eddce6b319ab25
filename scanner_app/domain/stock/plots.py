"""How many pieces of an item there were, day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from scanner_app.domain.plots.lines import Point, Sparkline
from scanner_app.domain.stock.levels import Leg, expected_at

DAYS = 90


def list_day_ends(now: datetime, zone: ZoneInfo, *, days: int = DAYS) -> list[datetime]:
    """Return the end of each of the last days in a time zone, the oldest first; today's is now."""
    today = now.astimezone(zone).date()
    ends = [
        datetime.combine(today - timedelta(days=back), time.min, zone)
        for back in range(days - 2, -1, -1)
    ]
    return [*ends, now]


def plot_level(level: int, legs: Iterable[Leg], ends: list[datetime]) -> Sparkline:
    """Return the level at the end of each day, worked out backwards from the level now.

    :param legs: of all moves since the first day's end.
    """
    return Sparkline(f"Pieces there in the last {len(ends)} days", _draw(level, legs, ends))


def plot_free(level: int, legs: Iterable[Leg], ends: list[datetime]) -> Sparkline:
    """Return how many assets were assigned to nobody at the end of each day.

    :param legs: of all that were handed out, came back, were added or ended since.
    """
    return Sparkline(f"Assigned to nobody in the last {len(ends)} days", _draw(level, legs, ends))


def _draw(level: int, legs: Iterable[Leg], ends: list[datetime]) -> tuple[Point, ...]:
    known = list(legs)
    return tuple(
        Point((end - timedelta(seconds=1)).date().isoformat(), expected_at(level, known, end))
        for end in ends
    )

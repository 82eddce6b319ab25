"""The plots of an audit: its findings by state, its accuracy by location, its count over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.domain.plots.bars import Bar, Bars, Part, Stack, StackedBars
from scanner_app.domain.plots.lines import BurnUp, LineChart, Point
from scanner_app.domain.plots.shapes import Tone
from scanner_app.domain.plots.wholes import Tile, Tiles
from scanner_app.domain.register.place_names import shorten_paths

# In the order of a bar: what is right first, what is missing beside what is in the wrong place.
_ORDER = (
    FindingState.VERIFIED,
    FindingState.MISPLACED,
    FindingState.MISSING,
    FindingState.UNEXPECTED,
    FindingState.UNREGISTERED,
)
MAX_PLACES, MAX_LOSSES = 20, 10
# Where the axis of an accuracy may begin.
FLOORS = (0.9, 0.5, 0.0)


def plot_states(
    counts: Mapping[str, int], *, hrefs: Mapping[FindingState, str] | None = None
) -> StackedBars:
    """Return the findings of an audit by state, of counts as the API names them."""
    kinds = [FINDING_KINDS[state] for state in _ORDER]
    leads = [(hrefs or {}).get(state) for state in _ORDER]
    return StackedBars(
        "Findings by state",
        tuple(Part(kind.label, Tone(kind.tone)) for kind in kinds),
        (Stack("All", tuple(counts.get(s.value, 0) for s in _ORDER), tuple(leads)),),
    )


def plot_places(
    parts: Iterable[tuple[str, float | None]], *, limit: int = MAX_PLACES
) -> Bars | None:
    """Return the location accuracy of each location, the worst first; None if it is one location.

    :param parts: of each location its path and its accuracy, None if nothing was expected there.
    """
    known = sorted((share, name) for name, share in parts if share is not None)
    if len(known) < 2:  # noqa: PLR2004 - one location is the whole, which has its own figure
        return None
    worst = known[:limit]
    title = "In the right place, by location"
    if len(known) > len(worst):
        title += f", the worst {limit} of {len(known)}"
    names = shorten_paths([name for _, name in known])
    return Bars(
        title,
        tuple(Bar(names[name] or "No location", share) for share, name in worst),
        top=1.0,
        is_percent=True,
        headers=("Location", "In place"),
    )


def plot_losses(
    parts: Iterable[tuple[str, Sequence[Mapping[str, Any]]]], *, href: str | None = None
) -> Bars | None:
    """Return the value that was not found at each location, the highest first; None if all was.

    It is in the currency in which most is missing: currencies are never added.

    :param parts: of each location its path, and what its assets are worth in each currency.
    """
    lost: dict[str, dict[str, int]] = {}
    for name, values in parts:
        for one in values:
            missing = one["expected_cents"] - one["found_cents"]
            if missing > 0:
                lost.setdefault(one["currency"], {})[name] = missing
    if not lost:
        return None
    currency = max(lost, key=lambda name: (sum(lost[name].values()), name))
    worst = sorted(lost[currency].items(), key=lambda pair: (-pair[1], pair[0]))
    names = shorten_paths([name for name, _ in worst])
    title = f"Value not found, by location, {currency}".removesuffix(", ")
    if len(worst) > MAX_LOSSES:
        title += f": the highest {MAX_LOSSES} of {len(worst)}"
    return Bars(
        title,
        tuple(
            Bar(names[name] or "No location", cents / 100, Tone.BAD, href)
            for name, cents in worst[:MAX_LOSSES]
        ),
        headers=("Location", "Value"),
    )


def plot_progress(
    seen: Sequence[tuple[datetime, int]], *, expected: int, due_on: date | None, now: datetime
) -> BurnUp:
    """Return how many expected assets were seen by when. It is due at the end of its day."""
    due = datetime.combine(due_on, time(23, 59), UTC) if due_on else None
    return BurnUp("Counted over time", tuple(seen), expected, now, due)


def plot_accuracy(
    audits: Iterable[tuple[int, str, datetime, float | None]],
    *,
    title: str = "In the right place, by audit",
    head: str = "In place",
) -> LineChart:
    """Return a figure of audits over time: id, name, end and share of each.

    The axis begins at the highest floor below the worst: most registers are right in most rows.
    """
    points = tuple(
        Point(f"{name}, {closed:%b %Y}", share, f"/audits/{id_}")
        for id_, name, closed, share in audits
    )
    worst = min((point.value for point in points if point.value is not None), default=0.0)
    floor = max(floor for floor in FLOORS if floor <= worst)
    return LineChart(title, points, floor=floor, headers=("Audit", head))


def plot_existence(audits: Iterable[tuple[int, str, datetime, float | None]]) -> LineChart:
    """Return which part of what was expected was found, by audit over time."""
    return plot_accuracy(audits, title="Found, by audit", head="Found")


def plot_rooms(audit_id: int, rooms: Iterable[tuple[int | None, str, int, int]]) -> Tiles:
    """Return rooms as tiles: id, path, number counted and expected of each."""
    found = list(rooms)
    names = shorten_paths([path for _, path, _, _ in found])
    tiles = tuple(
        Tile(
            names[path],
            seen,
            expected,
            href=f"/audits/{audit_id}/rooms/{room}" if room is not None else None,
        )
        for room, path, seen, expected in found
    )
    return Tiles("Rooms to count", tiles)

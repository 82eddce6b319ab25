"""Whether one thing can have been in two places so soon: usually two things have one label.

The time that a way takes at least follows from the smallest place that holds both ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import NamedTuple
from uuid import UUID

from scanner_app.domain.audits.findings import Flag, are_apart, is_inside

# Sightings this close have no order that clocks could tell.
AT_ONCE = timedelta(seconds=1)
# Least time of a way by the kind of the smallest place that holds both ends.
LEAST = {
    "room": timedelta(0),
    "floor": timedelta(minutes=1),
    "building": timedelta(minutes=3),
    "site": timedelta(minutes=10),
}
LEAST_ELSE = timedelta(minutes=60)


class PlacedSighting(NamedTuple):
    """A sighting that named a location. `by` is the device, or who scanned if none is known."""

    at: datetime
    path: str
    by: str
    scan_id: UUID | None = None


def least_time(path: str, other: str, kinds: Mapping[str, str]) -> timedelta:
    """Return the least time from one location to another.

    :param kinds: the kind of each location, by its path.
    """
    shared = shared_path(path, other)
    while shared.strip("/"):
        least = LEAST.get(kinds.get(shared, ""))
        if least is not None:
            return least
        shared = shared.rstrip("/").rpartition("/")[0] + "/"
    return LEAST_ELSE


def shared_path(path: str, other: str) -> str:
    """Return the path of the smallest location that holds both; the root if none does."""
    parts = []
    for part, beside in zip(path.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if part != beside:
            break
        parts.append(part)
    return f"/{'/'.join(parts)}/" if parts else "/"


def find_travel(sightings: Sequence[PlacedSighting], kinds: Mapping[str, str]) -> set[str]:
    """Return the flags that the sightings of one thing set, oldest first."""
    return {flag.value for flag, _one, _other in find_pairs(sightings, kinds)}


def find_pairs(
    sightings: Sequence[PlacedSighting], kinds: Mapping[str, str]
) -> Iterator[tuple[Flag, PlacedSighting, PlacedSighting]]:
    """Yield the sightings of one thing, oldest first, that it can hardly both have had, by twos."""
    newest = [one for one in sightings if sightings[-1].at - one.at <= AT_ONCE]
    for one, other in combinations(newest, 2):
        if are_apart(one.path, other.path):
            yield Flag.TWO_PLACES, one, other
    for one, other in pairwise(sightings):
        is_by_two = one.by != other.by and are_apart(one.path, other.path)
        if is_by_two and other.at - one.at < least_time(one.path, other.path, kinds):
            yield Flag.IMPOSSIBLE_TRAVEL, one, other


def is_any_elsewhere(sightings: Sequence[PlacedSighting], recorded: str | None) -> bool:
    """Return whether any of the newest sightings, all at once, is not at the recorded location."""
    newest = [one for one in sightings if sightings[-1].at - one.at <= AT_ONCE]
    return not all(is_inside(one.path, recorded) for one in newest)

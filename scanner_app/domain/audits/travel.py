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
from scanner_app.domain.register.coordinates import Point, distance

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
# Kilometres an hour, beside that.
FLIGHT = 900


class PlacedSighting(NamedTuple):
    """A sighting that named a location. `by` is the device, or who scanned if none is known."""

    at: datetime
    path: str
    by: str
    scan_id: UUID | None = None


class Spot(NamedTuple):
    """A location as the way to it needs it: its kind, and where on the earth it is."""

    kind: str
    point: Point | None = None


def least_time(path: str, other: str, spots: Mapping[str, Spot]) -> timedelta:
    """Return the least time from one location to another.

    :param spots: each location and all that contain it, by their paths.
    """
    for shared in _above(shared_path(path, other)):
        least = LEAST.get(spots[shared].kind) if shared in spots else None
        if least is not None:
            return least
    one, two = _find_point(path, spots), _find_point(other, spots)
    if one is None or two is None:
        return LEAST_ELSE
    return LEAST_ELSE + timedelta(hours=distance(one, two) / FLIGHT)


def _above(path: str) -> Iterator[str]:
    """Yield the path of a location and of all that contain it, from the inside out."""
    while path.strip("/"):
        yield path
        path = path.rstrip("/").rpartition("/")[0] + "/"


def _find_point(path: str, spots: Mapping[str, Spot]) -> Point | None:
    """Return where a location is, or the nearest one that contains it and says where it is."""
    points = (spots[one].point for one in _above(path) if one in spots)
    return next((point for point in points if point is not None), None)


def shared_path(path: str, other: str) -> str:
    """Return the path of the smallest location that holds both; the root if none does."""
    parts = []
    for part, beside in zip(path.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if part != beside:
            break
        parts.append(part)
    return f"/{'/'.join(parts)}/" if parts else "/"


def find_travel(sightings: Sequence[PlacedSighting], spots: Mapping[str, Spot]) -> set[str]:
    """Return the flags that the sightings of one thing set, oldest first."""
    return {flag.value for flag, _one, _other in find_pairs(sightings, spots)}


def find_pairs(
    sightings: Sequence[PlacedSighting], spots: Mapping[str, Spot]
) -> Iterator[tuple[Flag, PlacedSighting, PlacedSighting]]:
    """Yield the sightings of one thing, oldest first, that it can hardly both have had, by twos."""
    newest = [one for one in sightings if sightings[-1].at - one.at <= AT_ONCE]
    for one, other in combinations(newest, 2):
        if are_apart(one.path, other.path):
            yield Flag.TWO_PLACES, one, other
    for one, other in pairwise(sightings):
        is_by_two = one.by != other.by and are_apart(one.path, other.path)
        if is_by_two and other.at - one.at < least_time(one.path, other.path, spots):
            yield Flag.IMPOSSIBLE_TRAVEL, one, other


def is_any_elsewhere(sightings: Sequence[PlacedSighting], recorded: str | None) -> bool:
    """Return whether any of the newest sightings, all at once, is not at the recorded location."""
    newest = [one for one in sightings if sightings[-1].at - one.at <= AT_ONCE]
    return not all(is_inside(one.path, recorded) for one in newest)

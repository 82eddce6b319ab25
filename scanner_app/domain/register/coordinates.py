"""Where on the earth a location is, and how far it is from one to another."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scanner_app.domain.errors import Invalid

# Mean radius of the earth, in kilometres.
RADIUS = 6371.0088
LIMITS = {"latitude": 90, "longitude": 180}


class Point(NamedTuple):
    """A point on the earth, in degrees; north and east are positive."""

    latitude: float
    longitude: float


def distance(one: Point, other: Point) -> float:
    """Return the length of the great circle between two points, in kilometres."""
    lat, lon, other_lat, other_lon = map(math.radians, (*one, *other))
    half = math.sin((other_lat - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    return 2 * RADIUS * math.asin(min(1, math.sqrt(half)))


def read_point(latitude: Any, longitude: Any) -> Point | None:
    """Return a point of what was entered as numbers or texts; None if both are empty.

    :raises Invalid: one is missing, no number, or not on the earth.
    """
    given = {"latitude": latitude, "longitude": longitude}
    empty = [name for name, value in given.items() if value is None or str(value).strip() == ""]
    if len(empty) == len(given):
        return None
    errors = {name: ["Enter both, or neither."] for name in empty}
    numbers = {name: _read(given[name]) for name in given if name not in empty}
    for name, number in numbers.items():
        if number is None or abs(number) > LIMITS[name]:
            errors[name] = [f"Enter degrees from -{LIMITS[name]} to {LIMITS[name]}."]
    if errors:
        raise Invalid("These coordinates cannot be used.", errors=errors)
    return Point(numbers["latitude"] or 0.0, numbers["longitude"] or 0.0)


def _read(value: Any) -> float | None:
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None

"""Round shapes as points: both pens draw lines, and neither needs to know arcs."""

from __future__ import annotations

from math import cos, pi, sin

Points = tuple[tuple[float, float], ...]


def turn(x: float, y: float, radius: float, *, steps: int = 24) -> Points:
    """Return the points of a circle."""
    return tuple(_at(x, y, radius, step / steps) for step in range(steps))


def arc(x: float, y: float, outer: float, inner: float, part: float) -> Points:
    """Return the outline of a part of a ring, from the top in the direction of a clock."""
    steps = max(2, round(90 * part))
    ahead = [_at(x, y, outer, part * step / steps) for step in range(steps + 1)]
    back = [_at(x, y, inner, part * step / steps) for step in range(steps, -1, -1)]
    return tuple(ahead + back)


def _at(x: float, y: float, radius: float, part: float) -> tuple[float, float]:
    angle = 2 * pi * part
    return (x + radius * sin(angle), y - radius * cos(angle))

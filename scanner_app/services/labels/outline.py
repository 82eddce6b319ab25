"""The outlines of a symbol: closed lines around its dark modules."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from scanner_app.services.labels.encode import Rows

Point = tuple[int, int]


@lru_cache(maxsize=512)
def trace(rows: Rows) -> tuple[tuple[Point, ...], ...]:
    """Return the corners of each outline, in modules; fill them by the even-odd rule.

    Many rectangles side by side would show white seams between them in most PDF readers.
    """
    follow = _edges(rows)
    outlines = []
    while follow:
        start = min(follow)
        here, corners = start, [start]
        while True:
            ends = follow[here]
            after = ends.pop()
            if not ends:
                del follow[here]
            if after == start:
                break
            corners.append(after)
            here = after
        outlines.append(tuple(_drop_straight(corners)))
    return tuple(outlines)


def _edges(rows: Rows) -> dict[Point, list[Point]]:
    """Return the sides between dark and light, each as a step with the dark at its right."""
    follow: dict[Point, list[Point]] = defaultdict(list)
    height, width = len(rows), len(rows[0])

    def is_dark(x: int, y: int) -> bool:
        return 0 <= x < width and 0 <= y < height and rows[y][x]

    for y in range(height):
        for x in range(width):
            if not rows[y][x]:
                continue
            if not is_dark(x, y - 1):
                follow[x, y].append((x + 1, y))
            if not is_dark(x + 1, y):
                follow[x + 1, y].append((x + 1, y + 1))
            if not is_dark(x, y + 1):
                follow[x + 1, y + 1].append((x, y + 1))
            if not is_dark(x - 1, y):
                follow[x, y + 1].append((x, y))
    return follow


def _drop_straight(corners: list[Point]) -> list[Point]:
    """Return the corners without the points on straight lines."""
    kept = []
    for index, here in enumerate(corners):
        before, after = corners[index - 1], corners[(index + 1) % len(corners)]
        is_straight = before[0] == here[0] == after[0] or before[1] == here[1] == after[1]
        if not is_straight:
            kept.append(here)
    return kept

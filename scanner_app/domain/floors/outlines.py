"""The outline of a room on a floor plan: its corners, in thousandths of the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from scanner_app.domain.errors import Invalid

Corner = tuple[int, int]
SCALE = 1000
MIN_CORNERS, MAX_CORNERS = 3, 24
# A thousandth of the picture. What is smaller cannot be tapped, and was drawn by mistake.
MIN_AREA = SCALE * SCALE // 1000
_CORNER = re.compile(r"(\d{1,4}) *, *(\d{1,4})")
_BETWEEN = re.compile(r"[\s;]+")


def read_corners(text: str) -> tuple[Corner, ...]:
    """Return the corners that a text lists: `120,300 400,300 400,500`.

    :raises Invalid: it lists something else, or the corners are no outline of a room.
    """
    words = [word for word in _BETWEEN.split(re.sub(r" *, *", ",", text.strip())) if word]
    found = [_CORNER.fullmatch(word) for word in words]
    if not all(found):
        wrong = next(word for word, match in zip(words, found, strict=True) if match is None)
        raise _wrong(f"“{wrong[:20]}” is not a corner. Write corners as 120,300 400,300 400,500.")
    return check_corners([(int(match[1]), int(match[2])) for match in found if match])


def show_corners(corners: Sequence[Corner]) -> str:
    """Return corners as `read_corners` reads them."""
    return " ".join(f"{x},{y}" for x, y in corners)


def check_corners(corners: Sequence[Corner]) -> tuple[Corner, ...]:
    """Return the corners of an outline. A corner that repeats the one before it is left out.

    :raises Invalid: there are too few or too many, one lies outside the picture, two sides cross,
        or the room is too small.
    """
    kept: list[Corner] = []
    for x, y in corners:
        if not (0 <= x <= SCALE and 0 <= y <= SCALE):
            raise _wrong(
                f"The corner {x},{y} lies outside the picture: each number is 0 to {SCALE}."
            )
        if not kept or kept[-1] != (x, y):
            kept.append((x, y))
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    if not MIN_CORNERS <= len(kept) <= MAX_CORNERS:
        raise _wrong(f"A room has {MIN_CORNERS} to {MAX_CORNERS} corners; these are {len(kept)}.")
    if any(_meet(*one, *other) for one, other in _apart(kept)):
        raise _wrong("Two sides cross. Tap the corners in order, once around the room.")
    if abs(_twice_area(kept)) < 2 * MIN_AREA:
        raise _wrong("This room is too small to tap. Draw it larger.")
    return tuple(kept)


def find_middle(corners: Sequence[Corner]) -> tuple[float, float]:
    """Return the middle of an outline's area, where its name is written."""
    twice = _twice_area(corners)
    x = y = 0.0
    for (x1, y1), (x2, y2) in _sides(corners):
        cross = x1 * y2 - x2 * y1
        x, y = x + (x1 + x2) * cross, y + (y1 + y2) * cross
    return x / (3 * twice), y / (3 * twice)


def _sides(corners: Sequence[Corner]) -> Iterator[tuple[Corner, Corner]]:
    return zip(corners, [*corners[1:], corners[0]], strict=True)


def _apart(
    corners: Sequence[Corner],
) -> Iterator[tuple[tuple[Corner, Corner], tuple[Corner, Corner]]]:
    """Yield the pairs of sides that share no corner."""
    return ((a, b) for a, b in combinations(_sides(corners), 2) if not set(a) & set(b))


def _twice_area(corners: Sequence[Corner]) -> int:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in _sides(corners))


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Return whether the sides ab and cd have a point in common."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(
        turn == 0 and min(p[0], q[0]) <= r[0] <= max(p[0], q[0])
        and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
        for turn, (p, q, r) in zip(turns, ends, strict=True)
    )  # fmt: skip


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (turn > 0) - (turn < 0)


def _wrong(message: str) -> Invalid:
    return Invalid(message, code="bad_outline", errors={"corners": [message]})

"""Surveys a large picture for places that may hold a code, however small, and says how each lies.

The gradients of the work picture are averaged in small cells. Bars and modules go up and down
again within a few pixels, so their gradients are strong and cancel each other; an edge of a label
is strong and does not. Bars have one direction, modules and print have two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from scanner_app.decoding.picture.evidence import box_of
from scanner_app.decoding.picture.filters import Matrix
from scanner_app.decoding.picture.open import Grey
from scanner_app.decoding.picture.regions import Region, cut_out
from scanner_app.decoding.picture.symbols import Polygon

Field = npt.NDArray[np.float32]

CELL = 4
# Mean squared gradient (Sobel) of a cell, as multiples of the picture's own grain.
LEVELS = (5.0, 16.0, 50.0)
MIN_LEVEL = 250.0
BARS, MODULES = 0.55, 0.75
MAX_EDGE = 0.6
# Of a place, in cells. A smaller one is a letter.
MIN_CELLS, MIN_SIDE = 9, 4
# Two places are one if their areas differ by less, and their middles by a part of their length.
SAME_AREA, SAME_MIDDLE = 1.4, 0.12
MAX_PLACES, MAX_PARTS = 60, 100
# In pixels of the whole picture. What is larger was large enough for the first pass.
MAX_CROP = 1_000_000
# A region this much longer than the code in it may hold another one.
MAX_OVERHANG = 1.7
# How far outside a code's outline the middle of its region may be, as a part of its length.
SLACK = 0.15


@dataclass(frozen=True, slots=True)
class Place:
    """A region that may hold a code. `is_bars`: its gradients have one direction."""

    region: Region
    is_bars: bool
    strength: float


@dataclass(frozen=True, slots=True)
class _Cells:
    energy: Field
    coherence: Field
    edge: Field
    xx: Field
    yy: Field
    xy: Field
    gx: npt.NDArray[np.int16]
    gy: npt.NDArray[np.int16]


def survey(grey: Grey, scale: float) -> list[Place]:
    """Return the places that may hold a code, the likeliest first, in its pixels.

    :param scale: of the work picture to the whole one.
    """
    if min(grey.shape) < MIN_SIDE * CELL:
        return []
    cells = _measure(grey)
    floor = max(float(np.median(cells.energy)), MIN_LEVEL / LEVELS[0])
    is_busy = cells.edge < MAX_EDGE
    found: list[Place] = []
    for level in LEVELS:
        strong = (cells.energy > floor * level) & is_busy
        for is_bars, mask in (
            (True, strong & (cells.coherence > BARS)),
            (False, strong & (cells.coherence < MODULES)),
        ):
            found += _places(cells, mask, is_bars=is_bars)
    found = [place for place in found if place.region.area < MAX_CROP * scale**2]
    found.sort(key=lambda place: -place.strength)
    kept: list[Place] = []
    for place in found:
        if len(kept) == MAX_PLACES:
            break
        if not any(_is_same(place, other) for other in kept):
            kept.append(place)
    return kept


def _measure(grey: Grey) -> _Cells:
    gx, gy = (np.asarray(g, dtype=np.int16) for g in cv2.spatialGradient(grey))
    size = (grey.shape[1] // CELL, grey.shape[0] // CELL)
    # Every second row is enough for a mean.
    fx, fy = gx[::2].astype(np.float32), gy[::2].astype(np.float32)

    def cells(values: Field, reach: int = 3) -> Field:
        small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.blur(small, (reach, reach)), dtype=np.float32)

    xx, yy, xy = cells(fx * fx), cells(fy * fy), cells(fx * fy)
    mx, my = cells(fx, 5), cells(fy, 5)
    energy = xx + yy
    wide = cv2.blur(energy, (5, 5))
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (energy + 1.0)
    edge = np.sqrt((mx**2 + my**2) / (wide + 1.0))
    return _Cells(energy, coherence, edge, xx, yy, xy, gx, gy)


def _places(cells: _Cells, mask: npt.NDArray[np.bool_], *, is_bars: bool) -> list[Place]:
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    closed = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    places = []
    # A picture of noise has thousands of them.
    largest = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:MAX_PARTS] + 1
    for index in largest:
        x, y, w, h, area = stats[index]
        if area < MIN_CELLS or max(w, h) < MIN_SIDE:
            continue
        part = labels[y : y + h, x : x + w] == index
        places.append(_place(cells, part, (x, y), is_bars=is_bars))
    return places


def _place(
    cells: _Cells, part: npt.NDArray[np.bool_], at: tuple[int, int], *, is_bars: bool
) -> Place:
    (x, y), (h, w) = at, part.shape
    xx, yy, xy, energy = (
        field[y : y + h, x : x + w][part] for field in (cells.xx, cells.yy, cells.xy, cells.energy)
    )
    rows, columns = np.nonzero(part)
    points = np.stack([columns + x + 0.5, rows + y + 0.5], axis=1).astype(np.float32) * CELL
    if is_bars:
        angle = float(np.degrees(0.5 * np.arctan2(2 * xy.sum(), (xx - yy).sum())))
        region = _box(points, angle)
    else:
        box = np.s_[y * CELL : (y + h) * CELL, x * CELL : (x + w) * CELL]
        region = _box(points, _lean(cells.gx[box], cells.gy[box]))
    # Larger than this is a whole plate, or print.
    strength = float(energy.mean()) * min(region.area, 40_000.0) ** 0.5
    return Place(region, is_bars, strength)


def _lean(gx: npt.NDArray[np.int16], gy: npt.NDArray[np.int16]) -> float:
    """Return how far modules or print are turned, in degrees up to 45 either way.

    Their gradients point in four directions; the fourth power makes them one.
    """
    # Rows apart, since neighbours say the same.
    step = max(2, int(gx.size / 4_000))
    x, y = gx.ravel()[::step].astype(np.float32), gy.ravel()[::step].astype(np.float32)
    real, imaginary = x * x - y * y, 2 * x * y
    weight = x * x + y * y + 1.0
    cos = float(((real * real - imaginary * imaginary) / weight).sum())
    sin = float((2 * real * imaginary / weight).sum())
    return math.degrees(math.atan2(sin, cos)) / 4


def _box(points: Field, angle: float) -> Region:
    """Return the box of points whose width lies along an angle in degrees."""
    turn = np.deg2rad(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    along, across = points @ [cos, sin], points @ [-sin, cos]
    low = np.array([along.min(), across.min()])
    high = np.array([along.max(), across.max()])
    u, v = (low + high) / 2
    width, height = high - low + CELL
    centre = (float(cos * u - sin * v), float(sin * u + cos * v))
    return Region(centre, (float(width), float(height)), angle)


def _is_same(one: Place, other: Place) -> bool:
    a, b = one.region, other.region
    ratio = a.area / b.area
    if one.is_bars != other.is_bars or not 1 / SAME_AREA < ratio < SAME_AREA:
        return False
    return math.dist(a.centre, b.centre) < SAME_MIDDLE * max(*a.size, *b.size)


def cut_place(full: Grey, place: Place, scale: float) -> tuple[Grey, Matrix]:
    """Return a place in all detail, turned level with its quiet zones, and the matrix back."""
    region = place.region.scaled(1 / scale)
    longest = max(region.size)
    beside = 0.16 * longest + 12
    margin = (beside, 6.0) if place.is_bars else (beside, beside)
    return cut_out(full, region, margin=margin, how=cv2.INTER_LINEAR)


def is_filled(region: Region, read: list[Polygon]) -> bool:
    """Return whether a code that is read already fills a region."""
    for polygon in read:
        left, top, right, bottom = box_of(polygon)
        longest = max(right - left, bottom - top)
        # The outline and not its box, in which a long code that lies askew has neighbours.
        outline = np.array(polygon, dtype=np.float32)
        is_inside = cv2.pointPolygonTest(outline, region.centre, True) >= -SLACK * longest
        if is_inside and max(region.size) < MAX_OVERHANG * longest:
            return True
    return False

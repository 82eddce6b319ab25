"""Rows across the bars: the picture is turned so that its bars are upright, and cut into bands."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from scanner_app.decoding.retail.symbol import MODULES, Floats, stretch

Matrix = npt.NDArray[np.float64]
Grey = npt.NDArray[np.uint8]

SEARCH_SIDE, SIDE, MAX_ZOOM = 320, 760, 3.2
# Bars alternate, the edge of a label does not.
MIN_COHERENCE, MIN_OSCILLATION, MAX_ENERGY = 0.4, 0.6, 400.0
BINS, SECOND = 60, 0.45
BAND = 0.045
# Rows of a band are averaged by fours first. They lean so little that no bar blurs.
ROWS = 4
SHEARS = (-0.21, -0.14, -0.07, 0.0, 0.07, 0.14, 0.21)
LEAST_OF_STRONGEST, LEAST_OF_SINGLE = 0.18, 0.45
LEAST_LENGTH, GAP, MARGIN = 0.16, 0.05, 0.16
# Grey levels from one pixel to the next, below which nothing is a bar.
LEAST_EDGE = 0.5
ROW = 512
# Modules around a sample between whose lightest and darkest it is stretched.
WINDOW = 26


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A row that may cross all bars of a code.

    :param row: darkness, 512 samples.
    :param start: and `step`, where its samples are in the turned picture; `top` and `bottom`, its
        rows there.
    :param back: from the turned picture to the given one.
    :param score: length times ratio of bars to print.
    """

    row: Floats
    start: float
    step: float
    top: float
    bottom: float
    lean: float
    back: Matrix
    score: float

    def to_picture(self, at: float, *, is_bottom: bool) -> tuple[float, float]:
        """Return a sample's place in the given picture, at the band's upper or lower end."""
        y = self.bottom if is_bottom else self.top
        x = self.start + at * self.step + self.lean * (y - (self.top + self.bottom) / 2)
        point = self.back @ np.array([x, y, 1.0])
        return float(point[0]), float(point[1])


def to_light(grey: Grey) -> Floats:
    """Return light as the lens mixed it: blur is linear in light, not in the file's values."""
    return (np.square(grey.astype(np.float32)) / np.float32(255)).astype(np.float32)


def directions(light: Floats) -> list[float]:
    """Return at most two directions across bars, in degrees, the likelier first."""
    scale = min(1.0, SEARCH_SIDE / max(light.shape))
    small = light
    if scale < 1:
        small = np.asarray(
            cv2.resize(light, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32
        )
    gx = np.asarray(cv2.Scharr(small, cv2.CV_32F, 1, 0, scale=1 / 32), np.float32)
    gy = np.asarray(cv2.Scharr(small, cv2.CV_32F, 0, 1, scale=1 / 32), np.float32)
    reach = max(3, round(0.09 * max(small.shape)) | 1)

    def around(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, (reach, reach)), np.float32)

    xx, yy, xy = around(gx * gx), around(gy * gy), around(gx * gy)
    energy = xx + yy + np.float32(1e-6)
    coherence = np.hypot(xx - yy, 2 * xy) / energy
    oscillation = 1 - (around(gx) ** 2 + around(gy) ** 2) / energy
    weights = coherence * oscillation * np.sqrt(np.minimum(energy, MAX_ENERGY))
    weights[(coherence < MIN_COHERENCE) | (oscillation < MIN_OSCILLATION)] = 0
    angles = 0.5 * np.arctan2(2 * xy, xx - yy)
    return _peaks(angles, weights)


def _peaks(angles: Floats, weights: Floats) -> list[float]:
    bins = np.floor((angles / np.pi + 0.5) * BINS).astype(int) % BINS
    raw = np.bincount(bins.ravel(), weights.ravel(), BINS)
    counts = (np.roll(raw, 1) + 2 * raw + np.roll(raw, -1)) / 4
    if counts.max() <= 0:
        return []
    found: list[float] = []
    first = counts.max()
    for _ in range(2):
        peak = int(counts.argmax())
        if counts[peak] < SECOND * first:
            break
        near = np.arange(peak - 2, peak + 3)
        heights = counts[near % BINS]
        middle = float((near * heights).sum() / max(heights.sum(), 1e-9))
        found.append(((middle + 0.5) / BINS - 0.5) * 180)
        counts[np.arange(peak - 5, peak + 6) % BINS] = 0
    return found


def turn(light: Floats, degrees: float) -> tuple[Floats, Matrix]:
    """Return the picture with its bars upright, and the matrix back."""
    height, width = light.shape
    angle = np.deg2rad(degrees)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    wide = abs(width * cos) + abs(height * sin)
    tall = abs(width * sin) + abs(height * cos)
    zoom = min(MAX_ZOOM, SIDE / max(wide, tall))
    size = (max(8, round(wide * zoom)), max(8, round(tall * zoom)))
    back = np.array(
        [
            [cos / zoom, -sin / zoom, width / 2 - (cos * size[0] - sin * size[1]) / 2 / zoom],
            [sin / zoom, cos / zoom, height / 2 - (sin * size[0] + cos * size[1]) / 2 / zoom],
            [0, 0, 1],
        ]
    )
    if zoom < 1:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), 0.4 / zoom), np.float32)
    turned = cv2.warpAffine(
        light,
        back[:2],
        size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(turned, np.float32), back


def find_bands(turned: Floats, back: Matrix) -> list[Band]:
    """Return the bands that hold bars, the likeliest first."""
    height, width = turned.shape
    tall = max(ROWS, round(BAND * max(turned.shape) / ROWS) * ROWS)
    count = height // tall
    if count == 0 or width < MODULES:
        return []
    found = []
    lines, leans, singles = _average(turned[: count * tall], tall)
    for index in range(count):
        for low, high, score in _runs(lines[index], singles[index]):
            top = index * tall
            lean = float(np.mean(leans[index][max(0, low) : high]))
            row, start, step = _cut(lines[index], low, high)
            found.append(Band(row, start, step, top, top + tall, lean, back, score))
    return sorted(found, key=lambda band: -band.score)


def _average(turned: Floats, tall: int) -> tuple[Floats, Floats, Floats]:
    """Return, for each band, its mean row along the bars, how they lean, and single rows' edges."""
    height, width = turned.shape
    lines = np.asarray(
        cv2.resize(turned, (width, height // ROWS), interpolation=cv2.INTER_AREA), np.float32
    )
    per_band = tall // ROWS
    bands = len(lines) // per_band
    rows = np.arange(len(lines), dtype=np.float32)
    from_middle = ((rows % per_band) - (per_band - 1) / 2) * ROWS
    x = np.arange(width, dtype=np.float32)[None]
    flat = np.broadcast_to(rows[:, None], lines.shape).astype(np.float32)
    means = []
    for shear in SHEARS:
        at = (x + np.float32(shear) * from_middle[:, None]).astype(np.float32)
        leaned = cv2.remap(lines, at, flat, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        means.append(leaned.reshape(bands, per_band, width).mean(axis=1))
    stack = np.stack(means)
    leans = _leans(stack)
    place = np.clip((leans - SHEARS[0]) / (SHEARS[1] - SHEARS[0]), 0, len(SHEARS) - 1.001)
    lower = place.astype(np.intp)
    part = (place - lower).astype(np.float32)
    band, column = np.arange(bands)[:, None], np.arange(width)[None]
    mean = stack[lower, band, column] * (1 - part) + stack[lower + 1, band, column] * part
    single = np.abs(np.diff(lines, axis=1)).reshape(bands, per_band, -1).mean(axis=1)
    return mean, leans, single


def _leans(stack: Floats) -> Floats:
    """Return how bars lean at each column: that under which their mean has most edges."""
    edges = np.square(np.diff(stack, axis=2, append=stack[:, :, -1:]))
    width = stack.shape[2]
    reach = round(width / 3) | 1
    near = np.stack([cv2.blur(each, (reach, 1)) for each in edges])
    best = near.argmax(axis=0)
    shears = np.array(SHEARS, np.float32)[best]
    return np.asarray(cv2.blur(shears, (reach, 1)), np.float32)


def _runs(line: Floats, single: Floats) -> list[tuple[int, int, float]]:
    """Return where bars begin and end, and a score: length times difference from print."""
    width = len(line)
    edges = np.abs(np.diff(line))[None]
    reach = max(5, round(0.025 * width)) | 1
    strength = cv2.blur(edges, (reach, 1))[0]
    lone = cv2.blur(single[None], (reach, 1))[0] + np.float32(1e-3)
    least = max(LEAST_OF_STRONGEST * float(np.percentile(edges, 97)), LEAST_EDGE)
    is_bar = (strength > least) & (strength > LEAST_OF_SINGLE * lone)
    gap = max(3, round(GAP * width)) | 1
    mask = cv2.morphologyEx(
        is_bar[None].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8)
    )[0]
    steps = np.diff(np.concatenate([[0], mask, [0]]).astype(np.int8))
    found: list[tuple[int, int, float]] = []
    for low, high in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        if high - low >= LEAST_LENGTH * width:
            ratio = float((strength[low:high] / lone[low:high]).mean())
            found.append((int(low), int(high), int(high - low) * ratio))
    return found


def _cut(line: Floats, low: int, high: int) -> tuple[Floats, float, float]:
    """Return a run with a margin as a row of darkness, and where its samples are."""
    margin = MARGIN * (high - low)
    start, end = max(0.0, low - margin), min(len(line) - 1.0, high + margin)
    step = (end - start) / (ROW - 1)
    at = (start + step * np.arange(ROW, dtype=np.float32)).astype(np.float32)[None]
    row = cv2.remap(
        line[None], at, np.zeros_like(at), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    window = round(WINDOW * (high - low) / step / MODULES)
    return stretch(np.asarray(row, np.float32), window)[0], start, step

"""The bars of a linear code as one line: average the rows, undo blur, draw a clean strip.

Averaging many rows removes noise, dirt and glare that spoil each single scan line. Richardson and
Lucy's deconvolution then undoes a blur of assumed width.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from scanner_app.decoding.picture.filters import View
from scanner_app.decoding.picture.open import Grey

Line = npt.NDArray[np.float64]

# Parts of the region's height. No two bands share a row, so two of them are two opinions.
BANDS = ((0.28, 0.42), (0.43, 0.57), (0.58, 0.72))
# Blur in pixels of a region enlarged to about 900 pixels, where a module of an EAN has 7 or 8.
BLURS = (2.0, 3.0, 4.0)
ROUNDS = 10
STRIP = 24


def strips(crop: Grey) -> Iterator[tuple[str, View]]:
    """Yield clean strips of a region whose bars run across its longer or its shorter side."""
    level, turn = _bars_upright(crop)
    height = level.shape[0]
    for low, high in BANDS:
        rows = level[int(height * low) : max(int(height * high), int(height * low) + 1)]
        line = rows.mean(axis=0).astype(np.float64)
        for blur in BLURS:
            sharp = np.clip(sharpen(line, blur), 0, 255).astype(np.uint8)
            strip = np.ascontiguousarray(np.tile(sharp, (STRIP, 1)))
            # A row of the strip represents the whole band from which it was averaged.
            stretch = height * (high - low) / STRIP
            to_level = np.array([[1, 0, 0], [0, stretch, height * low], [0, 0, 1]], np.float64)
            yield f"band {low:.2f}, blur {blur:.0f}", View(strip, turn @ to_level)


def _bars_upright(crop: Grey) -> tuple[Grey, npt.NDArray[np.float64]]:
    """Turn a region by 90 degrees if its bars lie flat. Also return the matrix back."""
    dx = float(np.abs(np.diff(crop.astype(np.int16), axis=1)).mean())
    dy = float(np.abs(np.diff(crop.astype(np.int16), axis=0)).mean())
    if dx >= dy:
        return crop, np.eye(3)
    turned = np.ascontiguousarray(cv2.rotate(crop, cv2.ROTATE_90_CLOCKWISE), dtype=np.uint8)
    # Clockwise: x of the turned picture is height - 1 - y of the old one, and y is x.
    return turned, np.array([[0, 1, 0], [-1, 0, crop.shape[0] - 1], [0, 0, 1]], np.float64)


def sharpen(line: Line, blur: float) -> Line:
    """Undo a Gaussian blur of `blur` pixels (Richardson 1972, Lucy 1974)."""
    kernel = _kernel(blur)
    pad = len(kernel) // 2
    seen = np.maximum(line, 1e-3)
    guess = seen.copy()
    for _ in range(ROUNDS):
        again = np.convolve(np.pad(guess, pad, mode="edge"), kernel, "valid")
        ratio = seen / np.maximum(again, 1e-3)
        guess = guess * np.convolve(np.pad(ratio, pad, mode="edge"), kernel, "valid")
    return guess


@cache
def _kernel(blur: float) -> Line:
    reach = int(3 * blur) + 1
    at = np.arange(-reach, reach + 1)
    values = np.exp(-(at**2) / (2 * blur**2))
    return np.asarray(values / values.sum(), dtype=np.float64)

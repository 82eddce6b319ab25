"""Filters: what a pass does to a grey picture before an engine gets it, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from scanner_app.decoding.picture.open import Grey
from scanner_app.decoding.picture.symbols import Polygon

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """A changed picture. `back` is a 3 x 3 matrix from its pixels to those of the original."""

    grey: Grey
    back: Matrix | None = None

    def to_original(self, polygon: Polygon) -> Polygon:
        if self.back is None:
            return polygon
        return map_polygon(self.back, polygon)


Filter = Callable[[Grey], View]


def map_polygon(matrix: Matrix, polygon: Polygon) -> Polygon:
    """Return a polygon's corners moved by a 3 x 3 matrix."""
    points = matrix @ np.array([[x for x, _ in polygon], [y for _, y in polygon], [1.0] * 4])
    moved = (points[:2] / points[2]).T
    return tuple((float(x), float(y)) for x, y in moved)  # type: ignore[return-value] # four corners


def scaling(factor: float) -> Matrix:
    return np.diag([factor, factor, 1.0])


def same(grey: Grey) -> View:
    return View(grey)


def scaled(factor: float) -> Filter:
    """Return a filter that enlarges or shrinks the picture."""

    def apply(grey: Grey) -> View:
        how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
        out = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=how)
        return View(_grey(out), scaling(1 / factor))

    return apply


def turned(degrees: float) -> Filter:
    """Return a filter that turns the picture, on a canvas large enough for its corners."""

    def apply(grey: Grey) -> View:
        height, width = grey.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
        size = (int(height * sin + width * cos), int(height * cos + width * sin))
        matrix[0, 2] += size[0] / 2 - width / 2
        matrix[1, 2] += size[1] / 2 - height / 2
        out = cv2.warpAffine(grey, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        return View(_grey(out), np.linalg.inv(np.vstack([matrix, [0, 0, 1]])))

    return apply


def thresholded(grey: Grey) -> View:
    """Return black and white by the mean around each pixel, which removes shadows and glare."""
    return View(
        _grey(
            cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 51, 5)
        )
    )


def equalised(grey: Grey) -> View:
    """Return the picture with its contrast stretched tile by tile."""
    return View(_grey(_clahe().apply(grey)))


@cache
def _clahe() -> Any:
    return cv2.createCLAHE(2.0, (8, 8))


def inverted(grey: Grey) -> View:
    return View(_grey(cv2.bitwise_not(grey)))


def darkened(grey: Grey) -> View:
    """Return the picture with gamma 2, which recovers bars that bright light washed out."""
    return View(_grey(cv2.LUT(grey, _gamma())))


@cache
def _gamma() -> Grey:
    return np.array([(i / 255) ** 2 * 255 for i in range(256)], dtype=np.uint8)


def sharpened(grey: Grey) -> View:
    """Return twice the size with a strong unsharp mask, against blur."""
    big = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    out = cv2.addWeighted(big, 3.0, cv2.GaussianBlur(big, (0, 0), 3), -2.0, 0)
    return View(_grey(out), scaling(0.5))


def smeared(grey: Grey) -> View:
    """Return the average along the bars, in most bars' direction, against noise and dirt."""
    dx = float(np.abs(np.diff(grey[::4].astype(np.int16), axis=1)).mean())
    dy = float(np.abs(np.diff(grey[:, ::4].astype(np.int16), axis=0)).mean())
    return View(_grey(cv2.blur(grey, (1, 9) if dx >= dy else (9, 1))))


def _grey(array: Any) -> Grey:
    return np.ascontiguousarray(array, dtype=np.uint8)

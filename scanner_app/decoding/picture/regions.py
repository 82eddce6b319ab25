"""Finds places that look like codes: bars and modules have dense edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scanner_app.decoding.picture.filters import Matrix
from scanner_app.decoding.picture.open import Grey
from scanner_app.decoding.picture.symbols import Polygon

SEARCH_SIDE = 640
GLANCE_SIDE = 320
MAX_REGIONS = 80
# Limits, relative to a code already read, from which a region may be another label.
ALIKE_AREA, ALIKE_DENSITY = 0.3, 0.65
# In pixels of the searched picture. Labels smaller than this cannot be read.
MIN_SIDE = 10
MARGIN = 0.18


@dataclass(frozen=True, slots=True)
class Region:
    """A turned box in pixels of the searched picture: centre, size and angle in degrees.

    :param density: the mean strength of the edges in it, 0 to 255.
    """

    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float
    density: float = 0.0

    def scaled(self, factor: float) -> Region:
        """Return the same region in a picture that is larger by a factor."""
        (x, y), (width, height) = self.centre, self.size
        at, size = (x * factor, y * factor), (width * factor, height * factor)
        return Region(at, size, self.angle, self.density)

    @property
    def area(self) -> float:
        return self.size[0] * self.size[1]


def find_regions(grey: Grey, side: int = SEARCH_SIDE) -> list[Region]:
    """Return the boxes of dense edges, the largest first.

    :param side: pixels to which the longer side is reduced for the search.
    """
    scale = min(1.0, side / max(grey.shape))
    small = grey
    if scale < 1:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    gx = cv2.convertScaleAbs(cv2.Sobel(small, cv2.CV_16S, 1, 0))
    gy = cv2.convertScaleAbs(cv2.Sobel(small, cv2.CV_16S, 0, 1))
    edges = cv2.addWeighted(gx, 0.5, gy, 0.5, 0)
    reach = 9 if side > GLANCE_SIDE else 5
    dense = cv2.boxFilter(edges, -1, (reach, reach))
    level, _ = cv2.threshold(dense, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    _, mask = cv2.threshold(dense, max(float(level) * 0.9, 12.0), 255, cv2.THRESH_BINARY)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        (x, y), (w, h), angle = cv2.minAreaRect(contour)
        if min(w, h) < MIN_SIDE * side / SEARCH_SIDE:
            continue
        left, top, width, height = cv2.boundingRect(contour)
        density = float(dense[top : top + height, left : left + width].mean())
        found.append(Region((x / scale, y / scale), (w / scale, h / scale), angle, density))
    found.sort(key=lambda region: -region.area)
    return found[:MAX_REGIONS]


def find_alike(grey: Grey, read: list[Polygon], side: int = SEARCH_SIDE) -> list[Region]:
    """Return the unread regions that resemble a code already read, such as the rest of a shelf."""
    regions = find_regions(grey, side)
    covered = [region for region in regions if is_covered(region, read)]
    if not covered:
        return []
    area = float(np.median([region.area for region in covered]))
    density = float(np.median([region.density for region in covered]))
    return [
        region
        for region in regions
        if region.area >= ALIKE_AREA * area
        and region.density >= ALIKE_DENSITY * density
        and not is_covered(region, read)
    ]


def cut_out(
    grey: Grey,
    region: Region,
    *,
    zoom: float = 1.0,
    margin: tuple[float, float] | None = None,
    how: int | None = None,
) -> tuple[Grey, Matrix]:
    """Return a region, turned level with a margin, and the matrix back to the picture's pixels.

    :param margin: pixels beside and above the region; by default a part of its longer side.
    :param how: OpenCV's interpolation; by default a good one.
    """
    width, height = region.size
    beside, above = margin or (MARGIN * max(width, height),) * 2
    out = (
        max(16, round((width + 2 * beside) * zoom)),
        max(16, round((height + 2 * above) * zoom)),
    )
    angle = np.deg2rad(region.angle)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    to_picture = np.array(
        [
            [
                cos / zoom,
                -sin / zoom,
                region.centre[0] - (cos * out[0] / 2 - sin * out[1] / 2) / zoom,
            ],
            [
                sin / zoom,
                cos / zoom,
                region.centre[1] - (sin * out[0] / 2 + cos * out[1] / 2) / zoom,
            ],
            [0.0, 0.0, 1.0],
        ]
    )
    if how is None:
        how = cv2.INTER_CUBIC if zoom >= 1 else cv2.INTER_AREA
    crop = cv2.warpAffine(
        grey,
        to_picture[:2],
        out,
        flags=how | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.ascontiguousarray(crop, dtype=np.uint8), to_picture


def region_of(polygon: Polygon) -> Region:
    """Return the region of a polygon. Its first side is the width."""
    (x0, y0), (x1, y1) = polygon[0], polygon[1]
    points = np.array(polygon, dtype=np.float64)
    angle = float(np.arctan2(y1 - y0, x1 - x0))
    cos, sin = np.cos(-angle), np.sin(-angle)
    level = points @ np.array([[cos, sin], [-sin, cos]])
    low, high = level.min(axis=0), level.max(axis=0)
    middle = (low + high) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    centre = (
        float(cos * middle[0] - sin * middle[1]),
        float(sin * middle[0] + cos * middle[1]),
    )
    # A line found on a linear code shows its length but not its height.
    width = max(float(high[0] - low[0]), 8.0)
    height = max(float(high[1] - low[1]), width / 4)
    return Region(centre, (width, height), float(np.rad2deg(angle)))


def is_covered(region: Region, polygons: list[Polygon]) -> bool:
    """Return whether a region's centre is in, or close to, a code already read."""
    x, y = region.centre
    for polygon in polygons:
        xs, ys = [px for px, _ in polygon], [py for _, py in polygon]
        slack = 0.25 * max(max(xs) - min(xs), max(ys) - min(ys))
        if min(xs) - slack <= x <= max(xs) + slack and min(ys) - slack <= y <= max(ys) + slack:
            return True
    return False

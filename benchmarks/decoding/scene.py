"""Photographs of the undersides of devices, rendered: 12 megapixels, labels of mixed symbologies.

Each scene has one plate with several codes, single stickers, some codes engraved in the plastic,
and everything that is not a code: print, logos, vents, screws, feet, scratches, shadow and glare.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.decoding.labels import Grey
from benchmarks.decoding.stickers import (
    OVER,
    PIXELS_PER_MM,
    Label,
    compose_labels,
    find_font,
)

SIZE = (4032, 3024)
Random = np.random.Generator
Matrix = np.ndarray
PRINT = (
    "CAUTION: Hot surface. Do not block the vents.",
    "This device complies with part 15 of the rules. Operation is subject to two conditions:",
    "(1) it may not cause harmful interference, (2) it must accept any interference received,",
    "Input 20V 3.25A   Model 7A41   Rated 65 W   IP20   Assembled in three countries",
    "R-NZ  KCC-REM-XYZ-7A41  IC: 1000M-7A41  CMIIT ID: 2024AP0000  UL E000000  N000",
    "Contains a lithium ion battery. Recycle or dispose of it properly.",
    "|||| || ||| Patent pending  llIIll  HEMN  +/- 5 %",
)


@dataclass
class Scene:
    """A picture, and the codes in it: text, symbology, and corners in its pixels.

    `cut` has the texts of codes that reach over the edge: reading one is neither right nor wrong.
    """

    grey: Grey
    codes: list[tuple[str, str, np.ndarray]] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)

    def to_jpeg(self) -> bytes:
        file = io.BytesIO()
        Image.fromarray(self.grey).save(file, "JPEG", quality=88)
        return file.getvalue()


def draw_underside(random: Random, count: int, size: tuple[int, int] = SIZE) -> Scene:
    """Return a picture with this many codes; with none, everything else is in it all the same.

    :param size: of the picture; the device and its labels stay as large as they are.
    """
    canvas = _surface(random, size)
    _draw_fittings(canvas, random)
    view = _viewpoint(random, size)
    places = _Places(random, size)
    scene = Scene(canvas)
    labels = compose_labels(random, count)
    for label in labels:
        where = places.find(label.size_mm)
        if where is not None:
            _paste(scene, label, where, random)
    # All of it is on the device; the camera sees it from a little aside.
    desk = float(random.uniform(60, 190))
    scene.grey = cv2.warpPerspective(
        scene.grey, view, size, flags=cv2.INTER_LINEAR, borderValue=desk
    )
    scene.codes = [
        (text, kind, cv2.perspectiveTransform(corners[None].astype(np.float64), view)[0])
        for text, kind, corners in scene.codes
    ]
    scene.cut = [code[0] for code in scene.codes if not _is_inside(code[2], size)]
    scene.codes = [code for code in scene.codes if _is_inside(code[2], size)]
    scene.grey = _photograph(scene.grey, random)
    return scene


def draw_nothing(random: Random, kind: int, size: tuple[int, int] = SIZE) -> Scene:
    """Return a picture without a code: an underside, a page of print, a weave, or noise."""
    if kind % 4 == 0:
        return draw_underside(random, 0, size)
    width, height = size
    if kind % 4 == 1:
        page = Image.new("L", size, 235)
        pen = ImageDraw.Draw(page)
        for y in range(40, height, 62):
            pen.text(
                (60, y),
                "  ".join(random.choice(PRINT, 4)),
                25,
                find_font(int(random.integers(22, 44))),
            )
        return Scene(_photograph(np.array(page), random))
    if kind % 4 == 2:
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        period = random.uniform(6, 40, 2)
        waves = np.sin(xs * 2 * np.pi / period[0]) * (
            np.sin(ys * 2 * np.pi / period[1]) if random.random() < 0.5 else 1
        )
        return Scene(
            _photograph(np.clip(128 + 90 * np.sign(waves), 0, 255).astype(np.uint8), random)
        )
    return Scene(random.integers(0, 256, (height, width), dtype=np.uint8))


# -- the device ---------------------------------------------------------------------------------


def _noise(random: Random, scale: float, shape: tuple[int, int]) -> np.ndarray:
    """Return smooth noise of about unit strength, in grains of `scale` pixels."""
    small = (max(2, int(shape[0] / scale)), max(2, int(shape[1] / scale)))
    grains = random.standard_normal(small).astype(np.float32)
    return cv2.resize(grains, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def _surface(random: Random, size: tuple[int, int]) -> Grey:
    shape = (size[1], size[0])
    kind = random.integers(0, 3)
    level = (42, 150, 96)[kind] + random.uniform(-12, 12)
    if kind == 1:  # brushed metal
        streaks = random.standard_normal((shape[0], 1)).astype(np.float32) @ np.ones(
            (1, shape[1]), np.float32
        )
        field_ = (
            level + 9 * streaks + 5 * _noise(random, 3, shape) + 12 * _noise(random, 700, shape)
        )
    else:  # grained plastic
        field_ = (
            level
            + 7 * _noise(random, 5, shape)
            + 4 * _noise(random, 2, shape)
            + 8 * _noise(random, 500, shape)
        )
    return np.clip(field_, 0, 255).astype(np.uint8)


def _draw_fittings(canvas: Grey, random: Random) -> None:
    """Draw vents, screws, feet, logos and print onto the device."""
    page = Image.fromarray(canvas)
    height, width = canvas.shape
    pen = ImageDraw.Draw(page)
    dark = int(canvas.mean() * 0.4)
    light = int(min(230, canvas.mean() + 110))
    for _ in range(int(random.integers(1, 4))):  # vents look like bars
        x, y = int(random.integers(0, width - 900)), int(random.choice([60, height - 520]))
        pitch, slit = int(random.integers(14, 46)), int(random.integers(5, 18))
        for slot in range(int(random.integers(12, 34))):
            left = x + slot * pitch
            pen.rounded_rectangle(
                (left, y, left + slit, y + int(random.integers(180, 420))), 6, dark
            )
    for _ in range(8):
        x, y, r = (
            int(random.integers(60, width - 60)),
            int(random.integers(60, height - 60)),
            int(random.integers(22, 46)),
        )
        pen.ellipse((x - r, y - r, x + r, y + r), fill=light - 40, outline=dark, width=6)
        pen.line((x - r // 2, y, x + r // 2, y), dark, 8)
        pen.line((x, y - r // 2, x, y + r // 2), dark, 8)
    for x, y in ((120, height // 2), (width - 730, height // 2)):
        pen.rounded_rectangle((x, y, x + 560, y + 130), 60, dark)
    for _ in range(5):
        x, y = int(random.integers(100, width - 1400)), int(random.integers(400, height - 500))
        size = int(random.integers(20, 40))
        for line in range(int(random.integers(2, 6))):
            pen.text(
                (x, y + line * int(size * 1.3)), str(random.choice(PRINT)), light, find_font(size)
            )
    for word in random.choice(["CE", "FC", "UKCA", "RoHS", "ORLAND", "10R", "T7"], 4):
        at = (int(random.integers(100, width - 500)), int(random.integers(300, height - 300)))
        pen.text(at, str(word), light, find_font(int(random.integers(60, 170)), bold=True))
    canvas[:] = np.asarray(page)


# -- into the picture ---------------------------------------------------------------------------


class _Places:
    """Where labels are: none on another."""

    def __init__(self, random: Random, size: tuple[int, int]) -> None:
        self.random = random
        self.size = size
        self.taken: list[tuple[float, float, float]] = []

    def find(self, size_mm: tuple[float, float]) -> tuple[float, float] | None:
        reach = float(np.hypot(*size_mm)) * PIXELS_PER_MM / 2
        for _ in range(400):
            x, y = (
                float(self.random.uniform(min(reach + 90, half), max(2 * half - reach - 90, half)))
                for half in (side / 2 for side in self.size)
            )
            if all(np.hypot(x - a, y - b) > reach + r for a, b, r in self.taken):
                self.taken.append((x, y, reach))
                return x, y
        return None


def _paste(scene: Scene, label: Label, where: tuple[float, float], random: Random) -> None:
    turn = float(random.normal(0, 2.5)) + 90 * int(random.choice([0, 0, 0, 0, 1, 2, 3]))
    angle = np.deg2rad(turn)
    h, w = label.grey.shape
    cos, sin = np.cos(angle) / OVER, np.sin(angle) / OVER
    matrix = np.array(
        [
            [cos, -sin, where[0] - cos * w / 2 + sin * h / 2],
            [sin, cos, where[1] - sin * w / 2 - cos * h / 2],
        ]
    )
    outline = np.array([[0, 0], [w, 0], [w, h], [0, h]], float) @ matrix[:, :2].T + matrix[:, 2]
    left, top = np.floor(outline.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 2
    near = matrix - [[0, 0, left], [0, 0, top]]
    size = (int(right - left), int(bottom - top))
    placed = cv2.warpAffine(cv2.GaussianBlur(label.grey, (0, 0), OVER / 2.5), near, size)
    alpha = cv2.warpAffine(np.full((h, w), 1, np.float32), near, size)
    ground = scene.grey[top:bottom, left:right]
    ground[:] = (ground * (1 - alpha) + placed * alpha).astype(np.uint8)
    for text, kind, (x0, y0, x1, y1) in label.codes:
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)
        scene.codes.append((text, kind, corners @ matrix[:, :2].T + matrix[:, 2]))


def _viewpoint(random: Random, size: tuple[int, int]) -> Matrix:
    """Return how the camera sees the device: turned a little, and not quite from above."""
    width, height = size
    turn = np.deg2rad(random.uniform(-14, 14))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    middle = np.array([width / 2, height / 2])
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    seen = (
        (corners - middle) @ spin.T
        + middle
        + random.uniform(-0.035, 0.035, (4, 2)) * [width, height]
    )
    return cv2.getPerspectiveTransform(corners, seen.astype(np.float32))


def _is_inside(corners: np.ndarray, size: tuple[int, int]) -> bool:
    return bool((corners > 12).all() and (corners < np.array(size) - 12).all())


def _photograph(grey: Grey, random: Random) -> Grey:
    """Return what a phone makes of a scene: light, shadow, glare, blur, noise."""
    height, width = grey.shape
    small = (height // 16, width // 16)
    ys, xs = np.mgrid[0 : small[0], 0 : small[1]].astype(np.float32)
    ys, xs = ys / small[0], xs / small[1]
    slope = random.uniform(-0.3, 0.3, 2)
    light = 0.85 + slope[0] * (xs - 0.5) + slope[1] * (ys - 0.5)
    if random.random() < 0.6:  # the shadow of the hand that holds the phone
        along = np.deg2rad(random.uniform(0, 360))
        edge = (xs - random.uniform(0.3, 0.7)) * np.cos(along) + (ys - 0.5) * np.sin(along)
        light = light * (1 - 0.45 / (1 + np.exp(-edge * random.uniform(12, 50))))
    glare = np.zeros(small, np.float32)
    for _ in range(int(random.integers(1, 4))):
        cx, cy, rx, ry = (
            random.random(),
            random.random(),
            random.uniform(0.02, 0.1),
            random.uniform(0.02, 0.12),
        )
        glare += float(random.uniform(60, 170)) * np.exp(
            -(((xs - cx) / rx) ** 2 + ((ys - cy) / ry) ** 2)
        )
    light, glare = (cv2.resize(m.astype(np.float32), (width, height)) for m in (light, glare))
    seen = grey * light + glare
    seen = cv2.GaussianBlur(seen, (0, 0), float(random.uniform(0.6, 1.7)))
    seen += float(random.uniform(2, 6)) * random.standard_normal((height, width)).astype(np.float32)
    return np.clip(seen, 0, 255).astype(np.uint8)

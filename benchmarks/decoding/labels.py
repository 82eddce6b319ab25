"""Labels drawn anew, and what a camera does to them, in steps of severity."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

KINDS = ("Code128", "QRCode", "DataMatrix")
Grey = np.ndarray


def draw_label(text: str, kind: str, *, scale: int = 4) -> Grey:
    """Return a white label with a code and its text, as an asset label looks."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    symbol = np.asarray(code.to_image(scale=scale, add_quiet_zones=True))
    height, width = symbol.shape
    label = Image.new("L", (width + 24, height + 44), 255)
    label.paste(Image.fromarray(symbol), (12, 8))
    ImageDraw.Draw(label).text((14, height + 12), text, fill=0, font_size=22)
    return np.asarray(label)


def on_desk(label: Grey, size: tuple[int, int], random: np.random.Generator) -> Grey:
    """Lay a label in the middle of a rough grey surface."""
    width, height = size
    desk = 110 + 25 * cv2.GaussianBlur(random.standard_normal((height, width)), (0, 0), 6) * 6
    desk = np.clip(desk, 40, 200).astype(np.uint8)
    top, left = (height - label.shape[0]) // 2, (width - label.shape[1]) // 2
    desk[top : top + label.shape[0], left : left + label.shape[1]] = label
    return desk


def _size_in_frame(grey: Grey, x: float, _: np.random.Generator) -> Grey:
    factor = 1 / (1 + 5 * x)
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    out = np.full(grey.shape, 110, np.uint8)
    out[: small.shape[0], : small.shape[1]] = small
    return out


def _perspective(grey: Grey, x: float, random: np.random.Generator) -> Grey:
    height, width = grey.shape
    pull = 0.42 * x
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    side = int(random.integers(0, 4))
    moved = corners.copy()
    a, b = side, (side + 1) % 4
    moved[a] += (corners[b] - corners[a]) * pull
    moved[b] += (corners[a] - corners[b]) * pull
    moved[a] += (corners[(side + 3) % 4] - corners[a]) * pull
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return cv2.warpPerspective(grey, matrix, (width, height), borderValue=110)


def _rotation(grey: Grey, x: float, _: np.random.Generator) -> Grey:
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 45 * x, 1)
    return cv2.warpAffine(grey, matrix, (width, height), borderValue=110)


def _motion(grey: Grey, x: float, random: np.random.Generator) -> Grey:
    length = int(1 + 22 * x)
    if length < 2:
        return grey
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length / 2, length / 2), float(random.uniform(0, 180)), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(grey, -1, kernel / max(float(kernel.sum()), 1e-6))


def _defocus(grey: Grey, x: float, _: np.random.Generator) -> Grey:
    return cv2.GaussianBlur(grey, (0, 0), 0.3 + 5.5 * x)


def _low_light(grey: Grey, x: float, random: np.random.Generator) -> Grey:
    light = grey.astype(np.float32) * (1 - 0.93 * x)
    noisy = random.poisson(np.maximum(light, 0.01) * 0.5) / 0.5 + random.normal(
        0, 3 + 9 * x, grey.shape
    )
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _glare(grey: Grey, x: float, random: np.random.Generator) -> Grey:
    height, width = grey.shape
    ys, xs = np.mgrid[0:height, 0:width]
    cy = height / 2 + random.uniform(-30, 30)
    cx = width / 2 + random.uniform(-60, 60)
    spot = np.exp(-(((ys - cy) / (20 + 90 * x)) ** 2 + ((xs - cx) / (30 + 130 * x)) ** 2))
    return np.clip(grey + spot * 420 * x, 0, 255).astype(np.uint8)


def _jpeg(grey: Grey, x: float, _: np.random.Generator) -> Grey:
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    file = io.BytesIO()
    Image.fromarray(small).save(file, "JPEG", quality=max(1, int(60 * (1 - x))))
    return np.asarray(Image.open(file))


def _curve(grey: Grey, x: float, _: np.random.Generator) -> Grey:
    """Wrap around an upright cylinder: what lies at its sides is squeezed."""
    height, width = grey.shape
    half = width / 2
    reach = 0.15 + 1.35 * x  # radians that half the picture covers
    position = (np.arange(width) - half) / half
    source = np.arcsin(np.clip(position * np.sin(min(reach, 1.55)), -1, 1)) / reach * half + half
    columns = np.tile(source.astype(np.float32), (height, 1))
    rows = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    return cv2.remap(grey, columns, rows, cv2.INTER_LINEAR)


HARMS: dict[str, Callable[[Grey, float, np.random.Generator], Grey]] = {
    "small in frame": _size_in_frame,
    "perspective": _perspective,
    "rotation to 45 degrees": _rotation,
    "motion blur": _motion,
    "defocus": _defocus,
    "low light, noise": _low_light,
    "glare": _glare,
    "JPEG quality": _jpeg,
    "curved surface": _curve,
}


def to_png(grey: Grey) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(grey)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def draw_shelf(count: int, random: np.random.Generator) -> tuple[Grey, list[str]]:
    """Return a photograph of a shelf with this many labels of three kinds, each a little askew."""
    columns = max(1, round((count * 1.6) ** 0.5))
    rows = -(-count // columns)
    cell_w, cell_h = 460, 330
    height, width = max(600, rows * cell_h), max(800, columns * cell_w)
    shelf = 120 + 150 * cv2.GaussianBlur(random.standard_normal((height, width)), (0, 0), 6)
    shelf = np.clip(shelf, 50, 200).astype(np.uint8)
    names = []
    for index in range(count):
        name = f"LT-{int(random.integers(0, 10**5)):05d}-{index}"
        names.append(name)
        label = draw_label(name, KINDS[index % 3], scale=2 if index % 3 == 0 else 4)
        padded = cv2.copyMakeBorder(label, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=0)
        mask = cv2.copyMakeBorder(np.full_like(label, 255), 40, 40, 40, 40, cv2.BORDER_CONSTANT)
        h, w = padded.shape
        turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(random.uniform(-12, 12)), 1)
        padded, mask = (cv2.warpAffine(image, turn, (w, h)) for image in (padded, mask))
        top = index // columns * cell_h + max(0, (cell_h - h) // 2)
        left = index % columns * cell_w + max(0, (cell_w - w) // 2)
        place = shelf[top : top + h, left : left + w]
        chosen = mask[: place.shape[0], : place.shape[1]] > 127
        place[chosen] = padded[: place.shape[0], : place.shape[1]][chosen]
    shelf = cv2.GaussianBlur(shelf, (0, 0), 0.8)
    shade = np.linspace(0.65, 1.0, shelf.shape[1])[None, :]
    noisy = shelf * shade + random.normal(0, 5, shelf.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), names

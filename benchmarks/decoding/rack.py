"""A rack of labels filmed by a hand that walks past it: what Chromium's fake camera plays.

Labels of five symbologies, 12 to 40 mm, in two rows; the hand speeds up and slows down, shakes and
tilts, the focus hunts, light is mirrored, and the sensor is noisy. Each frame holds its own number
in a row of black and white blocks, so that a page can be asked which frame it shows.
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

SIZE = (1280, 720)
RATE = 30
PX_PER_MM = SIZE[0] / 180
PITCH_MM = 52
SYMBOLOGIES = ("code_128", "qr_code", "data_matrix", "code_39", "ean_13")
FORMATS = {
    "code_128": zxingcpp.BarcodeFormat.Code128,
    "code_39": zxingcpp.BarcodeFormat.Code39,
    "qr_code": zxingcpp.BarcodeFormat.QRCode,
    "data_matrix": zxingcpp.BarcodeFormat.DataMatrix,
    "ean_13": zxingcpp.BarcodeFormat.EAN13,
}
# Smallest and largest side in mm; linear codes need the width of a common label.
SIDES = {
    "code_128": (36, 40),
    "code_39": (38, 40),
    "qr_code": (15, 30),
    "data_matrix": (12, 20),
    "ean_13": (32, 40),
}
BLOCK = 16
BITS = 12
EXPOSURE_S = 1 / 200
LEAD_S = 1  # the hand stands still before it walks, while the page starts its decoder
TAIL_S = 2


@dataclass(frozen=True)
class Label:
    text: str
    symbology: str
    side_mm: float
    middle: tuple[float, float] = (0, 0)  # in pixels of the drawn rack


@dataclass
class Film:
    """A rack and how the hand goes past it."""

    labels: list[Label]
    seed: int = 1
    seconds: float = 20
    stops: list[Label] = field(default_factory=list)  # each shown alone, standing still, at the end
    scene: np.ndarray = field(init=False)
    placed: list[Label] = field(init=False)

    def __post_init__(self) -> None:
        self.scene, self.placed = draw_rack(self.labels, self.seed)
        self.noise = np.random.default_rng(self.seed)
        self.grain = [
            self.noise.normal(0, 4, (SIZE[1], SIZE[0])).astype(np.float32) for _ in range(8)
        ]

    @property
    def pan_frames(self) -> int:
        return int((LEAD_S + self.seconds) * RATE)

    @property
    def length(self) -> int:
        """Return the number of all frames."""
        return self.pan_frames + (2 * len(self.stops) + TAIL_S) * RATE

    def first_frame_of_stop(self, number: int) -> int:
        """Return the frame in which a stop's label appears, after a moment of empty wall."""
        return self.pan_frames + number * 2 * RATE + RATE // 2

    def pose(self, at: float) -> np.ndarray:
        """Return the matrix from the rack to the frame at a moment of the pan."""
        reach = self.scene.shape[1] - SIZE[0]
        walked = max(0.0, at - LEAD_S)
        part = walked / self.seconds
        # It slows down and speeds up twice every three seconds, as a person does who looks.
        part += 0.35 * math.sin(2 * math.pi * 0.66 * walked) / (2 * math.pi * 0.66 * self.seconds)
        x = reach * min(1, max(0, part)) + 5 * math.sin(7.1 * at) + 3 * math.sin(17.3 * at + 1)
        y = 6 * math.sin(5.3 * at + 2) + 3 * math.sin(13.7 * at)
        angle = 1.4 * math.sin(2.3 * at) + 0.4 * math.sin(9.1 * at)
        scale = 1 + 0.03 * math.sin(1.1 * at)
        middle = (x + SIZE[0] / 2, self.scene.shape[0] / 2 + y)
        matrix = cv2.getRotationMatrix2D(middle, angle, scale)
        matrix[0, 2] += SIZE[0] / 2 - middle[0]
        matrix[1, 2] += SIZE[1] / 2 - middle[1]
        return matrix

    def frames(self) -> Iterator[np.ndarray]:
        """Yield each frame, as grey pixels."""
        for number in range(self.pan_frames):
            at = number / RATE
            yield self._finish(self._expose(at), at, number)
        wall = np.full((SIZE[1], SIZE[0]), 120, np.uint8)
        for index, stop in enumerate(self.stops):
            start = self.pan_frames + index * 2 * RATE
            for number in range(start, start + 2 * RATE):
                shown = wall.copy()
                if number >= self.first_frame_of_stop(index):
                    drawn = draw_label(stop)
                    top, left = (SIZE[1] - drawn.shape[0]) // 2, (SIZE[0] - drawn.shape[1]) // 2
                    shown[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
                yield self._finish(cv2.GaussianBlur(shown, (0, 0), 0.7), number / RATE, number)
        for number in range(self.length - TAIL_S * RATE, self.length):
            yield self._finish(wall, number / RATE, number)

    def _expose(self, at: float) -> np.ndarray:
        matrix = self.pose(at)
        frame = cv2.warpAffine(self.scene, matrix, SIZE, flags=cv2.INTER_AREA, borderValue=90)
        later = self.pose(at + EXPOSURE_S)
        move = later[:, 2] - matrix[:, 2] + (later - matrix)[:, :2] @ self._middle(matrix)
        frame = _smear(frame, float(move[0]), float(move[1]))
        focus = 0.5 + 0.9 * max(0.0, math.sin(0.9 * at + self.seed)) ** 3
        return cv2.GaussianBlur(frame, (0, 0), focus)

    def _middle(self, matrix: np.ndarray) -> np.ndarray:
        inverse = cv2.invertAffineTransform(matrix)
        return inverse @ np.array([SIZE[0] / 2, SIZE[1] / 2, 1])

    def _finish(self, frame: np.ndarray, at: float, number: int) -> np.ndarray:
        x, y = (
            SIZE[0] * (0.5 + 0.4 * math.sin(0.6 * at)),
            SIZE[1] * (0.4 + 0.2 * math.cos(0.8 * at)),
        )
        light = cv2.GaussianBlur(_spot(x, y), (0, 0), 4)
        light = cv2.resize(light, SIZE, interpolation=cv2.INTER_LINEAR)
        grain = self.grain[int(self.noise.integers(len(self.grain)))]
        out = np.clip(frame.astype(np.float32) * 0.82 + light + grain, 0, 255).astype(np.uint8)
        for bit in range(BITS):
            left = bit * BLOCK
            out[:BLOCK, left : left + BLOCK] = 255 if number >> bit & 1 else 0
        return out

    def positions(self, number: int) -> dict[str, tuple[float, float]]:
        """Return where the middle of each label is in a frame of the pan."""
        matrix = self.pose(number / RATE)
        return {label.text: tuple(matrix @ np.array([*label.middle, 1.0])) for label in self.placed}


def _spot(x: float, y: float) -> np.ndarray:
    """Return the mirror of a lamp, at an eighth of the size."""
    spot = np.zeros((SIZE[1] // 8, SIZE[0] // 8), np.float32)
    cv2.circle(spot, (int(x / 8), int(y / 8)), 7, 130, -1)
    return spot


def _smear(frame: np.ndarray, dx: float, dy: float) -> np.ndarray:
    length = math.hypot(dx, dy)
    if length < 0.7:
        return frame
    side = 2 * math.ceil(length / 2) + 3
    kernel = np.zeros((side, side), np.float32)
    for step in np.linspace(-0.5, 0.5, 4 * side):
        x, y = side // 2 + step * dx, side // 2 + step * dy
        kernel[round(y), round(x)] += 1
    return cv2.filter2D(frame, -1, kernel / kernel.sum())


def draw_label(label: Label) -> np.ndarray:
    """Return a label of its size in the frame: the code on white, its text below."""
    options = {"forceSquare": True} if label.symbology == "data_matrix" else {}
    code = zxingcpp.create_barcode(label.text, FORMATS[label.symbology], **options)
    symbol = np.asarray(code.to_image(scale=8, add_quiet_zones=True))
    width = round(label.side_mm * PX_PER_MM)
    is_square = label.symbology in {"qr_code", "data_matrix"}
    height = width if is_square else round(14 * PX_PER_MM)
    symbol = cv2.resize(symbol, (width, height), interpolation=cv2.INTER_AREA)
    label_picture = cv2.copyMakeBorder(symbol, 8, 24, 10, 10, cv2.BORDER_CONSTANT, value=245)
    where = (12, label_picture.shape[0] - 7)
    cv2.putText(label_picture, label.text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 30, 1, cv2.LINE_AA)
    return label_picture


def draw_rack(labels: list[Label], seed: int) -> tuple[np.ndarray, list[Label]]:
    """Return the rack as grey pixels, and the labels with the places of their middles."""
    random = np.random.default_rng(seed)
    columns = -(-len(labels) // 2)
    pitch = PITCH_MM * PX_PER_MM
    width = int(columns * pitch + SIZE[0])
    scene = np.full((SIZE[1] + 60, width), 0, np.float32)
    scene += 105 + 8 * cv2.resize(
        random.standard_normal((20, width // 40)).astype(np.float32), (width, SIZE[1] + 60)
    )
    scene[scene.shape[0] // 2 - 18 : scene.shape[0] // 2 + 18] = 160  # the shelf between the rows
    grey = np.clip(scene, 0, 255).astype(np.uint8)
    placed = []
    for number, label in enumerate(labels):
        drawn = draw_label(label)
        column, row = divmod(number, 2)
        x = SIZE[0] / 2 + (column + 0.5) * pitch + random.uniform(-12, 12)
        y = grey.shape[0] * (0.26 + 0.48 * row) + random.uniform(-10, 10)
        top, left = int(y - drawn.shape[0] / 2), int(x - drawn.shape[1] / 2)
        grey[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
        # The code lies a little above the middle of its label.
        placed.append(
            Label(label.text, label.symbology, label.side_mm, (left + drawn.shape[1] / 2, y - 8))
        )
    return grey, placed


def make_labels(tags: list[str], seed: int = 1) -> list[Label]:
    """Return labels of mixed symbologies and sizes; an EAN has digits of its own."""
    random = np.random.default_rng(seed)
    labels = []
    for number, tag in enumerate(tags):
        symbology = SYMBOLOGIES[number % len(SYMBOLOGIES)]
        low, high = SIDES[symbology]
        text = make_ean(number) if symbology == "ean_13" else tag
        labels.append(Label(text, symbology, float(random.uniform(low, high))))
    return labels


def make_ean(number: int) -> str:
    digits = f"40{63750 + number * 7919:010d}"
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def write_film(film: Film, path: Path) -> Path:
    """Write the frames as an MJPEG, which Chromium plays at 30 frames a second, again and again."""
    width, height = SIZE
    command = [
        "ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "gray",
        "-s", f"{width}x{height}", "-r", str(RATE), "-i", "-",
        "-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p", "-f", "mjpeg", str(path),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for frame in film.frames():
            ffmpeg.stdin.write(frame.tobytes())
    assert ffmpeg.returncode == 0
    return path

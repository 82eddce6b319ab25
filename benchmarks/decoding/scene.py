"""Photographs of the undersides of devices, rendered: 12 megapixels, labels of mixed symbologies.

Each scene has one plate with several codes, single stickers, some codes engraved in the plastic,
and everything that is not a code: print, logos, vents, screws, feet, scratches, shadow and glare.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from benchmarks.decoding.labels import Grey
from scanner_app.decoding.picture.engines import name_retail

SIZE = (4032, 3024)
# Pixels of the picture for a millimetre of the device, about 310 mm wide.
PIXELS_PER_MM = 12.8
# Labels are drawn this much larger than they will be, then warped into the picture.
OVER = 2.0
Random = np.random.Generator
Matrix = np.ndarray
LETTERS, DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ", "0123456789"
# Symbology, how often, and the width of a module in millimetres, from and to.
KINDS = (
    ("Code128", 26, 0.15, 0.34),
    ("DataMatrix", 20, 0.25, 0.7),
    ("QRCode", 18, 0.28, 0.8),
    ("Code39", 12, 0.15, 0.3),
    ("EAN13", 6, 0.2, 0.33),
    ("UPCA", 4, 0.2, 0.33),
    ("ITF", 3, 0.2, 0.4),
    ("Code93", 3, 0.18, 0.32),
    ("PDF417", 3, 0.2, 0.35),
    ("Codabar", 2, 0.2, 0.35),
    ("Aztec", 2, 0.3, 0.7),
    ("UPCE", 1, 0.25, 0.4),
)
MATRIX = frozenset({"DataMatrix", "QRCode", "Aztec", "PDF417"})
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
    labels = _compose_labels(random, count)
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
                (60, y), "  ".join(random.choice(PRINT, 4)), 25, _font(int(random.integers(22, 44)))
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


def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansCondensed-Bold.ttf" if bold else "DejaVuSansCondensed.ttf"
    return ImageFont.truetype(f"static/vendor/dejavu-2.37/{name}", size)


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
            pen.text((x, y + line * int(size * 1.3)), str(random.choice(PRINT)), light, _font(size))
    for word in random.choice(["CE", "FC", "UKCA", "RoHS", "ORLAND", "10R", "T7"], 4):
        at = (int(random.integers(100, width - 500)), int(random.integers(300, height - 300)))
        pen.text(at, str(word), light, _font(int(random.integers(60, 170)), bold=True))
    canvas[:] = np.asarray(page)


# -- labels -------------------------------------------------------------------------------------


@dataclass
class _Label:
    """A sticker: its picture at OVER times its final size, and the codes on it."""

    grey: Grey
    codes: list[tuple[str, str, tuple[float, float, float, float]]]

    @property
    def size_mm(self) -> tuple[float, float]:
        return self.grey.shape[1] / OVER / PIXELS_PER_MM, self.grey.shape[0] / OVER / PIXELS_PER_MM


def _compose_labels(random: Random, count: int) -> list[_Label]:
    labels = []
    left = count
    if count >= 4:
        on_plate = int(random.integers(2, min(4, count - 1) + 1))
        labels.append(_plate(random, on_plate))
        left -= on_plate
    labels += [_sticker(random) for _ in range(left)]
    return labels


def _choose(random: Random, kinds: tuple[str, ...] | None = None) -> tuple[str, float]:
    rows = [row for row in KINDS if kinds is None or row[0] in kinds]
    weights = np.array([row[1] for row in rows], float)
    kind, _, low, high = rows[int(random.choice(len(rows), p=weights / weights.sum()))]
    return kind, float(random.uniform(low, high))


def _text_for(random: Random, kind: str) -> str:
    def some(letters: str, number: int) -> str:
        return "".join(random.choice(list(letters), number))

    if kind in {"EAN13", "UPCA", "UPCE"}:
        length = {"EAN13": 12, "UPCA": 11, "UPCE": 7}[kind]
        digits = ("0" if kind == "UPCE" else "4" if kind == "EAN13" else "1") + some(
            DIGITS, length - 1
        )
        whole = zxingcpp.create_barcode(digits, getattr(zxingcpp.BarcodeFormat, kind)).text
        return name_retail({"EAN13": "ean_13", "UPCA": "upc_a", "UPCE": "upc_e"}[kind], whole)[1]
    if kind == "ITF":
        return some(DIGITS, int(random.choice([8, 10, 14])))
    if kind == "Codabar":
        return f"A{some(DIGITS, 8)}B"
    if kind == "QRCode" and random.random() < 0.5:
        return f"https://support.example.com/p/{some(LETTERS + DIGITS, 10)}"
    if kind == "PDF417":
        return f"SN:{some(LETTERS + DIGITS, 12)};PN:{some(DIGITS, 8)}"
    forms = ("LT-" + some(DIGITS, 5), some(LETTERS + DIGITS, 10), "8CG" + some(LETTERS + DIGITS, 7))
    if kind in {"Code128", "DataMatrix"}:
        forms += (some("0123456789ABCDEF", 12), "1S20XX" + some(LETTERS + DIGITS, 10))
    return str(random.choice(forms))


def _draw_code(random: Random, kind: str, module_mm: float) -> tuple[str, Grey]:
    """Return a code's text and its picture with quiet zones, at OVER times its final size."""
    text = _text_for(random, kind)
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    symbol = np.asarray(code.to_image(scale=8, add_quiet_zones=True, add_hrt=False))
    if kind not in MATRIX:
        ink = np.flatnonzero((symbol < 128).any(axis=1))
        symbol = symbol[ink[0] : ink[0] + 8]
    module = module_mm * PIXELS_PER_MM * OVER
    width = max(8, round(symbol.shape[1] / 8 * module))
    height = round(symbol.shape[0] / 8 * module)
    if kind not in MATRIX:
        height = round(random.uniform(4.0, 9.0) * PIXELS_PER_MM * OVER)
    return text, cv2.resize(symbol, (width, height), interpolation=cv2.INTER_AREA)


def _sticker(random: Random) -> _Label:
    """Return a sticker with one code and its text, or a code engraved light in dark plastic."""
    kind, module = _choose(random)
    text, symbol = _draw_code(random, kind, module)
    paper = int(random.integers(205, 250))
    edge = round(1.2 * PIXELS_PER_MM * OVER)
    foot = round(random.uniform(2.4, 4.5) * PIXELS_PER_MM * OVER)
    label = Image.new("L", (symbol.shape[1] + 2 * edge, symbol.shape[0] + edge + foot), paper)
    label.paste(Image.fromarray(np.minimum(symbol, paper)), (edge, edge))
    pen = ImageDraw.Draw(label)
    pen.text((edge, edge + symbol.shape[0]), text[:28], 20, _font(max(10, int(foot * 0.6))))
    box = (float(edge), float(edge), float(edge + symbol.shape[1]), float(edge + symbol.shape[0]))
    grey = np.array(label)
    if kind == "DataMatrix" and random.random() < 0.15:
        grey = 40 + (255 - grey) // 2
    return _Label(grey, [(text, kind, box)])


def _plate(random: Random, count: int) -> _Label:
    """Return a maker's plate: several codes close together, with lines of print between them."""
    paper = int(random.integers(215, 250))
    rows: list[tuple[str, str, Grey]] = []
    for index in range(count):
        kind, module = _choose(random, None if index else ("Code128", "Code39"))
        text, symbol = _draw_code(random, kind, module)
        rows.append((text, kind, np.minimum(symbol, paper)))
    gap = round(1.6 * PIXELS_PER_MM * OVER)
    line = round(2.6 * PIXELS_PER_MM * OVER)
    width = max(s.shape[1] for _, _, s in rows) + 2 * gap
    height = sum(s.shape[0] + line + gap for _, _, s in rows) + 3 * line
    plate = Image.new("L", (width, height), paper)
    pen = ImageDraw.Draw(plate)
    pen.text((gap, gap // 2), "ORLAND  Type 20XX", 15, _font(line, bold=True))
    codes = []
    y = 2 * line
    for text, kind, symbol in rows:
        x = gap if random.random() < 0.6 else width - gap - symbol.shape[1]
        plate.paste(Image.fromarray(symbol), (x, y))
        codes.append(
            (
                text,
                kind,
                (float(x), float(y), float(x + symbol.shape[1]), float(y + symbol.shape[0])),
            )
        )
        y += symbol.shape[0]
        pen.text(
            (gap, y),
            f"{random.choice(['S/N', 'P/N', 'MAC', 'IMEI'])} {text[:30]}",
            15,
            _font(int(line * 0.7)),
        )
        y += line + gap
    pen.rectangle((0, 0, width - 1, height - 1), outline=paper - 60, width=3)
    return _Label(np.array(plate), codes)


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


def _paste(scene: Scene, label: _Label, where: tuple[float, float], random: Random) -> None:
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

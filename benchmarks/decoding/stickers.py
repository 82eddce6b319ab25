"""The labels of undersides: stickers with one code, and a maker's plate with several."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from benchmarks.decoding.labels import Grey
from scanner_app.decoding.picture.engines import name_retail

# Pixels of the picture for a millimetre of the device, about 310 mm wide.
PIXELS_PER_MM = 12.8
# Labels are drawn this much larger than they will be, then warped into the picture.
OVER = 2.0
Random = np.random.Generator
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


@dataclass
class Label:
    """A sticker: its picture at OVER times its final size, and the codes on it."""

    grey: Grey
    codes: list[tuple[str, str, tuple[float, float, float, float]]]

    @property
    def size_mm(self) -> tuple[float, float]:
        return self.grey.shape[1] / OVER / PIXELS_PER_MM, self.grey.shape[0] / OVER / PIXELS_PER_MM


def compose_labels(random: Random, count: int) -> list[Label]:
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


def _sticker(random: Random) -> Label:
    """Return a sticker with one code and its text, or a code engraved light in dark plastic."""
    kind, module = _choose(random)
    text, symbol = _draw_code(random, kind, module)
    paper = int(random.integers(205, 250))
    edge = round(1.2 * PIXELS_PER_MM * OVER)
    foot = round(random.uniform(2.4, 4.5) * PIXELS_PER_MM * OVER)
    label = Image.new("L", (symbol.shape[1] + 2 * edge, symbol.shape[0] + edge + foot), paper)
    label.paste(Image.fromarray(np.minimum(symbol, paper)), (edge, edge))
    pen = ImageDraw.Draw(label)
    pen.text((edge, edge + symbol.shape[0]), text[:28], 20, find_font(max(10, int(foot * 0.6))))
    box = (float(edge), float(edge), float(edge + symbol.shape[1]), float(edge + symbol.shape[0]))
    grey = np.array(label)
    if kind == "DataMatrix" and random.random() < 0.15:
        grey = 40 + (255 - grey) // 2
    return Label(grey, [(text, kind, box)])


def _plate(random: Random, count: int) -> Label:
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
    pen.text((gap, gap // 2), "ORLAND  Type 20XX", 15, find_font(line, bold=True))
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
            find_font(int(line * 0.7)),
        )
        y += line + gap
    pen.rectangle((0, 0, width - 1, height - 1), outline=paper - 60, width=3)
    return Label(np.array(plate), codes)


def find_font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansCondensed-Bold.ttf" if bold else "DejaVuSansCondensed.ttf"
    return ImageFont.truetype(f"static/vendor/dejavu-2.37/{name}", size)

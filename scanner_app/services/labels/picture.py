"""Labels as pictures: black or white dots, exactly those that a label printer gets."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from scanner_app.services.files.pdf import find_font_file
from scanner_app.services.labels.marks import LaidLabel, TextMark

Bits = npt.NDArray[np.bool_]
# Text is drawn this much larger and then made black or white: letters keep their true distances.
FINER = 4
# Chinese, Japanese and Korean have no font of ours, for it would be larger than this program. These
# are where systems keep one.
ASIAN_FILES = (
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
)


def draw_bits(label: LaidLabel, *, fonts: Path) -> Bits:
    """Return a label's dots, True for black."""
    bits = np.zeros((label.height, label.width), dtype=bool)
    for fill in label.fills:
        bits[fill.y : fill.y + fill.height, fill.x : fill.x + fill.width] = True
    for symbol in (*label.symbols, *label.pictures):
        block = np.ones((symbol.module_height, symbol.module_width), dtype=bool)
        drawn = np.kron(np.array(symbol.rows, dtype=bool), block)
        bits[symbol.y : symbol.y + symbol.height, symbol.x : symbol.x + symbol.width] |= drawn
    for text in label.texts:
        _draw_text(bits, text, fonts)
    return bits


def _draw_text(bits: Bits, mark: TextMark, fonts: Path) -> None:
    """Draw a line into the dots. Nothing is drawn outside of the label."""
    size = max(round(mark.size * FINER), 1)
    above, below = round(mark.size * 1.1), round(mark.size * 0.4)
    left = int(mark.x)
    wide = int(mark.width) + round(mark.size) + 2
    canvas = Image.new("L", (wide * FINER, (above + below) * FINER), 0)
    pen = ImageDraw.Draw(canvas)
    for run in mark.runs:
        at = ((run.x - left) * FINER, above * FINER)
        font = _load(run.font, size, fonts)
        if font is None:
            _draw_boxes(pen, at, len(run.text), size)
        else:
            pen.text(at, run.text, fill=255, font=font, anchor="ls")
    small = canvas.resize((wide, above + below), Image.Resampling.BOX)
    drawn = np.asarray(small) >= 128  # noqa: PLR2004 - half black
    top = mark.y - above
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + drawn.shape[0], bits.shape[0]), min(left + wide, bits.shape[1])
    if y1 > y0 and x1 > x0:
        bits[y0:y1, x0:x1] |= drawn[y0 - top : y1 - top, x0 - left : x1 - left]


def _draw_boxes(pen: ImageDraw.ImageDraw, at: tuple[float, float], count: int, size: int) -> None:
    """Draw a box for each character that this machine has no font for."""
    for index in range(count):
        x = at[0] + index * size
        corners = (x + size * 0.1, at[1] - size * 0.78, x + size * 0.9, at[1])
        pen.rectangle(corners, outline=255, width=max(size // 14, 1))


@lru_cache(maxsize=256)
def _load(name: str, size: int, fonts: Path) -> ImageFont.FreeTypeFont | None:
    file = find_font_file(name, fonts)
    if file is None:
        file = next((path for path in ASIAN_FILES if path.exists()), None)
    if file is None:
        return None
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)


def lacks_font(label: LaidLabel, *, fonts: Path) -> bool:
    """Return whether a text has characters that pictures show as boxes on this machine."""
    return any(_load(run.font, FINER, fonts) is None for mark in label.texts for run in mark.runs)


def to_image(bits: Bits) -> Image.Image:
    return Image.fromarray(np.where(bits, 0, 255).astype(np.uint8), "L").convert("1")


def write_png(bits: Bits, *, dpi: float) -> bytes:
    """Return dots as a PNG of one bit a pixel that knows its size."""
    out = io.BytesIO()
    to_image(bits).save(out, "PNG", dpi=(dpi, dpi), optimize=True)
    return out.getvalue()

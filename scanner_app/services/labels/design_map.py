"""Where the elements of a design lie: their boxes, numbered, over the label as it is printed."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from scanner_app.domain.labels.parts import Box
from scanner_app.domain.labels.stock import LabelStock

WIDE = 720
PAPER, EDGE, INK, NUMBER = (255, 255, 255), (150, 150, 150), (20, 90, 200), (255, 255, 255)
FADED = 0.35


def draw_map(boxes: Sequence[tuple[int, Box]], stock: LabelStock, under: bytes | None) -> bytes:
    """Return a picture of the boxes of elements, each with its number.

    :param under: the label as it is printed, shown faded; None if it cannot be printed.
    """
    scale = min(WIDE / stock.width, WIDE / stock.height)
    size = round(stock.width * scale) + 2, round(stock.height * scale) + 2
    page = Image.new("RGB", size, PAPER)
    if under:
        with Image.open(io.BytesIO(under)) as label:
            printed = label.convert("RGB").resize((size[0] - 2, size[1] - 2), Image.Resampling.BOX)
        page.paste(Image.blend(page.crop((1, 1, size[0] - 1, size[1] - 1)), printed, FADED), (1, 1))
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=EDGE)
    font = ImageFont.load_default(size=16)
    for number, box in boxes:
        left, top = round(box.x * scale) + 1, round(box.y * scale) + 1
        right, bottom = round((box.x + box.width) * scale), round((box.y + box.height) * scale)
        pen.rectangle((left, top, max(right, left), max(bottom, top)), outline=INK, width=2)
        text = str(number)
        # At the right: most texts begin at the left.
        start = right - round(font.getlength(text)) - 8
        pen.rectangle((start, top, right, top + 20), fill=INK)
        pen.text((start + 4, top), text, fill=NUMBER, font=font)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True)
    return out.getvalue()

"""Labels on pages: a PDF in true size, and the picture of a page."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image, ImageDraw
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from scanner_app.domain.labels.stock import (
    DOTS_PER_INCH,
    MM_PER_INCH,
    LabelStock,
    whole_dots,
)
from scanner_app.services.labels.marks import LaidLabel, TextMark
from scanner_app.services.labels.outline import trace
from scanner_app.services.labels.picture import draw_bits, to_image

POINTS_PER_MM = 72 / MM_PER_INCH
SHOWN_DPI = 110
PAPER, EDGE, USED = 255, 205, 236
HAIR = 0.0002


@dataclass(frozen=True, slots=True)
class Imposition:
    """Where labels go on their pages.

    :param start: how many labels of the first sheet are used up.
    :param shift: how far right and down a printer must print, in millimetres.
    """

    stock: LabelStock
    start: int = 0
    shift: tuple[float, float] = (0.0, 0.0)

    def place(self, count: int) -> Iterator[tuple[int, int]]:
        """Return the page and the position on it of each label."""
        for index in range(count):
            yield divmod(self.start + index, self.stock.a_page)

    def corner(self, position: int, dpi: int) -> tuple[int, int]:
        """Return a label's corner in whole dots, so that its modules are whole dots as well."""
        x, y = self.stock.corner(position)
        return whole_dots(x + self.shift[0], dpi), whole_dots(y + self.shift[1], dpi)


def write_pdf(
    target: IO[bytes], labels: Sequence[LaidLabel], where: Imposition, *, title: str
) -> int:
    """Write labels on pages of their true size, and return how many pages there are."""
    canvas = _open_canvas(target, where.stock, title)
    current = 0
    for label, (page, position) in zip(labels, where.place(len(labels)), strict=True):
        if page != current:
            canvas.showPage()
            current = page
        x, y = where.corner(position, label.dpi)
        _draw_label(canvas, label, x, y, where.stock)
    canvas.showPage()
    canvas.save()
    return current + 1


def _open_canvas(target: IO[bytes], stock: LabelStock, title: str) -> Canvas:
    width, height = stock.page_size
    # A hair smaller: a renderer that rounds up would add a row of dots and stretch all others.
    size = (width * POINTS_PER_MM - HAIR, height * POINTS_PER_MM - HAIR)
    canvas = Canvas(target, pagesize=size, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setCreator("scanner-app")
    # A reader that fits the page to the printer's margins would shrink every label.
    canvas.setViewerPreference("PrintScaling", "None")
    return canvas


def _draw_label(canvas: Canvas, label: LaidLabel, x: int, y: int, stock: LabelStock) -> None:
    """Draw a label in units of dots from its upper left corner."""
    dot = 72 / DOTS_PER_INCH[label.dpi]
    height = stock.page_size[1] * POINTS_PER_MM
    canvas.saveState()
    canvas.translate(x * dot, height - y * dot)
    canvas.scale(dot, dot)
    _draw_dark(canvas, label)
    for text in label.texts:
        _draw_text(canvas, text)
    canvas.restoreState()


def _draw_dark(canvas: Canvas, label: LaidLabel) -> None:
    """Fill the outlines of all that is dark as one path.

    Neighbours have no seam between them, and a thin line is not widened, as renderers do with a
    rectangle that is alone.
    """
    path: PDFPathObject = canvas.beginPath()
    for symbol in (*label.symbols, *label.pictures):
        for corners in trace(symbol.rows):
            _add_outline(
                path,
                [
                    (symbol.x + x * symbol.module_width, symbol.y + y * symbol.module_height)
                    for x, y in corners
                ],
            )
    for fill in label.fills:
        x, y, right, bottom = fill.x, fill.y, fill.x + fill.width, fill.y + fill.height
        _add_outline(path, [(x, y), (right, y), (right, bottom), (x, bottom)])
    canvas.drawPath(path, stroke=0, fill=1, fillMode=0)


def _add_outline(path: PDFPathObject, corners: Sequence[tuple[int, int]]) -> None:
    """Add a closed line, given in dots from the upper left corner."""
    (x, y), *rest = corners
    path.moveTo(x, -y)
    for x, y in rest:
        path.lineTo(x, -y)
    path.close()


def _draw_text(canvas: Canvas, mark: TextMark) -> None:
    for run in mark.runs:
        text = canvas.beginText(run.x, -mark.y)
        text.setFont(run.font, mark.size)
        text.textOut(run.text)
        canvas.drawText(text)


def write_test_page(target: IO[bytes], where: Imposition) -> None:
    """Write the outlines of all labels of a page and a ruler, to see how a printer is off."""
    stock = where.stock
    canvas = _open_canvas(target, stock, f"Test page {stock.maker} {stock.name}")
    width, height = (side * POINTS_PER_MM for side in stock.page_size)
    canvas.setLineWidth(0.25)
    for position in range(stock.a_page):
        x, y = stock.corner(position)
        left, top = x + where.shift[0], y + where.shift[1]
        canvas.rect(
            left * POINTS_PER_MM,
            height - (top + stock.height) * POINTS_PER_MM,
            stock.width * POINTS_PER_MM,
            stock.height * POINTS_PER_MM,
        )
    long = min(100, int(stock.page_size[0] - 10))
    start = (width - long * POINTS_PER_MM) / 2
    middle = height / 2
    canvas.setLineWidth(0.5)
    for mm in range(long + 1):
        at = start + mm * POINTS_PER_MM
        rise = 4 if mm % 10 == 0 else 2.5 if mm % 5 == 0 else 1.5
        canvas.line(at, middle, at, middle + rise * POINTS_PER_MM)
    canvas.setFont(pdfmetrics.standardFonts[4], 7)
    canvas.drawString(start, middle - 9, f"This line is {long} mm long if nothing is scaled.")
    canvas.showPage()
    canvas.save()


def draw_page(labels: Sequence[LaidLabel], where: Imposition, *, fonts: Path) -> bytes:
    """Return the first page as a PNG, for the screen: labels, their edges, and what is used up."""
    stock = where.stock
    scale = 1 if stock.page is None else SHOWN_DPI / MM_PER_INCH
    width, height = (round(side * scale) for side in stock.page_size)
    page = Image.new("L", (width, height), PAPER)
    pen = ImageDraw.Draw(page)
    taken = {position for at, position in where.place(len(labels)) if at == 0}
    for position in range(stock.a_page):
        x, y = stock.corner(position)
        box = (x, y, x + stock.width, y + stock.height)
        left, top, right, bottom = (round(side * scale) for side in box)
        is_used = position < where.start
        pen.rectangle((left, top, right, bottom), outline=EDGE, fill=USED if is_used else PAPER)
        if is_used:
            pen.line((left, bottom, right, top), fill=EDGE)
        if position in taken:
            label = labels[position - where.start]
            small = to_image(draw_bits(label, fonts=fonts)).convert("L")
            size = (right - left - 1, bottom - top - 1)
            page.paste(small.resize(size, Image.Resampling.BOX), (left + 1, top + 1))
            pen.rectangle((left, top, right, bottom), outline=EDGE)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True)
    return out.getvalue()

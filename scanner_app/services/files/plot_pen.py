"""The pen that draws plots on paper, with the colours of the pages in daylight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from scanner_app.domain.plots.looks import LOOKS, SQUARE, Lines
from scanner_app.domain.plots.shapes import (
    Drawing,
    Line,
    Link,
    Mark,
    Path,
    Rect,
    Text,
    Tone,
    part_before,
)

# Draws a text at a place with a size, in bold or not; returns nothing.
WriteText = Callable[[float, float, str, float, bool], None]
Measure = Callable[[str, float, bool], float]
# Paper is read closer than a screen: a point of a drawing is this much of a point on it.
SCALE = 0.68


class PlotPen:
    """Draws a drawing with its upper left corner at a place of the page.

    :param write, measure: how the paper writes a text, so that every script is drawn.
    """

    def __init__(
        self, canvas: Canvas, x: float, top: float, *, write: WriteText, measure: Measure
    ) -> None:
        self._canvas = canvas
        self._x = x
        self._top = top
        self._write = write
        self._measure = measure

    def draw(self, drawing: Drawing) -> None:
        for mark in drawing.marks:
            self._draw(mark)
        self._canvas.setFillGray(0)

    def _draw(self, mark: Mark) -> None:
        if isinstance(mark, Link):
            for part in mark.marks:
                self._draw(part)
        elif isinstance(mark, Text):
            self._draw_text(mark)
        elif mark.tone is not Tone.NONE:
            if isinstance(mark, Rect):
                self._draw_rect(mark)
            elif isinstance(mark, Line):
                with self._stroke(mark):
                    self._canvas.line(*self._at(mark.x1, mark.y1), *self._at(mark.x2, mark.y2))
            else:
                self._draw_path(mark)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (self._x + x * SCALE, self._top - y * SCALE)

    def _draw_rect(self, rect: Rect) -> None:
        x, y = self._at(rect.x, rect.y + rect.height)
        self._canvas.setFillColor(LOOKS[rect.tone].colour)
        wide, high = rect.width * SCALE, rect.height * SCALE
        radius = min(rect.radius * SCALE, wide / 2, high / 2)
        self._canvas.roundRect(x, y, wide, high, radius, stroke=0, fill=1)
        if rect.is_patterned:
            self._draw_pattern(LOOKS[rect.tone].pattern, x, y, wide, high)

    def _draw_pattern(self, lines: Lines, x: float, y: float, w: float, h: float) -> None:
        if not lines:
            return
        self._canvas.saveState()
        frame = self._canvas.beginPath()
        frame.rect(x, y, w, h)
        self._canvas.clipPath(frame, stroke=0, fill=0)
        self._canvas.setStrokeColor(LOOKS[Tone.SURFACE].colour)
        self._canvas.setLineWidth(0.7)
        side = SQUARE * SCALE
        for across in range(int(w / side) + 1):
            for down in range(int(h / side) + 1):
                left, low = x + across * side, y + down * side
                for x1, y1, x2, y2 in lines:
                    ends = (
                        left + x1 * SCALE,
                        low + y1 * SCALE,
                        left + x2 * SCALE,
                        low + y2 * SCALE,
                    )
                    self._canvas.line(*ends)
        self._canvas.restoreState()

    def _draw_path(self, path: Path) -> None:
        if not path.points:
            return
        line: PDFPathObject = self._canvas.beginPath()
        line.moveTo(*self._at(*path.points[0]))
        for point in path.points[1:]:
            line.lineTo(*self._at(*point))
        if path.is_filled:
            line.close()
            self._canvas.setFillColor(LOOKS[path.tone].colour)
            self._canvas.drawPath(line, stroke=0, fill=1)
            return
        with self._stroke(path):
            self._canvas.drawPath(line, stroke=1, fill=0)

    @contextmanager
    def _stroke(self, mark: Line | Path) -> Iterator[None]:
        self._canvas.saveState()
        self._canvas.setStrokeColor(LOOKS[mark.tone].colour)
        self._canvas.setLineWidth(mark.width * SCALE)
        if mark.is_dashed:
            self._canvas.setDash(4, 3)
        yield
        self._canvas.restoreState()

    def _draw_text(self, text: Text) -> None:
        size = text.size * SCALE
        x, y = self._at(text.x, text.y)
        wide = self._measure(text.text, size, text.is_strong)
        x -= wide * part_before(text.anchor)
        self._canvas.setFillColor(LOOKS[text.tone].colour)
        self._write(x, y, text.text, size, text.is_strong)

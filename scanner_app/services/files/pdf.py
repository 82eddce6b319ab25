"""Text and tables on pages of a PDF, laid out line by line, whatever the text holds.

Everything is drawn as plain text: no markup is read from it. A character that the built-in font
lacks is drawn with the PDF reader's own fonts (Chinese, Japanese, Korean) or written as its number.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from scanner_app.domain.plots.shapes import Plot
from scanner_app.domain.signatures.strokes import Signature
from scanner_app.domain.text import ENGLISH, visible
from scanner_app.services.files.letters import form_letters, turn_round
from scanner_app.services.files.plot_pen import SCALE, PlotPen
from scanner_app.services.files.signatures import draw_signature

REGULAR, BOLD = "paper", "paper-bold"
# Fonts that a PDF names and its reader brings: they add no bytes to the file.
ASIAN = (
    ("HYSMyeongJo-Medium", re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")),
    ("HeiseiMin-W3", re.compile("[\u3040-\u30ff\u31f0-\u31ff]")),
    (
        "STSong-Light",
        re.compile("[\u2e80-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"),
    ),
)
MARGIN = 15 * mm
WIDTH, HEIGHT = A4
INNER = WIDTH - 2 * MARGIN
FOOT = 9 * mm
SIZE = 8.0
GAP = 6.0
GREY = 0.45
SIGNATURE_WIDTH, SIGNATURE_HEIGHT = 60 * mm, 20 * mm
# Fonts of scripts that the first one lacks. They come without a bold form.
MORE = "noto-sans-5.3.0"


def load_fonts(folder: Path) -> None:
    """Register the fonts, once a process.

    :param folder: holds DejaVuSansCondensed.ttf and its bold form; those of other scripts are in
        a folder beside it.
    """
    if REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "DejaVuSansCondensed-Bold.ttf")))
    for name, _ in ASIAN:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    for file in sorted((folder.parent / MORE).glob("*.ttf")):
        pdfmetrics.registerFont(TTFont(file.stem, str(file)))
    pdfmetrics.registerFont(TTFont(REGULAR, str(folder / "DejaVuSansCondensed.ttf")))


@lru_cache(maxsize=4096)
def _font_of(sign: str, font: str) -> str | None:
    """Return the font that has the character's shape, or None."""
    if ord(sign) in pdfmetrics.getFont(font).face.charToGlyph:
        return font
    for name in _more_fonts():
        if ord(sign) in pdfmetrics.getFont(name).face.charToGlyph:
            return name
    return next((name for name, signs in ASIAN if signs.match(sign)), None)


@lru_cache(maxsize=1)
def _more_fonts() -> tuple[str, ...]:
    names = pdfmetrics.getRegisteredFontNames()
    return tuple(sorted(name for name in names if name.startswith("NotoSans")))


@lru_cache(maxsize=65536)
def _advance(sign: str, font: str) -> float:
    """Return the width of a character at a size of one point."""
    return float(pdfmetrics.stringWidth(sign, _font_of(sign, font) or font, 1))


def find_font_file(name: str, folder: Path) -> Path | None:
    """Return the file of a registered font, None if it is one that the PDF's reader brings."""
    if name == BOLD:
        return folder / "DejaVuSansCondensed-Bold.ttf"
    if name == REGULAR:
        return folder / "DejaVuSansCondensed.ttf"
    file = folder.parent / MORE / f"{name}.ttf"
    return file if file.exists() else None


def spell(text: str, font: str) -> str:
    """Return the text, with each character that cannot be drawn written as its number."""
    if text.isascii() and text.isprintable():
        return text
    normal = unicodedata.normalize("NFC", text)
    shown = visible("".join(_draw_or_keep(word, font) for word in re.split(r"(\s+)", normal)))
    return "".join(s if _font_of(s, font) else f"<U+{ord(s):04X}>" for s in shown)


def _draw_or_keep(word: str, font: str) -> str:
    """Return a word in the forms to be drawn, unless the fonts lack one of them."""
    formed = form_letters(word)
    return formed if all(_font_of(sign, font) for sign in formed) else word


def split_by_font(text: str, font: str) -> Iterator[tuple[str, str]]:
    """Return the text in runs, each with the font that has its characters."""
    if text.isascii():
        yield text, font
        return
    run, current = "", font
    for sign in text:
        wanted = _font_of(sign, font) or font
        if wanted != current and run:
            yield run, current
            run = ""
        run, current = run + sign, wanted
    if run:
        yield run, current


def measure(text: str, font: str, size: float) -> float:
    """Return the width of a text in points."""
    return size * sum(_advance(sign, font) for sign in text)


def wrap(text: str, width: float, *, font: str = REGULAR, size: float = SIZE) -> list[str]:
    """Return a text as lines that fit; a word wider than a line is broken anywhere."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, taken = "", 0.0
        for word in spell(paragraph, font).split(" "):
            joint = f" {word}" if line else word
            wide = measure(joint, font, size)
            if taken + wide <= width:
                line, taken = line + joint, taken + wide
                continue
            if line:
                lines.append(line)
            *full, line = _break_word(word, width, font, size)
            lines += full
            taken = measure(line, font, size)
        lines.append(line)
    return lines


def _break_word(word: str, width: float, font: str, size: float) -> list[str]:
    parts, part, taken = [], "", 0.0
    for sign in word:
        wide = measure(sign, font, size)
        if part and taken + wide > width:
            parts.append(part)
            part, taken = "", 0.0
        part, taken = part + sign, taken + wide
    return [*parts, part]


# Rows that are lower than this, in points, are kept on one page.
KEPT = 200.0
_NUMBER = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?( %| [A-Z]{3}| of [0-9,]+)?|n/a")


@dataclass(frozen=True, slots=True)
class _Column:
    """How wide a column of a table is, and whether its cells end at its right.

    :param pad: how far before its end they do.
    """

    width: float
    is_right: bool
    pad: float


def _are_numbers(cells: Iterable[str]) -> bool:
    found = [cell for cell in cells if cell]
    return bool(found) and all(_NUMBER.fullmatch(cell) for cell in found)


class Paper:
    """Pages that are filled from the top; each gets a foot line with its page number.

    Headings and the headers of tables are said in the paper's language; all else is written as it
    comes.
    """

    def __init__(
        self,
        target: IO[bytes],
        *,
        title: str,
        foot: str,
        say: Callable[[str], str] = ENGLISH.say,
    ) -> None:
        self.say = say
        # Invariant: without it reportlab writes the time into the file, and a report that is
        # written twice would no longer be the same file.
        self.canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1)
        self.canvas.setTitle(spell(title, REGULAR))
        self.canvas.setCreator("scanner-app")
        self.foot = foot
        self.page = 1
        self.y = HEIGHT - MARGIN

    def letterhead(self, name: str, logo: bytes | None) -> None:
        """Draw into the margin above the first line whose paper this is: a name and a logo."""
        side, low, right = 9 * mm, HEIGHT - 12 * mm, WIDTH - MARGIN
        if logo:
            picture = ImageReader(io.BytesIO(logo))
            self.canvas.drawImage(
                picture, right - side, low, side, side, preserveAspectRatio=True, anchor="e"
            )
            right -= side + 2 * mm
        for line in wrap(name, INNER - 2 * side, font=BOLD)[:1] if name else []:
            x = right - measure(line, BOLD, SIZE)
            self._draw(x, low + (side - SIZE * 0.7) / 2, line, BOLD, SIZE)

    def finish(self) -> None:
        self._end_page()
        self.canvas.save()

    def _end_page(self) -> None:
        self.canvas.setFillGray(GREY)
        self._draw(MARGIN, FOOT, self.foot, REGULAR, 7)
        number = str(self.page)
        self._draw(WIDTH - MARGIN - measure(number, REGULAR, 7), FOOT, number, REGULAR, 7)
        self.canvas.setFillGray(0)
        self.canvas.showPage()

    def turn_page(self) -> None:
        self._end_page()
        self.page += 1
        self.y = HEIGHT - MARGIN

    def _need(self, height: float) -> bool:
        """Start a new page if this height does not fit; return whether a page was started."""
        if self.y - height >= MARGIN + 6:
            return False
        self.turn_page()
        return True

    def _draw(self, x: float, y: float, line: str, font: str, size: float) -> None:
        shown = turn_round(line)
        text = self.canvas.beginText(x, y)
        for run, name in split_by_font(shown, font):
            text.setFont(name, size)
            text.textOut(run)
        self.canvas.drawText(text)

    def write(
        self, text: str, *, font: str = REGULAR, size: float = SIZE, after: float = 2
    ) -> None:
        """Write a paragraph across the whole width."""
        for line in wrap(text, INNER, font=font, size=size):
            self._need(size * 1.35)
            self.y -= size * 1.35
            self._draw(MARGIN, self.y, line, font, size)
        self.y -= after

    def head(self, text: str, *, keep: float = 60) -> None:
        """Write the heading of a section, never alone at the foot of a page.

        :param keep: how many points below it stay on the same page.
        """
        self._need(keep)
        self.y -= 8
        self.write(self.say(text), font=BOLD, size=11, after=3)

    def table(
        self, headers: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[str]]
    ) -> None:
        """Write a table; its headers are repeated on each page.

        A column of numbers ends at the right, so that they can be compared, but the first one,
        which names the row.

        :param widths: of the columns, as parts of the whole.
        """
        cells = [list(row) for row in rows]
        ends = [i > 0 and _are_numbers(row[i] for row in cells) for i in range(len(widths))]
        self._write_table(headers, widths, cells, ends)

    def long_table(
        self, headers: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[str]]
    ) -> None:
        """Write a table of texts row by row: none is looked at before it is written."""
        self._write_table(headers, widths, rows, [False] * len(widths))

    def _write_table(
        self,
        headers: Sequence[str],
        widths: Sequence[float],
        rows: Iterable[Sequence[str]],
        ends: Sequence[bool],
    ) -> None:
        headers = [self.say(header) if header else "" for header in headers]
        unit = (INNER - GAP * (len(widths) - 1)) / sum(widths)
        columns = [
            # A text to the right of a number does not touch it.
            _Column(width * unit, is_right, 2 * GAP if is_right and not is_next else 0.0)
            for width, is_right, is_next in zip(widths, ends, [*ends[1:], True], strict=True)
        ]
        if any(headers):
            self._need(40)
            self._row(headers, columns, headers=(), font=BOLD)
        for row in rows:
            self._row(row, columns, headers=headers, font=REGULAR)
        self.y -= 4

    def _row(
        self, cells: Sequence[str], columns: Sequence[_Column], *, headers: Sequence[str], font: str
    ) -> None:
        wrapped = [
            wrap(cell, column.width, font=font) if cell else []
            for cell, column in zip(cells, columns, strict=True)
        ]
        lines_high = max(map(len, wrapped), default=0)
        # A row that is not too high is on one page.
        height = lines_high * SIZE * 1.3 + 2
        if height < KEPT and self._need(height) and any(headers):
            self._row(headers, columns, headers=(), font=BOLD)
        for index in range(lines_high):
            if self._need(SIZE * 1.3 + 2) and any(headers):
                self._row(headers, columns, headers=(), font=BOLD)
            self.y -= SIZE * 1.3
            x = MARGIN
            for lines, column in zip(wrapped, columns, strict=True):
                if index < len(lines):
                    line = lines[index]
                    left = column.width - column.pad - measure(line, font, SIZE)
                    at = x + max(0.0, left) if column.is_right else x
                    self._draw(at, self.y, line, font, SIZE)
                x += column.width + GAP
        self.y -= 3
        self.canvas.setStrokeGray(0.8)
        self.canvas.setLineWidth(0.3)
        self.canvas.line(MARGIN, self.y, WIDTH - MARGIN, self.y)
        self.y -= 1

    def plot(self, plot: Plot, *, head: str) -> None:
        """Draw a plot across the whole width, on one page with its heading."""
        drawing = plot.draw(INNER / SCALE)
        height = drawing.height * SCALE
        self.head(head, keep=height + 45)

        def widen(text: str, size: float, is_strong: bool) -> float:
            font = BOLD if is_strong else REGULAR
            return measure(spell(text, font), font, size)

        pen = PlotPen(self.canvas, MARGIN, self.y - 4, write=self._write_at, measure=widen)
        pen.draw(drawing)
        self.y -= height + 10

    def _write_at(self, x: float, y: float, text: str, size: float, is_strong: bool) -> None:
        font = BOLD if is_strong else REGULAR
        self._draw(x, y, spell(text, font), font, size)

    def signature(self, signature: Signature) -> None:
        """Draw a signature, as large as a hand writes, or the name that was typed."""
        self._need(SIGNATURE_HEIGHT + 6)
        box = (MARGIN, self.y - 2, SIGNATURE_WIDTH, SIGNATURE_HEIGHT)
        draw_signature(self.canvas, signature, box, write=self._write_at)
        self.y -= SIGNATURE_HEIGHT + 4

    def code(self, text: str, *, side: float = 28 * mm) -> None:
        """Draw a QR code."""
        matrix = segno.make_qr(text, error="m").matrix
        self._need(side + 6)
        unit = side / len(matrix)
        top = self.y - 4
        for down, line in enumerate(matrix):
            for across, is_dark in enumerate(line):
                if is_dark:
                    x, y = MARGIN + across * unit, top - (down + 1) * unit
                    # A little wider than the module: or viewers draw white seams between them.
                    self.canvas.rect(x, y, unit + 0.05, unit + 0.05, stroke=0, fill=1)
        self.y = top - side - 6

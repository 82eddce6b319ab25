"""The texts of a label: as large as they may be, in lines, and cut with a mark where they must."""

from __future__ import annotations

from typing import NamedTuple

from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.parts import (
    ALIGNS,
    LEADING,
    LINE_SIZES,
    MAX_TEXT,
    MIN_TEXT,
    Align,
    Box,
    Fit,
    LinesPart,
    TextPart,
)
from scanner_app.domain.labels.stock import to_dots
from scanner_app.services.files.letters import turn_round
from scanner_app.services.files.pdf import BOLD, REGULAR, measure, spell, split_by_font
from scanner_app.services.labels.marks import Run, TextMark

# Longer texts are cut before they are measured: no label has room for more.
MAX_CHARACTERS = 200
CUT = "…"
# How far capitals rise above the baseline, as part of the size.
RISE = 0.74


def place_text(part: TextPart, thing: LabelContent, dpi: int) -> tuple[list[TextMark], bool]:
    """Return the lines of one text in the middle of its box, and whether it is cut."""
    text = " ".join(thing.text_of(part.field).split())
    if not text:
        return [], False
    font = BOLD if part.is_bold else REGULAR
    width, high = to_dots(part.box.width, dpi), to_dots(part.box.height, dpi)
    most, least = min(to_dots(part.size, dpi), high / LEADING), to_dots(MIN_TEXT, dpi)
    if part.fit is Fit.WRAP:
        room = max(int(high / (most * LEADING) + 0.01), 1)
        # A row that fits is not made smaller by the last digit of a fraction.
        rows, least = _wrap(text[:MAX_CHARACTERS], font, width / most, room), 0.99 * most
    elif part.field == "code" and high >= 2 * least * LEADING:
        rows = [row for _, row in _break_code([("code", text)], width, least)]
        most = min(most, high / LEADING / len(rows))
    else:
        rows, least = [text], most if part.fit is Fit.CUT else least
    lines = [_fit(row, font, width, (most, least)) for row in rows]
    is_cut = any(line.is_cut for line in lines) or len(text) > MAX_CHARACTERS
    return _stack(lines, part.box, dpi, part.align), is_cut


def _wrap(text: str, font: str, width: float, room: int) -> list[str]:
    """Return a text in at most `room` lines; the last one has all the rest.

    :param width: of a line, in letters of size 1.
    """
    rows: list[str] = []
    words = text.split(" ")
    while words and len(rows) < room - 1:
        row = words.pop(0)
        if measure(spell(row, font), font, 1) > width:
            row, rest = _break_word(row, font, width)
            words.insert(0, rest)
        while words and measure(spell(f"{row} {words[0]}", font), font, 1) <= width:
            row += f" {words.pop(0)}"
        rows.append(row)
    return [*rows, " ".join(words)] if words else rows


def _break_word(word: str, font: str, width: float) -> tuple[str, str]:
    """Return as much of a word as fits in a line, at least one character, and the rest."""
    end = len(word) - 1
    while end > 1 and measure(spell(word[:end], font), font, 1) > width:
        end -= 1
    return word[:end], word[end:]


def place_lines(
    part: LinesPart, box: Box, thing: LabelContent, dpi: int
) -> tuple[list[TextMark], bool]:
    """Return the lines that have a text, the block of them in the middle of the box."""
    given = [(name, thing.text_of(name)) for name in part.fields if thing.text_of(name).strip()]
    shown = _break_code(given, to_dots(box.width, dpi), to_dots(MIN_TEXT, dpi))[: part.count]
    if not shown:
        return [], False
    room = box.height / (LEADING * sum(LINE_SIZES[name] for name, _ in shown))
    first = min(room, MAX_TEXT)
    lines: list[_Line] = []
    width, most = to_dots(box.width, dpi), to_dots(first, dpi)
    for index, (name, text) in enumerate(shown):
        font = BOLD if index == 0 or name == "code" else REGULAR
        # No line is larger than the one above it, even if that had to shrink.
        most = min(most, to_dots(LINE_SIZES[name] * first, dpi))
        lines.append(_fit(text, font, width, (most, to_dots(MIN_TEXT, dpi))))
        most = lines[-1].size
    align = Align.CENTRE if part.is_centred else Align.LEFT
    marks = _stack(lines, box, dpi, align)
    return marks, any(line.is_cut for line in lines)


def _break_code(given: list[tuple[str, str]], width: float, least: float) -> list[tuple[str, str]]:
    """Return the lines, a code that is too long for one in two: a cut one would be another code."""
    (name, text), *rest = given or [("", "")]
    if name != "code" or measure(spell(text, BOLD), BOLD, least) <= width:
        return given
    half = (len(text) + 1) // 2
    return [(name, text[:half]), (name, text[half:]), *rest]


class _Line(NamedTuple):
    text: str
    font: str
    size: float
    is_cut: bool


def _stack(lines: list[_Line], box: Box, dpi: int, align: Align) -> list[TextMark]:
    """Return the lines one below the other, the block of them in the middle of its box."""
    marks = []
    y = to_dots(box.y + box.height / 2, dpi) - sum(line.size for line in lines) * LEADING / 2
    for line in lines:
        y += line.size * LEADING
        baseline = round(y - line.size * (LEADING - RISE) / 2)
        wide = measure(line.text, line.font, line.size)
        x = to_dots(box.x, dpi)
        x += (to_dots(box.width, dpi) - wide) * ALIGNS[align].share
        runs, at = [], x
        for run, name in split_by_font(turn_round(line.text), line.font):
            runs.append(Run(at, run, name))
            at += measure(run, line.font, line.size)
        marks.append(TextMark(x, baseline, line.size, wide, tuple(runs)))
    return marks


def _fit(text: str, font: str, width: float, sizes: tuple[float, float]) -> _Line:
    """Return a line as large as it may be, down to the least size, then cut with a mark."""
    most, least = sizes
    line = spell(" ".join(text[:MAX_CHARACTERS].split()), font)
    wide = measure(line, font, 1)
    size = min(most, width / wide) if wide else most
    if size >= min(least, most) and len(text) <= MAX_CHARACTERS:
        return _Line(line, font, size, is_cut=False)
    size = min(least, most)
    while line and measure(line + CUT, font, size) > width:
        line = line[:-1].rstrip()
    return _Line(line + CUT, font, size, is_cut=True)

"""Lay out a label in whole dots: the largest module that fits, and texts that fit.

A symbol is never scaled: its module is a whole number of dots, or a printer would draw some wider
than others. What cannot be printed so that it reads is refused, with its numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.designs import (
    LEADING,
    LINE_SIZES,
    MAX_TEXT,
    MIN_TEXT,
    Box,
    Design,
    LinesPart,
    SymbolPart,
)
from scanner_app.domain.labels.stock import LabelStock, least_dots, to_dots, to_mm, whole_dots
from scanner_app.domain.labels.symbols import (
    CONTENTS,
    LEAST_BAR_HEIGHT,
    LEAST_BAR_PART,
    SYMBOLOGIES,
    SymbologyFacts,
)
from scanner_app.services.files.letters import turn_round
from scanner_app.services.files.pdf import BOLD, REGULAR, measure, spell, split_by_font
from scanner_app.services.labels.encode import Rows, encode
from scanner_app.services.labels.marks import LaidLabel, Run, SymbolMark, TextMark

# Longer texts are cut before they are measured: no label has room for more.
MAX_CHARACTERS = 200
CUT = "…"
BELOW_BARS = 0.5
# How far capitals rise above the baseline, as part of the size.
RISE = 0.74


class DoesNotFit(Invalid):
    """A symbol that would be too small to be read."""

    code = "does_not_fit"


def lay_out(design: Design, stock: LabelStock, thing: LabelContent, *, dpi: int) -> LaidLabel:
    """Return the marks of one label.

    :raises DoesNotFit: its symbol needs more room than there is.
    :raises Invalid: the thing has no such number, or the symbology no such characters.
    """
    symbols: list[SymbolMark] = []
    texts: list[TextMark] = []
    is_cut = False
    for part in design.parts:
        if isinstance(part, SymbolPart):
            symbols.append(_place_symbol(part, stock, thing, dpi))
        else:
            box = _beside(part.box, symbols, dpi)
            lines, was_cut = _place_lines(part, box, thing, dpi)
            texts += lines
            is_cut = is_cut or was_cut
    width, height = whole_dots(stock.width, dpi), whole_dots(stock.height, dpi)
    return LaidLabel(width, height, dpi, tuple(symbols), tuple(texts), is_cut)


class _Room(NamedTuple):
    """A box along one side, in dots, and how much of it at each end is in the guard."""

    start: int
    end: int
    before: int
    after: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def inner(self) -> int:
        return self.length - self.before - self.after

    def holds(self, dark: int, white: int) -> bool:
        return max(white, self.before) + dark + max(white, self.after) <= self.length

    def place(self, dark: int, white: int, *, is_first: bool = False) -> int:
        """Return where the dark begins: in the middle, or as near to the start as may be."""
        least = self.start + max(white, self.before)
        most = self.end - max(white, self.after) - dark
        return least if is_first else max(least, min((self.start + self.end - dark) // 2, most))


def _measure_room(start: float, length: float, whole: float, guard: float, dpi: int) -> _Room:
    first, last = whole_dots(start, dpi), whole_dots(start + length, dpi)
    before = max(whole_dots(guard, dpi) - first, 0)
    after = max(last - whole_dots(whole - guard, dpi), 0)
    return _Room(first, last, before, after)


def _place_symbol(part: SymbolPart, stock: LabelStock, thing: LabelContent, dpi: int) -> SymbolMark:
    facts, is_gs1 = SYMBOLOGIES[part.symbology], CONTENTS[part.content].is_gs1
    text = thing.said(part.content)
    rows = encode(text, part.symbology, is_gs1=is_gs1)
    box = part.box
    # Dark modules stay out of the guard; their white may lie in it.
    across = _measure_room(box.x, box.width, stock.width, stock.guard_x, dpi)
    down = _measure_room(box.y, box.height, stock.height, stock.guard_y, dpi)
    least = least_dots(facts.gs1_module if is_gs1 else facts.least_module, dpi)
    chosen = _choose_module(facts, rows, across, down, least, dpi)
    if chosen is None:
        raise _refuse(facts, rows, across, down, least, dpi)
    module, white = chosen
    x = across.place(len(rows[0]) * module, white, is_first=part.is_left)
    if facts.is_linear:
        # A little white, so that the text below does not touch the bars.
        high = down.inner - whole_dots(BELOW_BARS, dpi)
        return SymbolMark(x, down.start + down.before, module, high, rows, text)
    return SymbolMark(x, down.place(len(rows) * module, white), module, module, rows, text)


def _choose_module(
    facts: SymbologyFacts, rows: Rows, across: _Room, down: _Room, least: int, dpi: int
) -> tuple[int, int] | None:
    """Return the largest module that fits, and its white; with less white, if it must be."""
    largest = max(int(to_dots(facts.max_module, dpi)), least)
    for quiet in (facts.quiet, facts.least_quiet):
        for module in range(largest, least - 1, -1):
            wide, white = len(rows[0]) * module, quiet * module
            if facts.is_linear:
                is_fit = _is_high_enough(wide, down.inner, dpi)
            else:
                is_fit = down.holds(len(rows) * module, white)
            if is_fit and across.holds(wide, white):
                return module, white
    return None


def _is_high_enough(wide: int, high: int, dpi: int) -> bool:
    bars = high - whole_dots(BELOW_BARS, dpi)
    return bars >= max(to_dots(LEAST_BAR_HEIGHT, dpi) - 1, LEAST_BAR_PART * wide)


def _refuse(
    facts: SymbologyFacts, rows: Rows, across: _Room, down: _Room, least: int, dpi: int
) -> DoesNotFit:
    """Return the refusal with what the smallest symbol needs and what there is."""
    wide, white = len(rows[0]) * least, facts.least_quiet * least
    room, way = across, "wide"
    if not facts.is_linear and down.inner < across.inner:
        room = down
    need: float = wide + max(white, room.before) + max(white, room.after)
    have: float = room.length
    if facts.is_linear and across.holds(wide, white):
        way, have = "high", down.inner
        need = max(to_dots(LEAST_BAR_HEIGHT, dpi), LEAST_BAR_PART * wide)
        need += to_dots(BELOW_BARS, dpi)
    needed, had = to_mm(need, dpi), to_mm(have, dpi)
    # A difference of a hundredth would read "needs 8.0 mm, has 8.0 mm".
    digits = 1 if round(needed, 1) > round(had, 1) else 2
    sentence = (
        f"This {facts.label} must be {needed:.{digits}f} mm {way} to be read, and the label has"
        f" {had:.{digits}f} mm for it. Use a larger label, or let the code say less."
    )
    return DoesNotFit(sentence, errors={"design": [sentence]})


def _beside(box: Box, symbols: list[SymbolMark], dpi: int) -> Box:
    """Return a box of text moved up to its symbol's white, where the symbol left room."""
    if not symbols or whole_dots(box.x, dpi) <= symbols[-1].x:
        return box
    symbol = symbols[-1]
    # Four modules are white enough for any symbol.
    x = min(box.x, to_mm(symbol.x + symbol.width + 4 * symbol.module_width, dpi))
    return Box(x, box.y, box.x + box.width - x, box.height)


def _place_lines(
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
    marks = _stack(lines, box, dpi, is_centred=part.is_centred)
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


def _stack(lines: list[_Line], box: Box, dpi: int, *, is_centred: bool) -> list[TextMark]:
    """Return the lines one below the other, the block of them in the middle of its box."""
    marks = []
    y = to_dots(box.y + box.height / 2, dpi) - sum(line.size for line in lines) * LEADING / 2
    for line in lines:
        y += line.size * LEADING
        baseline = round(y - line.size * (LEADING - RISE) / 2)
        wide = measure(line.text, line.font, line.size)
        x = to_dots(box.x, dpi)
        x += (to_dots(box.width, dpi) - wide) / 2 if is_centred else 0
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

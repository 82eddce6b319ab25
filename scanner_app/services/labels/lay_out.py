"""Lay out a label in whole dots: the largest module that fits, and texts that fit.

A symbol is never scaled: its module is a whole number of dots, or a printer would draw some wider
than others. What cannot be printed so that it reads is refused, with its numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.parts import (
    STROKE,
    Box,
    Design,
    FillPart,
    FramePart,
    LinesPart,
    LogoPart,
    Part,
    SymbolPart,
    TextPart,
)
from scanner_app.domain.labels.stock import LabelStock, least_dots, to_dots, to_mm, whole_dots
from scanner_app.domain.labels.symbols import (
    CONTENTS,
    LEAST_BAR_HEIGHT,
    LEAST_BAR_PART,
    SYMBOLOGIES,
    SymbologyFacts,
)
from scanner_app.services.labels.encode import Rows, encode
from scanner_app.services.labels.logo import threshold
from scanner_app.services.labels.marks import FillMark, LaidLabel, SymbolMark, TextMark
from scanner_app.services.labels.texts import place_lines, place_text

BELOW_BARS = 0.5


class DoesNotFit(Invalid):
    """A symbol that would be too small to be read."""

    code = "does_not_fit"


def lay_out(design: Design, stock: LabelStock, thing: LabelContent, *, dpi: int) -> LaidLabel:
    """Return the marks of one label.

    :raises DoesNotFit: its symbol needs more room than there is.
    :raises Invalid: the thing has no such number, or the symbology no such characters.
    """
    marks = _Marks([], [], [], [])
    is_cut = False
    for part in design.parts:
        is_cut = _place(part, stock, thing, dpi, marks) or is_cut
    width, height = whole_dots(stock.width, dpi), whole_dots(stock.height, dpi)
    return LaidLabel(
        width,
        height,
        dpi,
        symbols=tuple(marks.symbols),
        texts=tuple(marks.texts),
        fills=tuple(marks.fills),
        pictures=tuple(marks.pictures),
        is_cut=is_cut,
    )


class _Marks(NamedTuple):
    symbols: list[SymbolMark]
    texts: list[TextMark]
    fills: list[FillMark]
    pictures: list[SymbolMark]


def _place(part: Part, stock: LabelStock, thing: LabelContent, dpi: int, marks: _Marks) -> bool:
    """Add the marks of a part, and return whether a text of it is cut."""
    match part:
        case SymbolPart():
            marks.symbols.append(_place_symbol(part, stock, thing, dpi))
        case LinesPart():
            lines, is_cut = place_lines(part, _beside(part.box, marks.symbols, dpi), thing, dpi)
            marks.texts.extend(lines)
            return is_cut
        case TextPart():
            lines, is_cut = place_text(part, thing, dpi)
            marks.texts.extend(lines)
            return is_cut
        case FillPart():
            marks.fills.append(_fill(part.box, dpi))
        case FramePart():
            marks.fills.extend(_frame(part.box, dpi))
        case LogoPart():
            marks.pictures.extend(_place_logo(part, dpi))
    return False


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


def _fill(box: Box, dpi: int) -> FillMark:
    """Return a rectangle of at least one dot each way."""
    x, y = whole_dots(box.x, dpi), whole_dots(box.y, dpi)
    wide = max(whole_dots(box.x + box.width, dpi) - x, 1)
    high = max(whole_dots(box.y + box.height, dpi) - y, 1)
    return FillMark(x, y, wide, high)


def _frame(box: Box, dpi: int) -> list[FillMark]:
    """Return the four sides of a rectangle."""
    right, bottom = box.x + box.width - STROKE, box.y + box.height - STROKE
    inner = box.height - 2 * STROKE
    sides = (
        Box(box.x, box.y, box.width, STROKE),
        Box(box.x, bottom, box.width, STROKE),
        Box(box.x, box.y + STROKE, STROKE, inner),
        Box(right, box.y + STROKE, STROKE, inner),
    )
    return [_fill(side, dpi) for side in sides]


def _place_logo(part: LogoPart, dpi: int) -> list[SymbolMark]:
    if not part.picture:
        return []
    room = _fill(part.box, dpi)
    rows = threshold(part.picture, room.width, room.height)
    x = room.x + (room.width - len(rows[0])) // 2
    y = room.y + (room.height - len(rows)) // 2
    return [SymbolMark(x, y, 1, 1, rows, "")]

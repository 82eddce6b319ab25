"""What is on a label: a design is data, a list of parts with their boxes in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.labels.stock import LabelStock
from scanner_app.domain.labels.symbols import SYMBOLOGIES, Content, Symbology

# A design is printed for one kind of thing; these are the texts that each kind has.
FIELDS: dict[str, dict[str, str]] = {
    "asset": {
        "code": "Asset tag",
        "name": "Name",
        "model": "Model",
        "serial_number": "Serial number",
        "category": "Category",
        "home_location": "Home location",
        "owner": "Owner line",
    },
    "location": {
        "code": "Code",
        "name": "Name",
        "full_name": "What it is in",
        "owner": "Owner line",
    },
    "person": {"code": "Number", "name": "Name", "department": "Department", "owner": "Owner line"},
    "blank": {"code": "Code", "owner": "Owner line"},
}
# In the order in which lines are left out where a label has no room for all: the last one first.
LINES = ("code", "name", "model", "department", "full_name", "serial_number", "owner")
# How large each line is, as parts of the first.
LINE_SIZES = {
    "code": 1.0,
    "name": 0.75,
    "model": 0.62,
    "department": 0.62,
    "full_name": 0.62,
    "serial_number": 0.62,
    "owner": 0.6,
}
LEADING = 1.22
MIN_TEXT, MAX_TEXT = 1.5, 5.5
# The first line of a label is not made smaller than this to find room for one line more.
MIN_FIRST = 2.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a label: its left and top edge, width and height, in millimetres."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class SymbolPart:
    """A symbol in the middle of its box. The box includes the white around the symbol.

    :param is_left: it is at the left edge of its box, so that symbols of all sizes line up.
    """

    box: Box
    symbology: Symbology
    content: Content
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class LinesPart:
    """Lines of text, one a field; those without a value are left out.

    :param count: how many lines there is room for at most.
    """

    box: Box
    fields: tuple[str, ...]
    count: int
    is_centred: bool = False


Part = SymbolPart | LinesPart


@dataclass(frozen=True, slots=True)
class Design:
    """A label of one size, ready to be laid out."""

    key: str
    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ShippedDesign:
    """A design that comes with the program, for stock of every size.

    :param has_lines: there is text beside or below the symbol.
    """

    key: str
    label: str
    hint: str
    symbology: Symbology
    content: Content
    has_lines: bool = True

    def build(self, stock: LabelStock, *, content: Content | None = None) -> Design:
        """Return the design for one stock.

        :param content: what the symbol says, if not what this design says.
        """
        said = content or self.content
        if SYMBOLOGIES[self.symbology].is_linear:
            parts = _place_bars(stock, self.symbology, said)
        elif not self.has_lines:
            whole = Box(0, 0, stock.width, stock.height)
            parts = (SymbolPart(whole, self.symbology, said),)
        elif stock.width < 1.4 * stock.height:
            parts = _place_above(stock, self.symbology, said)
        else:
            parts = _place_beside(stock, self.symbology, said)
        return Design(self.key, self.label, parts)


DESIGNS: tuple[ShippedDesign, ...] = (
    ShippedDesign(
        "qr-text",
        "QR code and text",
        "The usual label: any phone reads it",
        Symbology.QR,
        Content.LINK,
    ),
    ShippedDesign(
        "qr",
        "QR code alone",
        "As large as the label allows, for doors and shelves",
        Symbology.QR,
        Content.LINK,
        has_lines=False,
    ),
    ShippedDesign(
        "matrix-text",
        "Data Matrix and text",
        "For the smallest labels and metal",
        Symbology.DATA_MATRIX,
        Content.CODE,
    ),
    ShippedDesign(
        "barcode",
        "Barcode (Code 128)",
        "For laser scanners; needs a wide label",
        Symbology.CODE_128,
        Content.CODE,
    ),
)
DESIGN_BY_KEY = {design.key: design for design in DESIGNS}


def _place_beside(stock: LabelStock, symbology: Symbology, content: Content) -> tuple[Part, ...]:
    """Return a symbol at the left, and lines at its right."""
    side = min(stock.height, 0.45 * stock.width)
    # A millimetre of the guard is white enough: a wider one moves the symbol to the right.
    left = max(stock.guard_x - 1, 0)
    symbol = Box(left, (stock.height - side) / 2, side, side)
    # Text may come as near as the symbol's white, which is in its box.
    inner = stock.height - 2 * stock.guard_y
    end = left + side
    text = Box(end, stock.guard_y, stock.width - end - stock.guard_x, inner)
    return (
        SymbolPart(symbol, symbology, content, is_left=True),
        LinesPart(text, LINES, _count_lines(text.height)),
    )


def _place_above(stock: LabelStock, symbology: Symbology, content: Content) -> tuple[Part, ...]:
    """Return a symbol with lines below it, for labels that are about square."""
    inner = stock.height - 2 * stock.guard_y
    lines = max(min(inner * 0.26, 12.0), MIN_FIRST * LEADING)
    top = stock.guard_y + inner - lines
    text = Box(stock.guard_x, top, stock.width - 2 * stock.guard_x, lines)
    return (
        SymbolPart(Box(0, 0, stock.width, top), symbology, content),
        LinesPart(text, LINES, _count_lines(lines), is_centred=True),
    )


def _place_bars(stock: LabelStock, symbology: Symbology, content: Content) -> tuple[Part, ...]:
    """Return bars across the label, with the tag below them."""
    inner = stock.height - 2 * stock.guard_y
    lines = min(max(inner * 0.28, MIN_FIRST * LEADING), 10.0)
    bars = Box(0, stock.guard_y, stock.width, inner - lines)
    text = Box(stock.guard_x, bars.y + bars.height, stock.width - 2 * stock.guard_x, lines)
    return (
        SymbolPart(bars, symbology, content),
        LinesPart(text, LINES, _count_lines(lines), is_centred=True),
    )


def _count_lines(height: float) -> int:
    """Return how many lines fit, if the first is as small as it may be."""
    count, taken = 0, 0.0
    for field in ("code", "name", "model", "serial_number", "owner"):
        taken += LINE_SIZES[field] * MIN_FIRST * LEADING
        if taken > height + 0.01:
            break
        count += 1
    return max(count, 1)

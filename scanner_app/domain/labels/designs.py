"""The designs that come with the program: each fits stock of every size."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.parts import (
    LEADING,
    LINE_SIZES,
    LINES,
    MIN_FIRST,
    Box,
    Design,
    LinesPart,
    Part,
    SymbolPart,
)
from scanner_app.domain.labels.stock import LabelStock
from scanner_app.domain.labels.symbols import SYMBOLOGIES, Content, Symbology


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

    def suits(self, _thing: LabelContent, _stock: LabelStock) -> bool:
        return True

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

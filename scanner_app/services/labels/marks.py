"""What is drawn on a label, in whole dots of its printer. Every writer draws these and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scanner_app.services.labels.encode import Rows


class SymbolMark(NamedTuple):
    """A symbol: its left and top edge, the size of a module, and its modules."""

    x: int
    y: int
    module_width: int
    module_height: int
    rows: Rows
    text: str

    @property
    def width(self) -> int:
        return len(self.rows[0]) * self.module_width

    @property
    def height(self) -> int:
        return len(self.rows) * self.module_height


class Run(NamedTuple):
    """Characters of one font, from `x` on."""

    x: float
    text: str
    font: str


class TextMark(NamedTuple):
    """A line of text in the order in which it is drawn; `y` is its baseline."""

    x: float
    y: int
    size: float
    width: float
    runs: tuple[Run, ...]


class FillMark(NamedTuple):
    """A black rectangle."""

    x: int
    y: int
    width: int
    height: int


class LaidLabel(NamedTuple):
    """A label as it will be printed.

    :param pictures: their modules are single dots.
    :param is_cut: a text had to be cut.
    """

    width: int
    height: int
    dpi: int
    symbols: tuple[SymbolMark, ...]
    texts: tuple[TextMark, ...]
    fills: tuple[FillMark, ...] = ()
    pictures: tuple[SymbolMark, ...] = ()
    is_cut: bool = False


def overlap(label: LaidLabel) -> bool:
    """Return whether two marks of a label lie on each other."""
    solid: tuple[SymbolMark | FillMark, ...] = (*label.symbols, *label.fills, *label.pictures)
    boxes: list[Sequence[float]] = [
        (one.x, one.y, one.x + one.width, one.y + one.height) for one in solid
    ]
    boxes += [(one.x, one.y - one.size * 0.75, one.x + one.width, one.y) for one in label.texts]
    return any(
        a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
    )

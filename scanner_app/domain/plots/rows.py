"""Where the parts of a row are that shows one amount or share: its name, its bar, its number."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.plots.shapes import NARROW, NORMAL, Anchor, Text, shorten


@dataclass(frozen=True, slots=True)
class Row:
    """Where the parts of a row are."""

    top: float
    height: float
    x: float
    room: float
    bar: float
    thick: float
    label_at: float
    label_room: float

    @classmethod
    def lay_out(cls, width: float, index: int, beside: float) -> Row:
        """Return the places of a row.

        :param beside: how wide the value at the end of the row is.
        """
        if width < NARROW:
            top = index * 44.0
            return cls(top, 44, 0, width, top + 24, 12, top + 17, width - beside - 8)
        top, label = index * 28.0, width * 0.34
        room = width - label - 12 - beside - 12
        return cls(top, 28, label + 12, room, top + 6, 16, top + 19, label)

    def label(self, text: str) -> Text:
        return Text(0, self.label_at, shorten(text, self.label_room, NORMAL), NORMAL)

    def value(self, text: str, width: float) -> Text:
        return Text(width, self.label_at, text, NORMAL, Anchor.END, is_strong=True)

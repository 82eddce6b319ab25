"""Plots of what a sample says: an estimate, how far it may be off, and what may be at most."""

from __future__ import annotations

from dataclasses import dataclass

from scanner_app.domain.plots.rows import Row
from scanner_app.domain.plots.shapes import (
    NORMAL,
    SMALL,
    Anchor,
    Drawing,
    Line,
    Mark,
    Path,
    Rect,
    Table,
    Text,
    Tone,
    link,
    measure,
    percent,
    shorten,
)
from scanner_app.domain.plots.turns import turn

# What is drawn to the right of the highest number.
ROOM = 1.15
LEAST = 0.01


@dataclass(frozen=True, slots=True)
class Range:
    """One share with its bounds.

    :param low, high: None where everything was counted.
    :param limit: what it may be at most, None if nobody said.
    """

    label: str
    share: float
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    tone: Tone = Tone.ACCENT
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Ranges:
    """Shares as dots on the lines of their bounds; a dashed line is what may be at most."""

    title: str
    ranges: tuple[Range, ...]

    def draw(self, width: float) -> Drawing:
        known = [v for r in self.ranges for v in (r.share, r.high, r.limit) if v is not None]
        top = min(1.0, max(LEAST, *known, LEAST) * ROOM)
        beside, height = measure("100.0 %", NORMAL), 0.0
        marks: list[Mark] = []
        row = Row.lay_out(width, 0, beside)
        for index, one in enumerate(self.ranges):
            row = Row.lay_out(width, index, beside)
            parts = [
                Rect(0, row.top, width, row.height, Tone.NONE),
                row.label(one.label),
                row.value(percent(one.share), width),
                *_draw_range(one, row, top),
            ]
            marks += link(one.href, self._say(one), parts)
            height = row.top + row.height
        for value, anchor in ((0.0, Anchor.START), (top, Anchor.END)):
            x = row.x + value / top * row.room
            marks.append(Text(x, height + 14, percent(value), SMALL, anchor, Tone.QUIET))
        note = "Dot: of those drawn. Line: of all, with the confidence of the plan."
        if any(one.limit is not None for one in self.ranges):
            note += " Dashed: tolerable."
        marks.append(Text(0, height + 34, shorten(note, width), SMALL, tone=Tone.QUIET))
        return Drawing(width, height + 42, tuple(marks))

    def _say(self, one: Range) -> str:
        said = f"{one.label}: {percent(one.share)}"
        if one.low is not None and one.high is not None:
            said += f", of all {percent(one.low)} to {percent(one.high)}"
        return said if one.limit is None else f"{said}, tolerable {percent(one.limit)}"

    def describe(self) -> str:
        return "; ".join(map(self._say, self.ranges)) + "."

    def tabulate(self) -> Table:
        return Table(
            ("Estimate of", "Of those drawn", "At least", "At most", "Tolerable"),
            tuple(
                (one.label, percent(one.share), *map(_show, (one.low, one.high, one.limit)))
                for one in self.ranges
            ),
        )


def _draw_range(one: Range, row: Row, top: float) -> list[Rect | Line | Path | Text]:
    """Return the bounds, the limit and the dot of one row."""
    middle = row.bar + row.thick / 2

    def at(share: float) -> float:
        return row.x + 6 + max(0.0, min(share / top, 1.0)) * (row.room - 12)

    marks: list[Rect | Line | Path | Text] = [
        Line(row.x, middle, row.x + row.room, middle, Tone.LINE)
    ]
    if one.low is not None and one.high is not None:
        low, high = at(one.low), at(one.high)
        marks.append(Line(low, middle, high, middle, one.tone, 3))
        marks += [Line(x, middle - 5, x, middle + 5, one.tone, 2) for x in (low, high)]
    if one.limit is not None:
        x = at(one.limit)
        marks.append(Line(x, row.bar - 3, x, row.bar + row.thick + 3, Tone.INK, 2, is_dashed=True))
    marks.append(Path(turn(at(one.share), middle, 6), one.tone, is_filled=True))
    return marks


def _show(share: float | None) -> str:
    return "" if share is None else percent(share)

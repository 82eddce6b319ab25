"""Plots of how amounts grew side by side: a row for the whole, then one for each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scanner_app.domain.plots.rows import Row
from scanner_app.domain.plots.shapes import (
    NORMAL,
    SMALL,
    Anchor,
    Drawing,
    Line,
    Mark,
    Path,
    Table,
    Text,
    Tone,
    count,
    measure,
)


@dataclass(frozen=True, slots=True)
class Course:
    """How one amount grew: moments with what it was then, the earliest first."""

    label: str
    steps: tuple[tuple[datetime, int], ...]

    @property
    def total(self) -> int:
        return self.steps[-1][1] if self.steps else 0


@dataclass(frozen=True, slots=True)
class Courses:
    """Amounts over one span of time. The parts have one scale, so that they can be compared."""

    title: str
    whole: Course
    parts: tuple[Course, ...]
    head: str = ""

    def draw(self, width: float) -> Drawing:
        ends = [at for at, _done in self.whole.steps]
        rows = (self.whole, *self.parts)
        beside = measure(count(self.whole.total), NORMAL)
        highest = max((part.total for part in self.parts), default=0) or 1
        marks: list[Mark] = []
        row = Row.lay_out(width, 0, beside)
        for index, one in enumerate(rows):
            row = Row.lay_out(width, index, beside)
            top = highest if index else self.whole.total or 1
            marks += [row.label(one.label), row.value(count(one.total), width)]
            marks += _draw_course(one.steps, ends, row, top, Tone.ACCENT if index else Tone.INK)
        height = row.top + row.height
        if ends:
            last = Text(row.x + row.room, height + 12, _say(ends[-1]), SMALL, Anchor.END,
                        Tone.QUIET)  # fmt: skip
            first = Text(row.x, height + 12, _say(ends[0]), SMALL, tone=Tone.QUIET)
            # On a narrow drawing one below the other.
            is_wide = measure(first.text) + measure(last.text) + 16 < row.room
            marks += [first, last] if is_wide else [last]
        return Drawing(width, height + 20, tuple(marks))

    def describe(self) -> str:
        said = f"{self.whole.label}: {count(self.whole.total)}"
        if self.whole.steps:
            first, last = self.whole.steps[0][0], self.whole.steps[-1][0]
            said += f", from {_say(first)} to {_say(last)}"
        parts = "; ".join(f"{part.label}: {count(part.total)}" for part in self.parts)
        return f"{said}. {parts}.".replace(" .", "")

    def tabulate(self) -> Table:
        return Table(
            (self.head, "First", "Last", "Count"),
            tuple(_tabulate(one) for one in (self.whole, *self.parts)),
        )


def _say(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC")


def _tabulate(one: Course) -> tuple[str, str, str, str]:
    grown = [at for at, done in one.steps if done]
    first, last = (_say(grown[0]), _say(grown[-1])) if grown else ("", "")
    return one.label, first, last, count(one.total)


def _draw_course(
    steps: Sequence[tuple[datetime, int]], ends: Sequence[datetime], row: Row, top: int, tone: Tone
) -> list[Mark]:
    """Return one row: its base, and the area under its steps up to the end of all."""
    base = row.bar + row.thick
    marks: list[Mark] = [Line(row.x, base, row.x + row.room, base, Tone.LINE)]
    if not steps or not ends:
        return marks
    span = (ends[-1] - ends[0]).total_seconds() or 1.0
    points, done = [], 0

    def place(at: datetime, amount: int) -> tuple[float, float]:
        part = max(0.0, min(1.0, (at - ends[0]).total_seconds() / span))
        return row.x + part * row.room, base - min(1.0, amount / top) * row.thick

    for when, amount in steps:
        points += [place(when, done), place(when, amount)]
        done = amount
    points.append(place(ends[-1], done))
    (first, _), (last, _) = points[0], points[-1]
    area = ((first, base), *points, (last, base))
    return [*marks, Path(area, Tone.TRACK, is_filled=True), Path(tuple(points), tone, 2)]

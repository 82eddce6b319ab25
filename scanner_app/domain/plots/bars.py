"""Plots of amounts side by side: bars, columns, stacked bars, dumbbells."""

from __future__ import annotations

from collections.abc import Sequence
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
    count,
    legend,
    link,
    measure,
    percent,
    shorten,
)
from scanner_app.domain.plots.turns import turn

GAP = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One amount. `value` None is shown as n/a, without a bar."""

    label: str
    value: float | None
    tone: Tone = Tone.ACCENT
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Amounts as bars from the left. `top` is the amount of a full bar; 1 makes percentages."""

    title: str
    bars: tuple[Bar, ...]
    top: float = 0.0
    is_percent: bool = False
    headers: tuple[str, str] = ("", "Count")

    def _show(self, value: float | None) -> str:
        if self.is_percent:
            return percent(value)
        return "n/a" if value is None else count(value)

    def draw(self, width: float) -> Drawing:
        top = self.top or max((bar.value or 0 for bar in self.bars), default=0) or 1.0
        beside = max((measure(self._show(b.value), NORMAL) for b in self.bars), default=0.0)
        marks: list[Mark] = []
        height = 0.0
        for index, bar in enumerate(self.bars):
            row = Row.lay_out(width, index, beside)
            parts: list[Rect | Line | Path | Text] = [
                Rect(0, row.top, width, row.height, Tone.NONE),
                row.label(bar.label),
                Rect(row.x, row.bar, row.room, row.thick, Tone.TRACK, 3),
                row.value(self._show(bar.value), width),
            ]
            if bar.value:
                long = max(3.0, min(1.0, bar.value / top) * row.room)
                parts.append(Rect(row.x, row.bar, long, row.thick, bar.tone, 3, is_patterned=True))
            marks += link(bar.href, f"{bar.label}: {self._show(bar.value)}", parts)
            height = row.top + row.height
        return Drawing(width, height, tuple(marks))

    def describe(self) -> str:
        return "; ".join(f"{bar.label}: {self._show(bar.value)}" for bar in self.bars) + "."

    def tabulate(self) -> Table:
        return Table(self.headers, tuple((bar.label, self._show(bar.value)) for bar in self.bars))


@dataclass(frozen=True, slots=True)
class Columns:
    """Amounts as columns from the left to the right: classes of age, days of a week."""

    title: str
    bars: tuple[Bar, ...]
    headers: tuple[str, str] = ("", "Count")

    def draw(self, width: float) -> Drawing:
        tall, head, foot = 96.0, 20.0, 22.0
        top = max((bar.value or 0 for bar in self.bars), default=0) or 1.0
        step = width / max(len(self.bars), 1)
        wide = min(72.0, step * 0.7)
        marks: list[Mark] = []
        for index, bar in enumerate(self.bars):
            middle = index * step + step / 2
            high = max(3.0, (bar.value or 0) / top * tall) if bar.value else 0.0
            base = head + tall
            parts: list[Rect | Line | Path | Text] = [
                Rect(index * step, 0, step, base + foot, Tone.NONE),
                Text(middle, base - high - 6, count(bar.value or 0), NORMAL, Anchor.MIDDLE,
                     is_strong=True),
                Text(middle, base + 16, shorten(bar.label, step - 4), SMALL, Anchor.MIDDLE,
                     Tone.QUIET),
            ]  # fmt: skip
            if high:
                x = middle - wide / 2
                parts.append(Rect(x, base - high, wide, high, bar.tone, 3, is_patterned=True))
            marks += link(bar.href, f"{bar.label}: {count(bar.value or 0)}", parts)
        marks.append(Line(0, head + tall, width, head + tall, Tone.LINE))
        return Drawing(width, head + tall + foot, tuple(marks))

    def describe(self) -> str:
        return "; ".join(f"{bar.label}: {count(bar.value or 0)}" for bar in self.bars) + "."

    def tabulate(self) -> Table:
        rows = tuple((bar.label, count(bar.value or 0)) for bar in self.bars)
        return Table(self.headers, rows)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of every stacked bar: its name and what it means."""

    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Stack:
    """One stacked bar: an amount for each part, and where each leads."""

    label: str
    values: tuple[float, ...]
    hrefs: tuple[str | None, ...] = ()
    href: str | None = None


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Wholes in their parts. One whole is one thick bar; several are shares of 100 % each.

    :param is_to_scale: several bars are as long as their sums, instead.
    """

    title: str
    parts: tuple[Part, ...]
    stacks: tuple[Stack, ...]
    head: str = ""
    is_to_scale: bool = False

    def draw(self, width: float) -> Drawing:
        if len(self.stacks) == 1:
            return self._draw_one(width, self.stacks[0])
        totals = [sum(stack.values) for stack in self.stacks]
        beside = max((measure(count(total), NORMAL) for total in totals), default=0.0)
        marks: list[Mark] = []
        height = 0.0
        for index, (stack, total) in enumerate(zip(self.stacks, totals, strict=True)):
            row = Row.lay_out(width, index, beside)
            room = row.room * total / max(totals) if self.is_to_scale and total else row.room
            parts: list[Rect | Line | Path | Text] = [
                Rect(0, row.top, width, row.height, Tone.NONE),
                row.label(stack.label),
                row.value(count(total), width),
                *self._fill(stack, row.x, row.bar, room, row.thick),
            ]
            marks += link(stack.href, f"{stack.label}: {self._say(stack)}", parts)
            height = row.top + row.height
        words = [(part.label, part.tone, None) for part in self.parts]
        below, more = legend(words, width, height + 8)
        return Drawing(width, height + 8 + more, (*marks, *below))

    def _draw_one(self, width: float, stack: Stack) -> Drawing:
        marks: list[Mark] = [*self._fill(stack, 0, 0, width, 28)]
        hrefs = stack.hrefs or (None,) * len(self.parts)
        words = [
            (f"{part.label} {count(value)}", part.tone, href)
            for part, value, href in zip(self.parts, stack.values, hrefs, strict=True)
        ]
        below, more = legend(words, width, 36)
        return Drawing(width, 36 + more, (*marks, *below))

    def _fill(
        self, stack: Stack, x: float, y: float, room: float, thick: float
    ) -> list[Rect | Line | Path | Text]:
        """Return the parts of one bar, with gaps between them. A part that is there can be seen."""
        total = sum(stack.values)
        shown = [(v, p.tone) for v, p in zip(stack.values, self.parts, strict=True) if v > 0]
        if not shown:
            return [Rect(x, y, room, thick, Tone.TRACK, 3)]
        least = 3.0
        free = max(0.0, room - GAP * (len(shown) - 1) - least * len(shown))
        marks: list[Rect | Line | Path | Text] = []
        for value, tone in shown:
            wide = least + free * value / total
            marks.append(Rect(x, y, wide, thick, tone, 2, is_patterned=True))
            x += wide + GAP
        return marks

    def _say(self, stack: Stack) -> str:
        pairs = zip(self.parts, stack.values, strict=True)
        return ", ".join(f"{part.label.lower()} {count(value)}" for part, value in pairs)

    def describe(self) -> str:
        if len(self.stacks) == 1:
            return f"{self._say(self.stacks[0]).capitalize()}."
        return "; ".join(f"{stack.label}: {self._say(stack)}" for stack in self.stacks) + "."

    def tabulate(self) -> Table:
        headers = (self.head, *(part.label for part in self.parts), "Total")
        rows = tuple(
            (stack.label, *map(count, stack.values), count(sum(stack.values)))
            for stack in self.stacks
        )
        return Table(headers, rows)


@dataclass(frozen=True, slots=True)
class Pair:
    """One amount then and now, as parts of one."""

    label: str
    then: float | None
    now: float | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """How a share changed, row by row: a hollow dot for then, a full one for now."""

    title: str
    pairs: tuple[Pair, ...]
    then: str
    now: str
    head: str = ""

    def draw(self, width: float) -> Drawing:
        marks: list[Mark] = []
        beside, height = measure("100.0 %", NORMAL), 0.0
        for index, pair in enumerate(self.pairs):
            row = Row.lay_out(width, index, beside)
            middle = row.bar + row.thick / 2
            parts: list[Rect | Line | Path | Text] = [
                Rect(0, row.top, width, row.height, Tone.NONE),
                row.label(pair.label),
                row.value(percent(pair.now), width),
                Line(row.x, middle, row.x + row.room, middle, Tone.LINE),
            ]
            at = [row.x + 6 + v * (row.room - 12) for v in (pair.then, pair.now) if v is not None]
            tone = Tone.GOOD if (pair.now or 0) >= (pair.then or 0) else Tone.BAD
            if len(at) == 2:  # noqa: PLR2004 - then and now
                parts.append(Line(at[0], middle, at[1], middle, tone, 3))
            if pair.then is not None:
                parts += [
                    Path(turn(at[0], middle, 6), Tone.INK, is_filled=True),
                    Path(turn(at[0], middle, 4), Tone.SURFACE, is_filled=True),
                ]
            if pair.now is not None:
                parts.append(Path(turn(at[-1], middle, 6), tone, is_filled=True))
            marks += link(pair.href, self._say(pair), parts)
            height = row.top + row.height
        note = f"Hollow: {self.then}. Full: {self.now}."
        marks.append(Text(0, height + 18, shorten(note, width), SMALL, tone=Tone.QUIET))
        return Drawing(width, height + 26, tuple(marks))

    def _say(self, pair: Pair) -> str:
        return f"{pair.label}: {percent(pair.then)}, now {percent(pair.now)}"

    def describe(self) -> str:
        return "; ".join(map(self._say, self.pairs)) + "."

    def tabulate(self) -> Table:
        rows: Sequence[tuple[str, ...]] = [
            (pair.label, percent(pair.then), percent(pair.now)) for pair in self.pairs
        ]
        return Table((self.head, self.then, self.now), tuple(rows))

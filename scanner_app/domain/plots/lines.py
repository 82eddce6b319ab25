"""Plots over time: a line, a sparkline, and a burn-up with its forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner_app.domain.plots.shapes import (
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
    percent,
    shorten,
)
from scanner_app.domain.plots.turns import turn
from scanner_app.domain.text import moment

# The pace is what was counted lately: who paused for lunch is not slow, and who left is not late.
LATELY = timedelta(minutes=30)
# A pace that was measured over less is a guess.
LEAST_SEEN, LEAST_TIME = 5, timedelta(minutes=5)
# A forecast further away than this many times the time so far is not worth drawing.
MAX_AHEAD = 10
TALL = 150.0
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a line, from the left; `value` None leaves a gap.

    Dots are too near to each other to be tapped: a page lists the `href` of each beside the line.
    """

    label: str
    value: float | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class LineChart:
    """A share over time. The axis begins at `floor`, which is written on it."""

    title: str
    points: tuple[Point, ...]
    tone: Tone = Tone.ACCENT
    floor: float = 0.0
    headers: tuple[str, str] = ("", "Share")

    def draw(self, width: float) -> Drawing:
        left, right, head = 48.0, width - 52.0, 12.0
        marks: list[Mark] = []
        for part in (0.0, 0.5, 1.0):
            y = head + TALL * (1 - part)
            value = self.floor + (1 - self.floor) * part
            marks += [
                Line(left, y, right, y, Tone.LINE),
                Text(left - 8, y + 4, f"{value * 100:.0f} %", SMALL, Anchor.END, Tone.QUIET),
            ]
        known = [(i, p) for i, p in enumerate(self.points) if p.value is not None]
        spots = [self._spot(i, p.value or 0, left, right, head) for i, p in known]
        marks.append(Path(tuple(spots), self.tone, 2))
        for x, y in spots:
            marks.append(Path(turn(x, y, 4), self.tone, is_filled=True))
        if spots:
            (x, y), last = spots[-1], known[-1][1]
            words = f"{(last.value or 0) * 100:.0f} %"
            marks.append(Text(x + 8, y + 4, words, SMALL, is_strong=True))
        marks += self._name_ends(left, right, head + TALL + 18)
        return Drawing(width, head + TALL + 26, tuple(marks))

    def _spot(
        self, i: int, value: float, left: float, right: float, head: float
    ) -> tuple[float, float]:
        steps = max(len(self.points) - 1, 1)
        share = (value - self.floor) / (1 - self.floor)
        return (left + (right - left) * i / steps, head + TALL * (1 - max(0.0, min(1.0, share))))

    def _name_ends(self, left: float, right: float, y: float) -> list[Mark]:
        if not self.points:
            return []
        room = (right - left) / 2 - 8
        first = Text(left, y, shorten(self.points[0].label, room), SMALL, tone=Tone.QUIET)
        if len(self.points) == 1:
            return [first]
        label = shorten(self.points[-1].label, room)
        return [first, Text(right, y, label, SMALL, Anchor.END, Tone.QUIET)]

    def describe(self) -> str:
        return "; ".join(f"{p.label}: {percent(p.value)}" for p in self.points) + "."

    def tabulate(self) -> Table:
        return Table(self.headers, tuple((p.label, percent(p.value)) for p in self.points))


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The shape of a few values, without words: they are beside it."""

    title: str
    points: tuple[Point, ...]
    tone: Tone = Tone.ACCENT

    def draw(self, width: float) -> Drawing:
        tall, edge = 32.0, 4.0
        values = [point.value or 0.0 for point in self.points]
        low, high = min(values, default=0.0), max(values, default=0.0)
        steps, span = max(len(values) - 1, 1), (high - low) or 1.0
        spots = tuple(
            (edge + (width - 2 * edge) * i / steps,
             tall - edge - (tall - 2 * edge) * (value - low) / span)
            for i, value in enumerate(values)
        )  # fmt: skip
        marks: list[Mark] = [Path(spots, self.tone, 2)]
        if spots:
            marks.append(Path(turn(*spots[-1], 3), self.tone, is_filled=True))
        return Drawing(width, tall, tuple(marks))

    def describe(self) -> str:
        values = [count(point.value or 0) for point in self.points]
        return f"From {values[0]} to {values[-1]}." if values else "No values."

    def tabulate(self) -> Table:
        rows = tuple((point.label, count(point.value or 0)) for point in self.points)
        return Table(("", "Count"), rows)


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a count ends if it goes on as it did, and how many things an hour that is."""

    at: datetime
    per_hour: float


def forecast(seen: Sequence[tuple[datetime, int]], target: int, now: datetime) -> Forecast | None:
    """Return when a count will be done; None if it is, or if nobody counted much lately.

    :param seen: moments with how many things were counted by then, oldest first.
    """
    if not seen or seen[-1][1] >= target:
        return None
    (began, _), (_, done) = seen[0], seen[-1]
    since = max(began, now - LATELY)
    lately = done - max((number for at, number in seen if at <= since), default=0)
    taken = now - since
    if lately < LEAST_SEEN or taken < LEAST_TIME:
        return None
    ahead = taken * ((target - done) / lately)
    if ahead > (now - began) * MAX_AHEAD:
        return None
    return Forecast(now + ahead, lately / (taken / timedelta(hours=1)))


@dataclass(frozen=True, slots=True)
class BurnUp:
    """How many things were counted by when, up to the number that is expected."""

    title: str
    seen: tuple[tuple[datetime, int], ...]
    target: int
    now: datetime
    due: datetime | None = None

    def draw(self, width: float) -> Drawing:
        left, right, head = 4.0, width - 4.0, 24.0
        ahead = forecast(self.seen, self.target, self.now)
        ends = [at for at, _ in self.seen] + ([ahead.at] if ahead else [])
        if not ends:
            words = Text(0, 24, "Nothing is counted yet.", SMALL, tone=Tone.QUIET)
            return Drawing(width, 36, (words,))
        began, ended = min(ends), max(ends)
        due = self.due
        if due is not None and timedelta(0) <= due - began <= (ended - began) * 3:
            ended = max(ended, due)
        else:
            due = None  # far away, its line would press the count into a corner
        span = max((ended - began).total_seconds(), 1.0)
        top = max(self.target, self.seen[-1][1], 1)

        def at(moment: datetime, value: float) -> tuple[float, float]:
            part = (moment - began).total_seconds() / span
            return (left + (right - left) * part, head + TALL * (1 - value / top))

        marks: list[Mark] = [
            Line(left, head + TALL, right, head + TALL, Tone.LINE),
            *self._draw_target(at(began, self.target)[1], left, right),
            *self._draw_seen([at(*one) for one in self.seen], head + TALL),
        ]
        if ahead:
            (x1, y1), (x2, y2) = at(*self.seen[-1]), at(ahead.at, self.target)
            marks.append(Line(x1, y1, x2, y2, Tone.ACCENT, 2, is_dashed=True))
        if due is not None:
            x, _ = at(due, 0)
            is_far = x > measure("due") + 10
            words = Text(x - 6 if is_far else x + 6, head + TALL - 8, "due", SMALL,
                         Anchor.END if is_far else Anchor.START, Tone.WARN)  # fmt: skip
            marks += [Line(x, head, x, head + TALL, Tone.WARN, 2, is_dashed=True), words]
        marks += self._name_times(began, ended, left, right, head + TALL + 18)
        return Drawing(width, head + TALL + 26, tuple(marks))

    def _draw_target(self, y: float, left: float, right: float) -> list[Mark]:
        words = f"{count(self.target)} expected"
        return [
            Line(left, y, right, y, Tone.QUIET, 1, is_dashed=True),
            Text(left, y - 7, words, SMALL, tone=Tone.QUIET),
        ]

    def _draw_seen(self, spots: list[tuple[float, float]], base: float) -> list[Mark]:
        steps = [spots[0]]
        for x, y in spots[1:]:
            steps += [(x, steps[-1][1]), (x, y)]
        area = ((steps[0][0], base), *steps, (steps[-1][0], base))
        x, y = steps[-1]
        number = count(self.seen[-1][1])
        is_far = x > measure(number) + 16
        words = Text(x - 8 if is_far else x + 8, max(y - 8, 40), number, SMALL,
                     Anchor.END if is_far else Anchor.START, is_strong=True)  # fmt: skip
        return [
            Path(area, Tone.TRACK, is_filled=True),
            Path(tuple(steps), Tone.ACCENT, 2),
            Path(turn(x, y, 4), Tone.ACCENT, is_filled=True),
            words,
        ]

    def _name_times(
        self, began: datetime, ended: datetime, left: float, right: float, y: float
    ) -> list[Mark]:
        is_short = ended - began < ONE_DAY
        form = "%H:%M UTC" if is_short else "%d %b"
        first, last = began.strftime(form).lstrip("0"), ended.strftime(form).lstrip("0")
        if is_short:
            first, last = began.strftime(form), ended.strftime(form)
        return [
            Text(left, y, first, SMALL, tone=Tone.QUIET),
            Text(right, y, last, SMALL, Anchor.END, Tone.QUIET),
        ]

    def describe(self) -> str:
        if not self.seen:
            return f"Nothing is counted yet; {count(self.target)} are expected."
        said = f"{count(self.seen[-1][1])} of {count(self.target)} are counted."
        ahead = forecast(self.seen, self.target, self.now)
        if ahead is None:
            return said
        pace = f"At {count(ahead.per_hour)} an hour"
        return f"{said} {pace}, the count is done at {moment(ahead.at)}."

    def tabulate(self) -> Table:
        rows = tuple((at.strftime("%d %b %Y, %H:%M UTC"), count(done)) for at, done in self.seen)
        return Table(("By", "Counted"), rows)

"""The days on which a programme makes its audits, and the names of the times between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from scanner_app.domain.months import add_months, whole_months

MAX_PERIOD_DAYS = 92
MONTHS_A_QUARTER = 3


class Every(StrEnum):
    """How often a programme makes an audit."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ROLLING = "rolling"


@dataclass(frozen=True, slots=True)
class EveryFacts:
    """What is said about how often.

    :param days: from one run to the next, where they are always as many; 0 by months.
    :param months: the same in months.
    """

    label: str
    means: str
    days: int = 0
    months: int = 0


EVERY = {
    Every.WEEK: EveryFacts("Every week", "Everything that it covers, each week.", days=7),
    Every.MONTH: EveryFacts(
        "Every month", "On the same day; the 31st is a month's last.", months=1
    ),
    Every.QUARTER: EveryFacts("Every quarter", "On the same day, every three months.", months=3),
    Every.YEAR: EveryFacts("Every year", "On the same day of the year.", months=12),
    Every.ROLLING: EveryFacts(
        "Rolling", "A few locations at a time, the valuable ones more often.", days=7
    ),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a programme makes audits.

    :param anchor_on: the first day; all others follow from it.
    :param period_days: days from one run to the next; for rolling counts only.
    """

    every: Every
    anchor_on: date
    period_days: int = 7

    def day(self, number: int) -> date:
        """Return the day of a run: 0 is the first."""
        facts = EVERY[self.every]
        if facts.months:
            return add_months(self.anchor_on, facts.months * number)
        step = self.period_days if self.every is Every.ROLLING else facts.days
        return self.anchor_on + timedelta(days=step * number)

    def find_number(self, day: date) -> int:
        """Return the number of the last run up to a day; -1 before the first."""
        if day < self.anchor_on:
            return -1
        facts = EVERY[self.every]
        if facts.months:
            return whole_months(self.anchor_on, day) // facts.months
        step = self.period_days if self.every is Every.ROLLING else facts.days
        return (day - self.anchor_on).days // step

    def next_from(self, day: date) -> date:
        """Return the first run on or after a day."""
        number = self.find_number(day)
        return day if number >= 0 and self.day(number) == day else self.day(number + 1)

    def key(self, day: date) -> str:
        """Return the name of the time that a run stands for: ``2026-W49``, ``2026-Q4``."""
        if self.every is Every.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        if self.every is Every.MONTH:
            return f"{day:%Y-%m}"
        if self.every is Every.QUARTER:
            return f"{day:%Y}-Q{(day.month - 1) // MONTHS_A_QUARTER + 1}"
        return f"{day:%Y}" if self.every is Every.YEAR else day.isoformat()


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is due.

    :param skipped: how many runs before it were missed and are not made any more.
    :param next_on: the day of the run after it.
    """

    due_on: date
    key: str
    skipped: int
    next_on: date


def find_due(schedule: Schedule, next_on: date, today: date) -> Due | None:
    """Return the run that is due, None before its day.

    Of several that were missed, the newest alone is made: the same locations counted three times
    in a row would show nothing more.
    """
    if today < next_on:
        return None
    last, first = schedule.find_number(today), schedule.find_number(next_on)
    day = schedule.day(last)
    return Due(day, schedule.key(day), max(0, last - first), schedule.day(last + 1))

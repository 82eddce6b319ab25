"""Recurring maintenance: when a plan is due, by the calendar or by how often a thing is lent."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta

from scanner_app.domain.months import add_months

MAX_MONTHS = 120
MAX_CHECK_OUTS = 10_000
MAX_LEAD_DAYS = 365
MAX_PLAN_NAME = 120
# A day that somebody mistyped by centuries is not followed month by month.
FIRST_YEAR, LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True)
class Due:
    """What a calendar asks for on a day.

    :param due_on: by when the work is to be done; None if nothing is to be opened yet.
    :param next_on: the day after that.
    """

    due_on: date | None
    next_on: date


def find_due(
    first_on: date, next_on: date, *, every_months: int, lead_days: int, today: date
) -> Due:
    """Return what is to be opened today. Of turns that were missed, the latest alone is opened.

    :param first_on: the day of the first turn: the 31st stays the 31st where a month has one.
    :param next_on: the first turn that was not opened yet.
    """
    turns = (add_months(first_on, every_months * count) for count in itertools.count())
    due_on = None
    for turn in turns:
        if turn < next_on:
            continue
        if turn - timedelta(days=lead_days) > today:
            break
        due_on = turn
    return Due(due_on, turn)


def count_turns(check_outs: int, every: int) -> int:
    """Return how many turns are behind a thing that was lent this often."""
    return check_outs // every

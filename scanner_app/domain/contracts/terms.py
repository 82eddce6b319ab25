"""The terms of a contract: when one has to be decided about, and what follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scanner_app.domain.contracts.states import ContractState, Renewal
from scanner_app.domain.months import add_months

DAY = timedelta(days=1)
MAX_NOTICE_DAYS = 3650
MAX_RENEWAL_MONTHS = 240
MAX_SLA_HOURS = 8784
MAX_NAME = 200
# A check that did not run for years still ends.
MAX_MISSED = 240
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from one to another, both included; without a last day it goes on.

    :param ends_on: None: it is open.
    """

    starts_on: date
    ends_on: date | None

    def meets(self, other: Span) -> int:
        """Return on how many days both hold; of two that are open, from the later start 1."""
        first = max(self.starts_on, other.starts_on)
        last = min(self.ends_on or date.max, other.ends_on or date.max)
        if last == date.max:
            return 1
        return max(0, (last - first).days + 1)


def find_act_by(ends_on: date | None, notice_days: int) -> date | None:
    """Return the day by which a term has to be decided about; None for one that is open."""
    return None if ends_on is None else ends_on - timedelta(days=notice_days)


def renew_until(ends_on: date, months: int) -> date:
    """Return the last day of the term that follows; the last of a month stays the last of one."""
    is_last = (ends_on + DAY).day == 1
    until = add_months(ends_on, months)
    return add_months(until.replace(day=1), 1) - DAY if is_last else until


def list_rollovers(
    span: Span, *, notice_days: int, renewal: Renewal, months: int, today: date
) -> Iterator[Span]:
    """Return the terms that follow by themselves until today, the oldest first.

    The next one is made on the day after the day to act by.
    """
    if renewal is not Renewal.TACIT or months < 1:
        return
    current = span
    for _ in range(MAX_MISSED):
        act_by = find_act_by(current.ends_on, notice_days)
        if current.ends_on is None or act_by is None or act_by >= today:
            return
        current = Span(current.ends_on + DAY, renew_until(current.ends_on, months))
        yield current


def needs_decision(state: ContractState, ends_on: date | None, *, has_next: bool) -> bool:
    """Return whether somebody has to say what becomes of a term."""
    return state is ContractState.ACTIVE and ends_on is not None and not has_next

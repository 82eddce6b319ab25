"""When a thing is due to be replaced, in which year's budget, and what speaks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from scanner_app.domain.money import round_cents
from scanner_app.domain.months import add_months, fiscal_year, whole_months

SOON = timedelta(days=180)
LATE_IN_LIFE = Decimal("0.8")


class DueReason(StrEnum):
    """What sets the day on which a thing is due."""

    SUPPORT = "support"
    LIFE = "life"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class DueReasonRow:
    reason: DueReason
    label: str


DUE_REASONS: dict[DueReason, DueReasonRow] = {
    row.reason: row
    for row in (
        DueReasonRow(DueReason.SUPPORT, "support ends"),
        DueReasonRow(DueReason.LIFE, "useful life ends"),
        DueReasonRow(DueReason.DECISION, "extended by a decision"),
    )
}


@dataclass(frozen=True, slots=True)
class LifeFacts:
    """What is known of a thing's life.

    :param life_months: its useful life, by the nearest rule; None if no rule says.
    :param support_ends: the end of its maker's support.
    :param extended_until: the day that the newest decision to extend names.
    :param failures: how often it was repaired in the last 12 months.
    """

    start: date | None = None
    life_months: int | None = None
    support_ends: date | None = None
    warranty_months: int | None = None
    extended_until: date | None = None
    failures: int = 0


def find_due_day(facts: LifeFacts) -> tuple[date, DueReason] | None:
    """Return when a thing is due and why: the earliest day, or the newest decision's.

    Return None where nothing says.
    """
    if facts.extended_until is not None:
        return facts.extended_until, DueReason.DECISION
    days: list[tuple[date, DueReason]] = []
    if facts.support_ends is not None:
        days.append((facts.support_ends, DueReason.SUPPORT))
    if facts.start is not None and facts.life_months:
        days.append((add_months(facts.start, facts.life_months), DueReason.LIFE))
    return min(days) if days else None


def find_budget_year(due: date, *, today: date, first_month: int) -> int:
    """Return the fiscal year whose budget pays; what is overdue counts in the running one."""
    return max(fiscal_year(due, first_month), fiscal_year(today, first_month))


def inflate(cents: int, percent: Decimal, years: int) -> int:
    """Return a price some years ahead, in hundredths."""
    return round_cents(cents * (1 + percent / 100) ** years)


class Sign(StrEnum):
    """What speaks for replacing a thing."""

    LIFE_REACHED = "life_reached"
    LIFE_LATE = "life_late"
    SUPPORT_ENDED = "support_ended"
    SUPPORT_ENDS = "support_ends"
    NO_WARRANTY = "no_warranty"
    FAILED_ONCE = "failed_once"
    FAILED_TWICE = "failed_twice"
    FAILED_OFTEN = "failed_often"


@dataclass(frozen=True, slots=True)
class SignRow:
    """The points of a sign, and what pages say of it."""

    sign: Sign
    points: int
    label: str


SIGNS: dict[Sign, SignRow] = {
    row.sign: row
    for row in (
        SignRow(Sign.LIFE_REACHED, 25, "its useful life is over"),
        SignRow(Sign.LIFE_LATE, 10, "over 80 % of its useful life is past"),
        SignRow(Sign.SUPPORT_ENDED, 25, "support has ended"),
        SignRow(Sign.SUPPORT_ENDS, 10, "support ends within 180 days"),
        SignRow(Sign.NO_WARRANTY, 10, "out of warranty"),
        SignRow(Sign.FAILED_ONCE, 5, "repaired once in 12 months"),
        SignRow(Sign.FAILED_TWICE, 10, "repaired twice in 12 months"),
        SignRow(Sign.FAILED_OFTEN, 15, "repaired three times or more in 12 months"),
    )
}


def list_signs(facts: LifeFacts, today: date) -> tuple[SignRow, ...]:
    """Return what speaks for replacing a thing, in the order of `Sign`."""
    found = [*_read_life(facts, today), *_read_support(facts, today)]
    found += _read_warranty(facts, today)
    if facts.failures:
        often = (Sign.FAILED_ONCE, Sign.FAILED_TWICE, Sign.FAILED_OFTEN)
        found.append(often[min(facts.failures, len(often)) - 1])
    return tuple(SIGNS[sign] for sign in found)


def _read_life(facts: LifeFacts, today: date) -> Iterable[Sign]:
    if facts.start is None or not facts.life_months:
        return
    if add_months(facts.start, facts.life_months) <= today:
        yield Sign.LIFE_REACHED
    elif whole_months(facts.start, today) >= LATE_IN_LIFE * facts.life_months:
        yield Sign.LIFE_LATE


def _read_support(facts: LifeFacts, today: date) -> Iterable[Sign]:
    if facts.support_ends is None:
        return
    if facts.support_ends <= today:
        yield Sign.SUPPORT_ENDED
    elif facts.support_ends <= today + SOON:
        yield Sign.SUPPORT_ENDS


def _read_warranty(facts: LifeFacts, today: date) -> Iterable[Sign]:
    if facts.start is None or facts.warranty_months is None:
        return
    if add_months(facts.start, facts.warranty_months) <= today:
        yield Sign.NO_WARRANTY


def count_points(signs: Iterable[SignRow]) -> int:
    """Return the priority of a replacement. The signs that go together make 75 at most."""
    return sum(row.points for row in signs)

"""The book value of a thing on any day, by the rule that stands for it.

The formulas are those of the accounting standards; none of it is a tax return.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import round_cents
from scanner_app.domain.months import MONTHS_A_YEAR, count_year_ends, whole_months

MAX_MONTHS = 600
HUNDRED = Decimal(100)
# IRS Publication 946, appendix A, table A-1: the half-year convention, in percent of the cost.
MACRS: Mapping[int, tuple[Decimal, ...]] = {
    years: tuple(map(Decimal, text.split()))
    for years, text in (
        (3, "33.33 44.45 14.81 7.41"),
        (5, "20 32 19.2 11.52 11.52 5.76"),
        (7, "14.29 24.49 17.49 12.49 8.93 8.92 8.93 4.46"),
    )
}


class Method(StrEnum):
    STRAIGHT_LINE = "straight_line"
    DECLINING = "declining"
    TABLE = "table"


class YearKind(StrEnum):
    """When a year of a table ends: by the thing's own start, or with the fiscal year."""

    FROM_START = "from_start"
    FISCAL = "fiscal"


@dataclass(frozen=True, slots=True)
class MethodRow:
    """What pages say of a method."""

    method: Method
    label: str
    sentence: str


METHODS: dict[Method, MethodRow] = {
    row.method: row
    for row in (
        MethodRow(
            Method.STRAIGHT_LINE,
            "Straight line",
            "It loses the same each month, from its cost down to its salvage value.",
        ),
        MethodRow(
            Method.DECLINING,
            "Declining balance",
            "It loses a percentage of what is left each year, at least an even share of the rest.",
        ),
        MethodRow(
            Method.TABLE,
            "Table",
            "It loses a listed percentage of its cost at the end of each year.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a thing loses its value.

    :param months: its useful life; 0 with a table, which says itself how long it lasts.
    :param salvage_percent: of the cost, what it is worth at the end. `salvage_cents` goes before.
    :param yearly_percent: with the declining method; None is double declining: 2 / years.
    :param percents: of a table, one for each year.
    """

    name: str
    method: Method
    months: int = 0
    salvage_cents: int | None = None
    salvage_percent: Decimal = Decimal(0)
    yearly_percent: Decimal | None = None
    percents: tuple[Decimal, ...] = ()
    year: YearKind = YearKind.FROM_START

    def find_salvage(self, cost_cents: int) -> int:
        """Return what a thing of this cost is worth at the end, in hundredths."""
        if self.salvage_cents is not None:
            return self.salvage_cents
        return round_cents(cost_cents * self.salvage_percent / HUNDRED)


def check_rule(rule: Rule) -> None:
    """Raise unless a rule can be used.

    :raises Invalid: a field is missing or out of its range; each is named.
    """
    errors: dict[str, list[str]] = {}
    is_table = rule.method is Method.TABLE
    if not is_table and not 1 <= rule.months <= MAX_MONTHS:
        errors["months"] = [f"Enter 1 to {MAX_MONTHS} months."]
    if not 0 <= rule.salvage_percent <= HUNDRED:
        errors["salvage_percent"] = ["Enter 0 to 100."]
    if rule.salvage_cents is not None and rule.salvage_cents < 0:
        errors["salvage_cents"] = ["Enter 0 or more."]
    if rule.yearly_percent is not None and not 0 < rule.yearly_percent <= HUNDRED:
        errors["yearly_percent"] = ["Enter more than 0, and at most 100."]
    if is_table and not rule.percents:
        errors["percents"] = ["Enter a percentage for each year."]
    if any(percent < 0 for percent in rule.percents) or sum(rule.percents) > HUNDRED:
        errors["percents"] = ["The percentages are 0 or more, and at most 100 together."]
    if errors:
        raise Invalid("This rule cannot be used. Check the fields.", errors=errors)


def find_book_value(
    rule: Rule, *, cost_cents: int, start: date, on: date, fiscal_month: int = 1
) -> int | None:
    """Return the book value of a thing on a day, in hundredths of its currency.

    Return None before it was bought, and where its salvage value is more than its cost.

    :param start: the day from which it loses value.
    :param fiscal_month: in which the fiscal year begins, 1 to 12.
    """
    salvage = rule.find_salvage(cost_cents)
    if on < start or salvage > cost_cents:
        return None
    cost, floor = Decimal(cost_cents), Decimal(salvage)
    if rule.method is Method.TABLE:
        if rule.year is YearKind.FISCAL:
            years = count_year_ends(start, on, fiscal_month)
        else:
            years = whole_months(start, on) // MONTHS_A_YEAR
        lost = sum(rule.percents[:years], Decimal(0))
        return round_cents(max(floor, cost * (1 - lost / HUNDRED)))
    months = min(whole_months(start, on), rule.months)
    if rule.method is Method.STRAIGHT_LINE:
        return round_cents(cost - (cost - floor) * months / rule.months)
    return round_cents(_decline(rule, cost, floor, months))


def _decline(rule: Rule, cost: Decimal, floor: Decimal, months: int) -> Decimal:
    """Return what is left of the cost after some months; each year is counted from the start."""
    years = Decimal(rule.months) / MONTHS_A_YEAR
    part = min(Decimal(1), 2 / years)
    if rule.yearly_percent is not None:
        part = rule.yearly_percent / HUNDRED
    left, begun = cost, 0
    while begun < months:
        length = min(MONTHS_A_YEAR, rule.months - begun)
        years_left = max(Decimal(1), Decimal(rule.months - begun) / MONTHS_A_YEAR)
        loss = min(max(left * part, (left - floor) / years_left), left - floor)
        passed = min(length, months - begun)
        left -= loss * passed / length
        begun += length
    return left

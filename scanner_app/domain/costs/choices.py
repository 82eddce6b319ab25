"""Keep, upgrade or replace: compared by equivalent annual cost.

Equivalent annual cost spreads what a choice costs over the years it lasts, with interest, so that
choices that last differently can be compared. All amounts are hundredths; rounding is done last.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import round_cents, show_money

MAX_YEARS = 15


class Choice(StrEnum):
    KEEP = "keep"
    UPGRADE = "upgrade"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """What pages say of a choice. `price` names what it costs to begin with."""

    choice: Choice
    label: str
    price: str
    advice: str


CHOICES: dict[Choice, ChoiceRow] = {
    row.choice: row
    for row in (
        ChoiceRow(Choice.KEEP, "Keep", "What it would sell for now", "Keep it"),
        ChoiceRow(
            Choice.UPGRADE, "Upgrade", "What it would sell for now, and the upgrade", "Upgrade it"
        ),
        ChoiceRow(Choice.REPLACE, "Replace", "The price of the new one", "Replace it"),
    )
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One choice: what it costs to begin, and of each year the cost and the resale value after."""

    price: int
    costs: tuple[int, ...]
    resales: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan comes to.

    :param yearly: the equivalent annual cost if it is kept for 1, 2, ... years.
    :param next_years: what one more year costs, for each year.
    """

    yearly: tuple[int, ...]
    next_years: tuple[int, ...]

    @property
    def best_years(self) -> int:
        """How many years cost least a year: the economic life."""
        return self.yearly.index(min(self.yearly)) + 1

    @property
    def best(self) -> int:
        return min(self.yearly)


def check_plan(plan: Plan, field: str) -> None:
    """Raise unless a plan has as many costs as resale values, and none below 0.

    :raises Invalid: it does not; the field is named.
    """
    message = ""
    if not 1 <= len(plan.costs) <= MAX_YEARS or len(plan.costs) != len(plan.resales):
        message = f"Enter a cost and a resale value for each of 1 to {MAX_YEARS} years."
    elif min(plan.price, *plan.costs, *plan.resales) < 0:
        message = "Enter amounts of 0 or more."
    if message:
        raise Invalid(message, errors={field: [message]})


def look_ahead(plan: Plan, percent: Decimal) -> Outlook:
    """Return what a plan comes to.

    :param percent: the yearly interest; 0 is allowed.
    """
    rate = percent / 100
    growth = 1 + rate
    yearly, next_years = [], []
    spent, before = Decimal(0), Decimal(plan.price)
    for year, (cost, resale) in enumerate(zip(plan.costs, plan.resales, strict=True), 1):
        power = growth**year
        spent += cost / power
        recovery = rate * power / (power - 1) if rate else Decimal(1) / year
        yearly.append(round_cents((plan.price - resale / power + spent) * recovery))
        next_years.append(round_cents(before * growth + cost - resale))
        before = Decimal(resale)
    return Outlook(tuple(yearly), tuple(next_years))


def count_years_to_keep(keep: Outlook, replacement: Outlook) -> int:
    """Return for how many years in a row one more year costs no more than the replacement."""
    years = 0
    for cost in keep.next_years:
        if cost > replacement.best:
            break
        years += 1
    return years


def advise(outlooks: dict[Choice, Outlook], currency: str) -> tuple[Choice, str]:
    """Return the choice that costs least a year, and why, in one sentence."""
    # Of two that cost the same, the one that changes less comes first: a sort keeps their order.
    order = sorted((c for c in Choice if c in outlooks), key=lambda c: outlooks[c].best)
    best = order[0]
    shown = [f"{CHOICES[c].label.lower()} {show_money(outlooks[c].best)}" for c in order]
    return best, (
        f"{CHOICES[best].advice}: {', '.join(shown)} {currency} a year, "
        f"each over the years that cost least."
    )

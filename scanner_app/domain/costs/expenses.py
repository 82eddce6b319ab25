"""Expenses, and the total cost of owning a thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from scanner_app.domain.costs.rates import Rates
from scanner_app.domain.money import round_cents
from scanner_app.domain.months import whole_months


class ExpenseKind(StrEnum):
    PURCHASE = "purchase"
    DELIVERY = "delivery"
    DEPLOYMENT = "deployment"
    LICENCE = "licence"
    SUPPORT = "support"
    MAINTENANCE = "maintenance"
    PART = "part"
    ENERGY = "energy"
    CLOUD = "cloud"
    DISPOSAL = "disposal"
    PROCEEDS = "proceeds"


@dataclass(frozen=True, slots=True)
class ExpenseKindRow:
    """What pages say of a kind of expense. `is_income` marks what comes back."""

    kind: ExpenseKind
    label: str
    is_income: bool = False


EXPENSE_KINDS: dict[ExpenseKind, ExpenseKindRow] = {
    row.kind: row
    for row in (
        ExpenseKindRow(ExpenseKind.PURCHASE, "Purchase"),
        ExpenseKindRow(ExpenseKind.DELIVERY, "Delivery"),
        ExpenseKindRow(ExpenseKind.DEPLOYMENT, "Deployment"),
        ExpenseKindRow(ExpenseKind.LICENCE, "Licences"),
        ExpenseKindRow(ExpenseKind.SUPPORT, "Support"),
        ExpenseKindRow(ExpenseKind.MAINTENANCE, "Maintenance"),
        ExpenseKindRow(ExpenseKind.PART, "Parts"),
        ExpenseKindRow(ExpenseKind.ENERGY, "Energy"),
        ExpenseKindRow(ExpenseKind.CLOUD, "Cloud"),
        ExpenseKindRow(ExpenseKind.DISPOSAL, "Disposal"),
        ExpenseKindRow(ExpenseKind.PROCEEDS, "Proceeds", is_income=True),
    )
}


class ExpenseSource(StrEnum):
    """Where an expense is known from."""

    DERIVED = "derived"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Expense:
    """One amount, in hundredths of its currency. Proceeds are positive too."""

    kind: ExpenseKind
    on: date
    cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class CostOfOwnership:
    """What a thing has cost by a day, in hundredths of the base currency.

    :param by_kind: what was spent of each kind; proceeds count against them.
    :param without_rate: how many amounts of each currency were left out, because no rate says.
    :param months: how many whole months it has been in service, at least 1.
    :param contracts: its share of the contracts that cover it.
    :param licences: what its seats bear of the price of their licences.
    :param passed_on: of a licence, what the holders of its seats bear.
    """

    by_kind: dict[ExpenseKind, int]
    without_rate: dict[str, int]
    months: int
    contracts: int = 0
    licences: int = 0
    passed_on: int = 0

    @property
    def own(self) -> int:
        """Return what was spent on the thing itself."""
        return sum(
            -cents if EXPENSE_KINDS[kind].is_income else cents
            for kind, cents in self.by_kind.items()
        )

    @property
    def total(self) -> int:
        return self.own + self.contracts + self.licences - self.passed_on

    @property
    def per_month(self) -> int:
        return round_cents(Decimal(self.total) / self.months)


def sum_expenses(
    expenses: Iterable[Expense], rates: Rates, *, on: date, in_service: date | None
) -> CostOfOwnership:
    """Return the total cost of ownership by a day, of the expenses up to it.

    :param in_service: when it was first deployed, else bought; None counts as one month.
    """
    by_kind: Counter[ExpenseKind] = Counter()
    left_out: Counter[str] = Counter()
    for expense in expenses:
        if expense.on > on:
            continue
        base = rates.to_base(expense.cents, expense.currency, expense.on)
        if base is None:
            left_out[expense.currency] += 1
        else:
            by_kind[expense.kind] += base
    months = max(1, whole_months(in_service, on)) if in_service else 1
    kinds = {kind: by_kind[kind] for kind in ExpenseKind if kind in by_kind}
    return CostOfOwnership(kinds, dict(left_out), months)


def say_left_out(without_rate: dict[str, int]) -> str:
    """Return what a total leaves out: `2 amounts in JPY have no rate`; empty if nothing."""
    return "; ".join(
        f"{count} amount{'' if count == 1 else 's'} in {currency} "
        f"{'has' if count == 1 else 'have'} no rate"
        for currency, count in sorted(without_rate.items())
    )

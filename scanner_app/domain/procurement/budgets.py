"""A budget: what is reserved by requests, committed by orders and spent, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scanner_app.domain.costs.rates import Rates


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in its currency, and the day whose exchange rate counts."""

    cents: int
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a budget is used, in hundredths of its currency.

    :param reserved: by approved requests, and by orders that are not placed yet.
    :param committed: by what is placed and not booked.
    :param unknown: currencies without a rate, each with how many amounts are left out.
    """

    amount: int
    reserved: int
    committed: int
    spent: int
    unknown: tuple[tuple[str, int], ...] = ()

    @property
    def left(self) -> int:
        """Return what is neither committed nor spent; below 0 where it is overdrawn."""
        return self.amount - self.committed - self.spent

    @property
    def free(self) -> int:
        """Return what is left once all that is reserved is bought."""
        return self.left - self.reserved


def convert(amount: Amount, currency: str, rates: Rates) -> int | None:
    """Return an amount in a budget's currency; None without a rate.

    Rates are against the currency of the organisation, so another one is reached through it.
    """
    if amount.currency == currency:
        return amount.cents
    if currency != rates.base:
        return None
    return rates.to_base(amount.cents, amount.currency, amount.on)


def add_up(amounts: Iterable[Amount], currency: str, rates: Rates, unknown: dict[str, int]) -> int:
    """Return the sum of amounts, and count those that are left out in `unknown`."""
    total = 0
    for one in amounts:
        cents = convert(one, currency, rates)
        if cents is None:
            unknown[one.currency] = unknown.get(one.currency, 0) + 1
        else:
            total += cents
    return total


def is_running(starts_on: date, ends_on: date, today: date) -> bool:
    """Return whether a budget takes orders today; its last day counts."""
    return starts_on <= today <= ends_on

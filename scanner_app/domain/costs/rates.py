"""Exchange rates: what an amount is in the currency of the organisation."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from scanner_app.domain.money import round_cents

# A rate that is older says nothing of the day. Banks set none at weekends and on holidays.
MAX_AGE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many units of a currency one unit of the base bought from a day on."""

    on: date
    per_base: Decimal


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of each currency against the base, the oldest first."""

    base: str
    by_currency: Mapping[str, Sequence[Rate]] = field(default_factory=dict)

    def find_rate(self, currency: str, on: date) -> Decimal | None:
        """Return the newest rate on or before a day; None if there is none of the last 7 days."""
        if currency == self.base:
            return Decimal(1)
        rates = self.by_currency.get(currency, ())
        index = bisect_right(rates, on, key=lambda rate: rate.on)
        if index == 0 or on - rates[index - 1].on > MAX_AGE:
            return None
        return rates[index - 1].per_base

    def to_base(self, cents: int, currency: str, on: date) -> int | None:
        """Return an amount in hundredths of the base; None if no rate says."""
        rate = self.find_rate(currency, on)
        return None if rate is None else round_cents(Decimal(cents) / rate)

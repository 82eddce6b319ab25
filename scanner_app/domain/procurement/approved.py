"""What an approval is given for: it counts for that much, and for no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner_app.domain.money import say_money


@dataclass(frozen=True, slots=True)
class Amount:
    """What something comes to.

    :param sums: hundredths by currency, as they were said; empty where nobody knows a price.
    :param base_cents: all of it in the organisation's currency; None without an exchange rate.
    :param base: the organisation's currency.
    """

    sums: Mapping[str, int] = field(default_factory=dict)
    base_cents: int | None = None
    base: str = ""

    def covers(self, other: Amount) -> bool:
        """Return whether an approval of this much counts for another amount.

        In the currency in which it was said, it counts whatever the exchange rate is by then. One
        that was given without a price counts only as long as nobody knows any.
        """
        if not self.sums or not other.sums:
            return not self.sums and not other.sums
        if all(cents <= self.sums.get(currency, 0) for currency, cents in other.sums.items()):
            return True
        if len(other.sums) == 1 and other.sums.keys() == self.sums.keys():
            return False
        if self.base_cents is None or other.base_cents is None or self.base != other.base:
            return False
        return other.base_cents <= self.base_cents


def say_amount(amount: Amount) -> str:
    """Return an amount in words, empty where nobody knows a price."""
    return " + ".join(
        f"{say_money(cents)} {currency}" for currency, cents in sorted(amount.sums.items())
    )

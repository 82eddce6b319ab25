"""The position of a product: what is entitled, needed, free and over on a day. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from scanner_app.domain.licences.metrics import UNUSED_DAYS, Metric

# Who has a seat, or has it installed: a person or an asset, by its id.
Holder = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Seats that were bought, and when they are valid.

    :param ends_on: None: perpetual.
    """

    seats: int
    starts_on: date | None
    ends_on: date | None
    unit_price_cents: int | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the seats are valid on a day."""
        begun = self.starts_on is None or self.starts_on <= day
        return begun and (self.ends_on is None or self.ends_on >= day)


@dataclass(frozen=True, slots=True)
class Use:
    """What is given and installed of a product.

    :param given: seats that are given, of all holders together.
    :param cores: of each installation.
    """

    assigned: frozenset[Holder] = frozenset()
    installed: frozenset[Holder] = frozenset()
    given: int = 0
    cores: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """:param true_up_cents: what the seats that lack cost; None without a price."""

    entitled: int
    need: int
    free: int
    shortfall: int
    true_up_cents: int | None


def find_position(
    entitlements: Iterable[Entitlement],
    use: Use,
    *,
    metric: Metric,
    day: date,
    min_cores: int = 0,
) -> Position:
    """Return the position of a product on a day.

    The price of what lacks is the newest: that of the entitlement which began last.
    """
    bought = list(entitlements)
    entitled = sum(one.seats for one in bought if one.holds_on(day))
    need = count_need(use, metric, min_cores=min_cores)
    shortfall = max(0, need - entitled)
    priced = [one for one in bought if one.unit_price_cents is not None]
    newest = max(priced, key=lambda one: one.starts_on or date.min, default=None)
    price = newest.unit_price_cents if newest is not None else None
    return Position(
        entitled,
        need,
        max(0, entitled - need),
        shortfall,
        None if price is None else shortfall * price,
    )


def count_need(use: Use, metric: Metric, *, min_cores: int = 0) -> int:
    """Return how many seats a product needs, by what it is counted by."""
    if metric in {Metric.USER, Metric.DEVICE}:
        return len(use.assigned | use.installed)
    if metric is Metric.CORE:
        return sum(max(cores, min_cores) for cores in use.cores)
    return use.given if metric is Metric.CONCURRENT else 0


def is_unused(last_used: Collection[date | None], today: date) -> bool:
    """Return whether a holder uses it no more. Unknown use is not disuse.

    :param last_used: of each installation that the holder has.
    """
    known = [day for day in last_used if day is not None]
    if not known or len(known) < len(last_used):
        return False
    return max(known) < today - timedelta(days=UNUSED_DAYS)

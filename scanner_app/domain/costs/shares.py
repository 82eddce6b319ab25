"""What is paid for many things at once, and the share of each: all of them add up to the cent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from scanner_app.domain.months import add_months


@dataclass(frozen=True, slots=True)
class Split:
    """An amount, split by weight.

    Of each share only whole hundredths are kept; those that are left over go to the largest
    fractions, and among equal ones to the lowest asset tags.

    :param whole: what all weights add up to.
    :param floors: by weight, the share without what is left over.
    :param favoured: the weights of which each holder gets one hundredth more.
    :param tied: the weights of which only the first `left` holders, by tag, get one more.
    """

    total: int
    whole: int
    floors: Mapping[int, int]
    favoured: frozenset[int]
    tied: frozenset[int]
    left: int

    def find(self, weight: int, rank: int = 0) -> int:
        """Return a share, in hundredths.

        :param rank: how many holders of a tied weight have a lower tag; without a tie it is not
            asked.
        """
        more = weight in self.favoured or (weight in self.tied and rank < self.left)
        return self.floors.get(weight, 0) + more


def split(total: int, counts: Mapping[int, int]) -> Split:
    """Return how an amount of 0 or more is split.

    :param counts: how many holders each weight has.
    """
    held = {weight: count for weight, count in counts.items() if weight > 0 and count > 0}
    whole = sum(weight * count for weight, count in held.items())
    if not whole or total <= 0:
        return Split(0, whole, {}, frozenset(), frozenset(), 0)
    floors, by_rest = {}, defaultdict(list)
    for weight in held:
        floors[weight], rest = divmod(total * weight, whole)
        by_rest[rest].append(weight)
    left = total - sum(floors[weight] * count for weight, count in held.items())
    favoured: set[int] = set()
    for rest in sorted(by_rest, reverse=True):
        alike = sum(held[weight] for weight in by_rest[rest])
        if left < alike:
            return Split(total, whole, floors, frozenset(favoured), frozenset(by_rest[rest]), left)
        favoured.update(by_rest[rest])
        left -= alike
    return Split(total, whole, floors, frozenset(favoured), frozenset(), left)


def list_charges(
    starts_on: date, ends_on: date | None, months: int | None, *, until: date
) -> Iterator[date]:
    """Return the days on which a price is due, from the first one of a term until a day.

    :param months: from one payment to the next; None: once, on the first day.
    """
    last = until if ends_on is None else min(until, ends_on)
    number, on = 0, starts_on
    while on <= last:
        yield on
        if months is None:
            return
        number += 1
        on, before = add_months(starts_on, number * months), on
        if on <= before:  # the calendar ends here
            return


def count_days(
    first: date, last: date | None, *, from_on: date, until_on: date | None, today: date
) -> int:
    """Return on how many days of a term a thing is part of it, both ends included.

    :param last: of the term; one without an end is counted until today.
    :param until_on: of the thing; None: as long as the term runs.
    """
    end = today if last is None else last
    if until_on is not None:
        end = min(end, until_on)
    return max(0, (end - max(first, from_on)).days + 1)


DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SeatSpan:
    """Seats that begin and end together.

    :param until_on: the last day; None: they are still given.
    :param is_asset: an asset holds them, not a person.
    """

    from_on: date
    until_on: date | None
    quantity: int
    is_asset: bool


def share_seats(
    spent: int,
    spans: Mapping[SeatSpan, int],
    *,
    seats: int,
    first: date,
    last: date | None,
    today: date,
) -> Split:
    """Return what the holders of seats bear of what a licence cost.

    A seat bears its part of the price by its days; what nobody held stays with the licence.

    :param spans: how many holders each span has.
    """
    counts: Counter[int] = Counter()
    for span, count in spans.items():
        counts[weigh_seats(span, first=first, last=last, today=today)] += count
    held = sum(weight * count for weight, count in counts.items())
    all_days = count_days(first, last, from_on=first, until_on=None, today=today)
    whole = max(seats * all_days, held)
    return split((2 * spent * held + whole) // (2 * whole) if whole else 0, counts)


def weigh_seats(span: SeatSpan, *, first: date, last: date | None, today: date) -> int:
    """Return the days of seats in the time of their licence, times their number."""
    days = count_days(first, last, from_on=span.from_on, until_on=span.until_on, today=today)
    return days * span.quantity


@dataclass(frozen=True, slots=True)
class Share:
    """What an asset bears of a term of a contract, or of a licence, and how it follows.

    :param ref: the number of the contract, or the tag of the licence.
    :param term: of the contract; None of a licence.
    :param weight: its days, for a licence times its seats; `whole` those of all.
    :param spent: what was spent on all by today, in hundredths of the base currency.
    """

    ref: str
    name: str
    term: int | None
    from_on: date
    until_on: date | None
    weight: int
    whole: int
    spent: int
    cents: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent, in hundredths of the base, and what was left out for want of a rate."""

    cents: int
    without_rate: dict[str, int]

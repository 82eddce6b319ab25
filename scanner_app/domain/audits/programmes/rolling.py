"""Rolling counts: which locations a run takes, so that each is counted as often as its class asks.

Locations are ranked by the value of what they hold: those that make up the first 80 % of it are of
class A, up to 95 % of class B, the rest of class C. A location's *score* is the time since its last
count as a part of the time that its class allows. A run takes locations by falling score while all
that was ever taken is below what the year asks for up to the next run, and always those that would
otherwise wait longer than their class allows. Times are compared as whole numbers, so that anybody
can repeat a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

DAYS_A_YEAR = 365
YEAR = timedelta(days=DAYS_A_YEAR)
MAX_COUNTS = 52


class PlaceClass(StrEnum):
    """How much of the value a location holds, and so how often it is counted."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What is said about a class.

    :param up_to: the part of all value at which it ends, in percent.
    :param counts: how often a year its locations are counted unless a programme says otherwise.
    """

    means: str
    up_to: int
    counts: int


CLASSES = {
    PlaceClass.A: ClassFacts("the first 80 % of the value", 80, 4),
    PlaceClass.B: ClassFacts("up to 95 % of the value", 95, 2),
    PlaceClass.C: ClassFacts("the rest, and what has no value", 100, 1),
}

Counts = Mapping[PlaceClass, int]


@dataclass(frozen=True, slots=True)
class Unit:
    """A location that is counted as one.

    :param assets: how many assets the programme expects there.
    :param value: what they are worth, in cents, by currency; what has no value is not in it.
    """

    location_id: int
    code: str
    assets: int
    value: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A location that a run may take.

    :param counted_at: when it was counted last, or counts as counted.
    """

    unit: Unit
    place_class: PlaceClass
    counted_at: datetime

    def measure(self, counts: Counts, at: datetime) -> timedelta:
        """Return the time since the last count, times the counts a year: above a year is late."""
        return (at - self.counted_at) * counts[self.place_class]

    def score(self, counts: Counts, at: datetime) -> float:
        """Return the time since the last count as a part of what the class allows."""
        return self.measure(counts, at) / YEAR

    def due_at(self, counts: Counts) -> datetime:
        """Return when the class asks for the next count."""
        return self.counted_at + YEAR / counts[self.place_class]


@dataclass(frozen=True, slots=True)
class Load:
    """What a programme took so far, and what it should have taken.

    :param taken: assets that all runs took.
    :param asked: the assets that a year asks for, added up for each day: 365 times the quota.
    """

    taken: int = 0
    asked: int = 0


def classify(units: Iterable[Unit]) -> dict[int, PlaceClass]:
    """Return the class of each location, by its id.

    Each currency is ranked apart, and a location is of the best class that one of them gives it.
    The first location of a currency is always of class A.
    """
    known = list(units)
    classes = {one.location_id: PlaceClass.C for one in known}
    for currency in sorted({name for one in known for name in one.value}):
        ranked = sorted(
            (one for one in known if one.value.get(currency)),
            key=lambda one: (-one.value[currency], one.code),
        )
        total, before = sum(one.value[currency] for one in ranked), 0
        for one in ranked:
            # What comes before it decides, so the location that crosses a line is above the line.
            given = next(c for c, row in CLASSES.items() if 100 * before < row.up_to * total)
            classes[one.location_id] = min(classes[one.location_id], given)
            before += one.value[currency]
    return classes


def hash_unit(seed: str, unit: Unit) -> tuple[str, str]:
    """Return the place of a location in the order of a programme: SHA-256 of seed and code."""
    return sha256(f"{seed}\n{unit.code}".encode()).hexdigest(), unit.code


def stagger(
    seed: str,
    joining: Iterable[int],
    classes: Mapping[int, PlaceClass],
    units: Iterable[Unit],
    counts: Counts,
    *,
    at: datetime,
) -> dict[int, datetime]:
    """Return when each location that joins counts as counted last, by its id.

    The r-th of the n locations of its class counts as counted period * (1 - (r - 0.5) / n) before
    it joins. Without this, all of a class would fall due at once.
    """
    wanted, order = set(joining), sorted(units, key=lambda one: hash_unit(seed, one))
    times: dict[int, datetime] = {}
    for place_class in CLASSES:
        of_class = [one for one in order if classes[one.location_id] is place_class]
        n = len(of_class)
        for rank, one in enumerate(of_class, 1):
            if one.location_id in wanted:
                before = YEAR * (2 * n - 2 * rank + 1) // (2 * n * counts[place_class])
                times[one.location_id] = at - before
    return times


def ask_for(units: Iterable[Unit], classes: Mapping[int, PlaceClass], counts: Counts) -> int:
    """Return how many assets a year asks to count: each as often as its location's class says."""
    return sum(one.assets * counts[classes[one.location_id]] for one in units)


def choose(
    seed: str,
    waiting: Sequence[Waiting],
    load: Load,
    counts: Counts,
    *,
    at: datetime,
    next_at: datetime,
) -> list[Waiting]:
    """Return the locations that a run takes, by falling score.

    :param load: with what is asked for up to the next run.
    """
    ranked = sorted(waiting, key=lambda one: (-one.measure(counts, at), hash_unit(seed, one.unit)))
    chosen, taken = [], load.taken
    for one in ranked:
        would_be_late = one.measure(counts, next_at) > YEAR
        if would_be_late or taken * DAYS_A_YEAR < load.asked:
            chosen.append(one)
            taken += one.unit.assets
    return chosen

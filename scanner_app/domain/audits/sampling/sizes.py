"""How many members a sample needs, and how they are shared out among strata. Sizes round up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scanner_app.domain.audits.sampling.distributions import (
    find_z,
    hypergeometric_at_most,
    poisson_factor,
)

# A variance cannot be estimated from one member.
LEAST_OF_STRATUM = 2
# What tables of sampling by money multiply the expected error by, of each confidence.
EXPANSION = {Fraction(95, 100): Fraction(16, 10), Fraction(90, 100): Fraction(15, 10)}


def size_to_estimate(
    population: int, *, margin: Fraction, expected: Fraction, confidence: Fraction
) -> int:
    """Return how many members show a rate to within `margin` (Cochran, with the finite correction).

    :param expected: the rate that is expected; a half asks for the most members.
    """
    if not population:
        return 0
    z = find_z(float(confidence))
    endless = z * z * float(expected * (1 - expected)) / float(margin) ** 2
    return min(population, max(1, math.ceil(endless / (1 + (endless - 1) / population))))


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A sample that shows a rate: if at most `allowed` of its `size` members are wrong."""

    size: int
    allowed: int


def size_to_accept(
    population: int,
    *,
    tolerable: Fraction,
    confidence: Fraction,
    expected: Fraction = Fraction(0),
    allowed: int | None = None,
) -> Acceptance:
    """Return the smallest sample that shows that at most `tolerable` of the population is wrong.

    :param expected: the rate that is expected: as many of the sample may be wrong, rounded up.
    :param allowed: how many may be wrong, instead of `expected`.
    """
    marked = math.ceil(population * tolerable)
    risk = float(1 - confidence)
    if allowed is not None or not expected:
        errors = allowed or 0
        size = _smallest(population, marked, errors, risk, 1, population)
        return Acceptance(population if size is None else size, errors)
    errors = 1
    while (errors - 1) / expected < population:
        # Of samples of these sizes, `errors` is the expected rate, rounded up.
        least = math.floor((errors - 1) / expected) + 1
        most = min(population, math.floor(errors / expected))
        size = _smallest(population, marked, errors, risk, least, most)
        if size is not None:
            return Acceptance(size, errors)
        errors += 1
    return Acceptance(population, math.ceil(population * expected))


def _smallest(
    population: int, marked: int, errors: int, risk: float, low: int, high: int
) -> int | None:
    """Return the smallest size from `low` to `high` at which `errors` are unlikely enough."""
    if high < low or hypergeometric_at_most(errors, population, marked, high) > risk:
        return None
    while low < high:
        middle = (low + high) // 2
        if hypergeometric_at_most(errors, population, marked, middle) <= risk:
            high = middle
        else:
            low = middle + 1
    return low


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the population that is drawn from separately, and the rate expected in it."""

    name: str
    members: int
    expected: Fraction = Fraction(1, 2)


def allocate(size: int, strata: Sequence[Stratum]) -> dict[str, int]:
    """Return how many members each stratum contributes (Neyman).

    Each takes at least two, or all that it has: a small `size` over many strata is exceeded.
    """
    weights = {s.name: s.members * math.sqrt(float(s.expected * (1 - s.expected))) for s in strata}
    if not any(weights.values()):
        weights = {s.name: float(s.members) for s in strata}
    whole = math.fsum(weights.values())
    shares = {name: size * weight / whole if whole else 0.0 for name, weight in weights.items()}
    most = {s.name: s.members for s in strata}
    taken = {
        name: min(most[name], max(LEAST_OF_STRATUM, math.floor(share)))
        for name, share in shares.items()
    }
    by_remainder = sorted(shares, key=lambda name: (math.floor(shares[name]) - shares[name], name))
    rest = size - sum(taken.values())
    while rest > 0 and any(taken[name] < most[name] for name in by_remainder):
        for name in by_remainder:
            if rest and taken[name] < most[name]:
                taken[name] += 1
                rest -= 1
    return {s.name: taken[s.name] for s in strata}


def size_by_value(
    value_cents: int, *, tolerable_cents: int, expected_cents: int = 0, confidence: Fraction
) -> int:
    """Return how many draws by value show that at most `tolerable_cents` is wrong.

    The factor is rounded up to two places, as printed tables have it (3.00 and 2.31).

    :raises ValueError: the error expected leaves nothing of the tolerable one.
    """
    factor = Fraction(math.ceil(poisson_factor(0, float(confidence)) * 100), 100)
    left = tolerable_cents - expected_cents * EXPANSION.get(confidence, Fraction(19, 10))
    if left <= 0:
        raise ValueError("The value expected to be wrong is too near to the tolerable value.")
    return math.ceil(value_cents * factor / left)

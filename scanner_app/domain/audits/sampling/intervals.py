"""What a sample proves about its population: bounds that hold as often as they claim.

Two-sided bounds go beside an estimate; a one-sided upper bound beside a tolerable rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from scanner_app.domain.audits.sampling.distributions import (
    beta_quantile,
    hypergeometric_at_most,
    student_quantile,
)

# A chance of exactly the risk is not more than it, whatever its last binary digit says.
MORE = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and the largest number, or share, that fit what was found."""

    low: float
    high: float


class Conclusion(StrEnum):
    """What the bounds say about a tolerable rate or value."""

    SHOWN = "shown"
    REFUTED = "refuted"
    NOT_SHOWN = "not_shown"


@dataclass(frozen=True, slots=True)
class ConclusionRow:
    """One conclusion: what people read. Never "passed": a sample does not pass."""

    conclusion: Conclusion
    label: str


CONCLUSIONS: dict[Conclusion, ConclusionRow] = {
    row.conclusion: row
    for row in (
        ConclusionRow(Conclusion.SHOWN, "Shown"),
        ConclusionRow(Conclusion.REFUTED, "Refuted"),
        ConclusionRow(Conclusion.NOT_SHOWN, "Not shown"),
    )
}


def conclude(lower: float, upper: float, tolerable: float | Fraction) -> Conclusion:
    """Return what one-sided bounds say about a tolerable rate, number or value."""
    if upper <= tolerable:
        return Conclusion.SHOWN
    return Conclusion.REFUTED if lower > tolerable else Conclusion.NOT_SHOWN


def bound_count(population: int, drawn: int, found: int, confidence: Fraction) -> Bounds:
    """Return how many of the population may be like the `found`, two-sided, exactly.

    These are all numbers at which what was found has a chance of more than half the risk on each
    side. A full count has no doubt: both bounds are what was found.
    """
    risk = float(1 - confidence) / 2
    return Bounds(
        _least_count(population, drawn, found, risk), _most_count(population, drawn, found, risk)
    )


def bound_count_above(population: int, drawn: int, found: int, confidence: Fraction) -> int:
    """Return how many of the population are like the `found` at most, one-sided, exactly."""
    return _most_count(population, drawn, found, float(1 - confidence))


def bound_count_below(population: int, drawn: int, found: int, confidence: Fraction) -> int:
    """Return how many of the population are like the `found` at least, one-sided, exactly."""
    return _least_count(population, drawn, found, float(1 - confidence))


def _least_count(population: int, drawn: int, found: int, risk: float) -> int:
    low, high = found, population - (drawn - found)
    while low < high:
        middle = (low + high) // 2
        if 1 - hypergeometric_at_most(found - 1, population, middle, drawn) > risk * MORE:
            high = middle
        else:
            low = middle + 1
    return low


def _most_count(population: int, drawn: int, found: int, risk: float) -> int:
    low, high = found, population - (drawn - found)
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeometric_at_most(found, population, middle, drawn) > risk * MORE:
            low = middle
        else:
            high = middle - 1
    return low


def bound_share(found: float, drawn: float, confidence: Fraction) -> Bounds:
    """Return the share of an endless population that is like the `found` (Clopper-Pearson)."""
    risk = float(1 - confidence) / 2
    return Bounds(
        beta_quantile(risk, found, drawn - found + 1) if found > 0 else 0.0,
        _most_share(found, drawn, risk),
    )


def bound_share_above(found: float, drawn: float, confidence: Fraction) -> float:
    """Return the share that is like the `found` at most, one-sided (Clopper-Pearson)."""
    return _most_share(found, drawn, float(1 - confidence))


def _most_share(found: float, drawn: float, risk: float) -> float:
    return beta_quantile(1 - risk, found + 1, drawn - found) if found < drawn else 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """What was found in one stratum, or at one place: `found` of `drawn`, of `members` in all."""

    members: int
    drawn: int
    found: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share that was estimated from groups, with its bounds (Korn-Graubard).

    :param effective: the size of a simple sample that would prove as much.
    """

    share: float
    error: float
    effective: float
    bounds: Bounds
    lower: float
    upper: float


def estimate_strata(strata: Sequence[Group], confidence: Fraction) -> Estimate:
    """Return the share in a population that was drawn from in strata.

    A stratum that is not counted in full needs two members drawn; `lower` and `upper` are
    one-sided.
    """
    whole = sum(stratum.members for stratum in strata)
    share = sum(
        (Fraction(s.members, whole) * Fraction(s.found, s.drawn) for s in strata), Fraction(0)
    )
    variance = sum((_variance(s, whole) for s in strata), Fraction(0))
    drawn = sum(stratum.drawn for stratum in strata)
    return _korn_graubard(share, variance, drawn, drawn - len(strata), confidence)


def _variance(stratum: Group, whole: int) -> Fraction:
    if stratum.drawn == stratum.members:
        return Fraction(0)
    rate = Fraction(stratum.found, stratum.drawn)
    return (
        Fraction(stratum.members, whole) ** 2
        * (1 - Fraction(stratum.drawn, stratum.members))
        * rate
        * (1 - rate)
        / (stratum.drawn - 1)
    )


def estimate_places(places: Sequence[Group], confidence: Fraction) -> Estimate:
    """Return the share among things on the floor, which were taken some at each of several places.

    Things of one place are alike, so they prove less than as many things of as many places.
    """
    drawn = sum(place.drawn for place in places)
    share = Fraction(sum(place.found for place in places), drawn)
    number = len(places)
    spread = sum(((p.found - share * p.drawn) ** 2 for p in places), Fraction(0))
    variance = Fraction(number, number - 1) * spread / drawn**2
    return _korn_graubard(share, variance, drawn, number - 1, confidence)


def _korn_graubard(
    share: Fraction, variance: Fraction, drawn: int, freedom: int, confidence: Fraction
) -> Estimate:
    effective = float(drawn)
    if variance:
        chance = float(1 - (1 - confidence) / 2)
        ratio = student_quantile(chance, drawn - 1) / student_quantile(chance, freedom)
        effective = min(effective, float(share * (1 - share) / variance) * ratio**2)
    found = float(share) * effective
    two_sided = confidence - (1 - confidence)
    return Estimate(
        share=float(share),
        error=float(variance) ** 0.5,
        effective=effective,
        bounds=bound_share(found, effective, confidence),
        lower=bound_share(found, effective, two_sided).low,
        upper=bound_share_above(found, effective, confidence),
    )

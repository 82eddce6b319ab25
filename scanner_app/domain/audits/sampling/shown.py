"""One estimate as the page, the report and the API show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from scanner_app.domain.audits.sampling.intervals import (
    CONCLUSIONS,
    Conclusion,
    Group,
    bound_count,
    bound_count_above,
    bound_count_below,
    conclude,
    estimate_places,
    estimate_strata,
)
from scanner_app.domain.audits.sampling.monetary import estimate_value
from scanner_app.domain.audits.sampling.rates import show_rate, show_share
from scanner_app.domain.audits.sampling.words import say_count, say_share, say_worth
from scanner_app.domain.money import say_money


@dataclass(frozen=True, slots=True)
class ShownEstimate:
    """What a sample shows about one thing, with the numbers that it follows from.

    :param name: `missing`, `misplaced`, `missing_value` or `unregistered_on_floor`.
    :param low: the two-sided bounds, and `lower` and `upper` the one-sided ones: shares, or
        hundredths of `currency` for a value; None where everything was counted, or unknown.
    :param tolerable: what `conclusion` compares the one-sided bounds with.
    """

    name: str
    sentence: str
    population: int | None
    drawn: int
    found: int
    estimate: float | int
    low: float | None = None
    high: float | None = None
    lower: float | None = None
    upper: float | int | None = None
    tolerable: float | int | None = None
    conclusion: Conclusion | None = None
    verdict: str = ""
    currency: str | None = None

    @property
    def label(self) -> str:
        return LABELS[self.name]

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as the report and the API hold it; shares to six places."""
        return {
            "name": self.name,
            "population": self.population,
            "drawn": self.drawn,
            "found": self.found,
            "currency": self.currency,
            **{key: _rounded(getattr(self, key)) for key in _NUMBERS},
            "conclusion": self.conclusion.value if self.conclusion else None,
            "sentence": f"{self.sentence} {self.verdict}".rstrip(),
        }


_NUMBERS = ("estimate", "low", "high", "lower", "upper", "tolerable")
LABELS = {
    "missing": "Missing",
    "misplaced": "Wrong place",
    "missing_value": "Missing, by value",
    "missing_without_value": "Missing, of those not drawn by value",
    "unregistered_on_floor": "Not in the register, of things on the floor",
}


def _rounded(number: float | None) -> float | int | None:
    return round(number, 6) if isinstance(number, float) else number


def show_simple(
    name: str,
    population: int,
    drawn: int,
    found: int,
    confidence: Fraction,
    tolerable: Fraction | None = None,
) -> ShownEstimate:
    """Return what a sample by count shows about a share of the population."""
    bounds = bound_count(population, drawn, found, confidence)
    lower = bound_count_below(population, drawn, found, confidence)
    upper = bound_count_above(population, drawn, found, confidence)
    is_full = drawn == population
    conclusion = None if tolerable is None else conclude(lower, upper, tolerable * population)
    return ShownEstimate(
        name,
        say_count(population, drawn, found, bounds),
        population,
        drawn,
        found,
        found / drawn,
        low=None if is_full else bounds.low / population,
        high=None if is_full else bounds.high / population,
        lower=None if is_full else lower / population,
        upper=None if is_full else upper / population,
        tolerable=None if tolerable is None else float(tolerable),
        conclusion=conclusion,
        verdict=_say_verdict(conclusion, tolerable, show_share(upper, population)),
    )


def _say_verdict(conclusion: Conclusion | None, tolerable: Fraction | None, upper: str) -> str:
    if conclusion is None or tolerable is None:
        return ""
    label = CONCLUSIONS[conclusion].label.lower()
    return f"At most {show_rate(tolerable)}: {label}; the upper bound is {upper}."


def show_strata(
    name: str, strata: Sequence[Group], confidence: Fraction, tolerable: Fraction | None = None
) -> ShownEstimate:
    """Return what a sample of each part shows about a share of the population."""
    population = sum(stratum.members for stratum in strata)
    drawn = sum(stratum.drawn for stratum in strata)
    found = sum(stratum.found for stratum in strata)
    if drawn == population:
        return show_simple(name, population, drawn, found, confidence, tolerable)
    one = estimate_strata(strata, confidence)
    conclusion = None if tolerable is None else conclude(one.lower, one.upper, tolerable)
    return ShownEstimate(
        name,
        f"{found:,} of {drawn:,} drawn, so {say_share(one)}",
        population,
        drawn,
        found,
        one.share,
        low=one.bounds.low,
        high=one.bounds.high,
        lower=one.lower,
        upper=one.upper,
        tolerable=None if tolerable is None else float(tolerable),
        conclusion=conclusion,
        verdict=_say_verdict(conclusion, tolerable, show_rate(one.upper)),
    )


def show_worth(
    *,
    interval_cents: Fraction,
    missing: int,
    certain_cents: int,
    drawn: int,
    population: int,
    currency: str,
    confidence: Fraction,
    tolerable_cents: int | None,
) -> ShownEstimate:
    """Return what a sample by value shows about the value that is missing.

    :param interval_cents: 0 where every asset with a value was certain to be drawn.
    :param missing: how many are missing of those that were not certain.
    """
    one = estimate_value(
        interval_cents, [Fraction(1)] * missing, confidence, certain_cents=certain_cents
    )
    conclusion = None
    verdict = ""
    if tolerable_cents:
        # Stringer's bound has no lower twin: what certainly is missing is all that refutes.
        conclusion = conclude(certain_cents, one.upper_cents, tolerable_cents)
        label = CONCLUSIONS[conclusion].label.lower()
        verdict = f"At most {say_money(tolerable_cents)} {currency}: {label}."
    return ShownEstimate(
        "missing_value",
        f"{currency}: {say_worth(one)}".removeprefix(": "),
        population,
        drawn,
        missing,
        one.likely_cents,
        upper=one.upper_cents,
        tolerable=tolerable_cents,
        conclusion=conclusion,
        verdict=verdict,
        currency=currency or None,
    )


def show_floor(places: Sequence[Group], confidence: Fraction) -> ShownEstimate:
    """Return how many of the things on the floor the register does not know."""
    one = estimate_places(places, confidence)
    drawn = sum(place.drawn for place in places)
    found = sum(place.found for place in places)
    return ShownEstimate(
        "unregistered_on_floor",
        f"{found:,} of {drawn:,} things at {len(places)} locations: {say_share(one)}",
        None,
        drawn,
        found,
        one.share,
        low=one.bounds.low,
        high=one.bounds.high,
        lower=one.lower,
        upper=one.upper,
    )

"""What a sample drawn by value proves about the value that is wrong (Stringer's bound)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scanner_app.domain.audits.sampling.distributions import poisson_factor


@dataclass(frozen=True, slots=True)
class ValueEstimate:
    """The value that is wrong: most likely, and at most. In hundredths, rounded to the nearest."""

    likely_cents: int
    upper_cents: int


def estimate_value(
    interval_cents: Fraction,
    taints: Sequence[Fraction],
    confidence: Fraction,
    *,
    certain_cents: int = 0,
) -> ValueEstimate:
    """Return what is wrong of a value that was drawn from by value.

    :param interval_cents: the value from which one member was drawn.
    :param taints: the part of each wrong member's value that is wrong: 1 for a missing one, a
        smaller part for a damaged one. Members that are right are left out.
    :param certain_cents: what is wrong of the members that were certain to be drawn.
    """
    level = float(confidence)
    factors = [Fraction(poisson_factor(k, level)) for k in range(len(taints) + 1)]
    falling = sorted(taints, reverse=True)
    widened = sum(
        ((factors[i + 1] - factors[i]) * taint for i, taint in enumerate(falling)), factors[0]
    )
    return ValueEstimate(
        likely_cents=certain_cents + round(interval_cents * sum(taints, Fraction(0))),
        upper_cents=certain_cents + round(interval_cents * widened),
    )

"""What sizes and bounds mean, in sentences: pages, reports and commands use the same ones."""

from __future__ import annotations

from fractions import Fraction

from scanner_app.domain.audits.sampling.intervals import Bounds, Estimate
from scanner_app.domain.audits.sampling.monetary import ValueEstimate
from scanner_app.domain.audits.sampling.rates import show_rate, show_share
from scanner_app.domain.audits.sampling.sizes import Acceptance
from scanner_app.domain.money import say_money


def say_acceptance(
    population: int, sample: Acceptance, *, tolerable: Fraction, confidence: Fraction
) -> str:
    """Return what a sample that accepts a rate shows, and when."""
    if sample.size >= population:
        return f"All {population:,}: a smaller sample cannot show that."
    condition = "none is missing"
    if sample.allowed:
        condition = f"at most {sample.allowed:,} {'is' if sample.allowed == 1 else 'are'} missing"
    return (
        f"{sample.size:,} of {population:,}: if {condition}, at most {show_rate(tolerable)} "
        f"missing is shown with {show_rate(confidence)} confidence."
    )


def say_precision(population: int, size: int, *, margin: Fraction, confidence: Fraction) -> str:
    """Return what a sample that estimates a rate tells."""
    return (
        f"{size:,} of {population:,}: the share that is missing is known to within "
        f"{show_rate(margin)} either way, with {show_rate(confidence)} confidence."
    )


def say_too_few(population: int, size: int, *, tolerable: Fraction, confidence: Fraction) -> str:
    """Return that a sample is too small for what it is to show."""
    return (
        f"{size:,} of {population:,} are too few to show with {show_rate(confidence)} confidence "
        f"that at most {show_rate(tolerable)} are missing, even if none is."
    )


def say_value(
    value_cents: int,
    currency: str,
    size: int,
    *,
    tolerable_cents: int | None,
    confidence: Fraction,
) -> str:
    """Return what a sample that is drawn by value shows."""
    drawn = f"{size:,} drawn by value from {say_money(value_cents)} {currency}".rstrip()
    if not tolerable_cents:
        return f"{drawn}."
    tolerable = f"{say_money(tolerable_cents)} {currency}".rstrip()
    return (
        f"{drawn}: if no more is missing than expected, at most {tolerable} missing is shown with "
        f"{show_rate(confidence)} confidence."
    )


def say_count(population: int, drawn: int, found: int, bounds: Bounds) -> str:
    """Return an estimate with its bounds, or that everything was counted."""
    if drawn == population:
        return f"{found:,} of {population:,} ({show_share(found, population)}), counted in full."
    low, high = int(bounds.low), int(bounds.high)
    return (
        f"{found:,} of {drawn:,} drawn ({show_share(found, drawn)}): {low:,} to {high:,} of "
        f"{population:,} ({show_share(low, population)} to {show_share(high, population)})."
    )


def say_share(estimate: Estimate) -> str:
    """Return a share that was estimated from groups, with its bounds."""
    low, high = show_rate(estimate.bounds.low), show_rate(estimate.bounds.high)
    return f"{show_rate(estimate.share)} ({low} to {high})."


def say_worth(estimate: ValueEstimate) -> str:
    """Return the value that is missing: most likely, and at most."""
    likely, upper = say_money(estimate.likely_cents), say_money(estimate.upper_cents)
    return f"Most likely {likely}, at most {upper}."

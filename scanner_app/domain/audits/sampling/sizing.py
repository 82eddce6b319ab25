"""From a plan and the population to the size of a sample, and what that size buys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from scanner_app.domain.audits.sampling.distributions import find_z, hypergeometric_at_most
from scanner_app.domain.audits.sampling.drawing import share_of_others
from scanner_app.domain.audits.sampling.plan import Goal, Method, SamplePlan
from scanner_app.domain.audits.sampling.sizes import (
    LEAST_OF_STRATUM,
    Acceptance,
    Stratum,
    allocate,
    size_by_value,
    size_to_accept,
    size_to_estimate,
)
from scanner_app.domain.audits.sampling.words import (
    say_acceptance,
    say_precision,
    say_too_few,
    say_value,
)
from scanner_app.domain.errors import Invalid

HALF = Fraction(1, 2)
# Bounds of the classes of value, in hundredths of a currency.
CLASSES = (100_00, 1_000_00, 10_000_00)
NO_VALUE = "no value"


@dataclass(frozen=True, slots=True)
class Worth:
    """The value of all members in one currency, and how many they are."""

    cents: int
    members: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan needs to know of a population.

    :param worth: by currency; members without a value are in none.
    :param strata: the number of members of each stratum, if the plan draws from strata.
    """

    members: int = 0
    places: int = 0
    worth: Mapping[str, Worth] = field(default_factory=dict)
    strata: Mapping[str, int] = field(default_factory=dict)

    @property
    def without_value(self) -> int:
        return self.members - sum(one.members for one in self.worth.values())


@dataclass(frozen=True, slots=True)
class Sizing:
    """How many are drawn, and what that buys.

    :param size: of all; a draw by value may hit a few less, where single assets are worth much.
    :param by_value: how many are drawn by value; 0 if none are.
    :param strata: how many of each stratum; the stratum ``""`` is everything.
    """

    size: int
    sentence: str
    strata: Mapping[str, int] = field(default_factory=dict)
    by_value: int = 0
    currency: str = ""


def class_of_value(value_cents: int | None, currency: str) -> str:
    """Return the class of value that an asset belongs to, as its stratum is called."""
    if not value_cents:
        return NO_VALUE
    above = [bound for bound in CLASSES if value_cents >= bound]
    if not above:
        return f"{currency} below {CLASSES[0] // 100:,}".strip()
    return f"{currency} {above[-1] // 100:,} or more".strip()


def size_sample(plan: SamplePlan, facts: Facts) -> Sizing:
    """Return how many members of a population a plan draws, and what that buys.

    :raises Invalid: the plan does not fit the population; `errors` names the field.
    """
    if plan.method is Method.NONE or not facts.members:
        return Sizing(facts.members, f"All {facts.members:,} are counted.")
    if plan.method is Method.PPS:
        return _size_by_value(plan, facts)
    size = min(facts.members, plan.size or _size_for_goal(plan, facts.members))
    sentence = _say_what_it_buys(plan, facts.members, size)
    if plan.method is Method.SIMPLE:
        return Sizing(size, sentence, {"": size})
    taken = allocate(
        size,
        [
            Stratum(name, members, plan.expected_rates.get(name) or plan.expected_rate or HALF)
            for name, members in sorted(facts.strata.items())
        ],
    )
    total = sum(taken.values())
    parts = f"Shared out among {len(taken)} {'part' if len(taken) == 1 else 'parts'}."
    if total > size:
        parts += f" At least {LEAST_OF_STRATUM} of each make {total:,}."
    return Sizing(total, f"{sentence} {parts}", taken)


def _size_for_goal(plan: SamplePlan, members: int) -> int:
    if plan.goal is Goal.ESTIMATE:
        return size_to_estimate(
            members,
            margin=plan.margin,
            expected=plan.expected_rate or HALF,
            confidence=plan.confidence,
        )
    return size_to_accept(
        members,
        tolerable=plan.tolerable_rate,
        confidence=plan.confidence,
        expected=plan.expected_rate,
    ).size


def _say_what_it_buys(plan: SamplePlan, members: int, size: int) -> str:
    if plan.goal is Goal.ESTIMATE:
        margin = plan.margin if plan.size is None else _margin_of(plan, members, size)
        return say_precision(members, size, margin=margin, confidence=plan.confidence)
    marked = math.ceil(members * plan.tolerable_rate)
    risk = float(1 - plan.confidence)
    allowed = -1
    while allowed < size and hypergeometric_at_most(allowed + 1, members, marked, size) <= risk:
        allowed += 1
    if allowed < 0:
        return say_too_few(members, size, tolerable=plan.tolerable_rate, confidence=plan.confidence)
    return say_acceptance(
        members,
        Acceptance(size, allowed),
        tolerable=plan.tolerable_rate,
        confidence=plan.confidence,
    )


def _margin_of(plan: SamplePlan, members: int, size: int) -> Fraction:
    """Return the margin that a size buys, in tenths of a percent, rounded up."""
    rate = plan.expected_rate or HALF
    left = (members - size) / (members - 1) if members > 1 else 0.0
    error = find_z(float(plan.confidence)) * math.sqrt(float(rate * (1 - rate)) / size * left)
    return Fraction(math.ceil(error * 1000), 1000)


def _size_by_value(plan: SamplePlan, facts: Facts) -> Sizing:
    currency = plan.currency or (next(iter(facts.worth)) if len(facts.worth) == 1 else "")
    worth = facts.worth.get(currency)
    if worth is None:
        known = ", ".join(sorted(facts.worth)) or "no currency"
        text = f"Choose the currency that is drawn by value: the assets have values in {known}."
        raise Invalid("This plan does not fit.", errors={"sample.currency": [text]})
    size = plan.size
    try:
        size = size or size_by_value(
            worth.cents,
            tolerable_cents=plan.tolerable_cents or 0,
            expected_cents=plan.expected_cents,
            confidence=plan.confidence,
        )
    except ValueError as error:
        raise Invalid(
            "This plan does not fit.", errors={"sample.expected_value": [str(error)]}
        ) from None
    size = min(size, worth.members)
    others = facts.members - worth.members
    bare = share_of_others(size, worth.members, others)
    sentence = say_value(
        worth.cents,
        currency,
        size,
        tolerable_cents=plan.tolerable_cents,
        confidence=plan.confidence,
    )
    if bare:
        sentence += f" Of {others:,} without a value in {currency}, {bare:,} are drawn by count."
    return Sizing(size + bare, sentence, by_value=size, currency=currency)

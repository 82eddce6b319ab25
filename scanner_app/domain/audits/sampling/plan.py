"""The plan of a sample: what is drawn, by which method, and what it is to show.

A plan is kept as JSON with the audit, with rates as texts: a float would not be exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from scanner_app.domain.audits.sampling.rates import read_rate
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money, show_money


class Method(StrEnum):
    NONE = "none"
    SIMPLE = "simple"
    STRATIFIED = "stratified"
    PPS = "pps"


class Goal(StrEnum):
    ACCEPT = "accept"
    ESTIMATE = "estimate"


class By(StrEnum):
    CATEGORY = "category"
    LOCATION = "location"
    CUSTODIAN = "custodian"
    VALUE_CLASS = "value_class"


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One choice of a plan: what people choose, and what it does, in one sentence."""

    label: str
    means: str = ""


METHODS: dict[Method, ChoiceRow] = {
    Method.NONE: ChoiceRow("Every asset", "Everything that the scope covers is counted."),
    Method.SIMPLE: ChoiceRow("A sample", "Every asset has the same chance to be drawn."),
    Method.STRATIFIED: ChoiceRow(
        "A sample of each part", "Each category, location, person or class of value is drawn from."
    ),
    Method.PPS: ChoiceRow(
        "A sample by value", "The more an asset is worth, the likelier it is drawn."
    ),
}
GOALS: dict[Goal, ChoiceRow] = {
    Goal.ACCEPT: ChoiceRow("Show that few are missing"),
    Goal.ESTIMATE: ChoiceRow("Find out how many are missing"),
}
PARTS: dict[By, ChoiceRow] = {
    By.CATEGORY: ChoiceRow("Category"),
    By.LOCATION: ChoiceRow("Location"),
    By.CUSTODIAN: ChoiceRow("Assigned to"),
    By.VALUE_CLASS: ChoiceRow("Class of value"),
}
CONFIDENCES = (Fraction(90, 100), Fraction(95, 100), Fraction(99, 100))
MAX_SIZE = 1_000_000
MAX_FLOOR = 1000


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """How many places are looked at from the floor, and what is looked up there.

    :param things: how many things are taken at each place.
    :param every: every how many things one is taken.
    """

    places: int
    things: int
    every: int


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """The plan of a sample.

    :param size: how many are drawn; None: as many as the goal needs.
    :param expected_rates: the rates expected in single strata, instead of `expected_rate`.
    :param currency: what a sample by value draws from, where the values are in several.
    """

    method: Method = Method.NONE
    by: By = By.CATEGORY
    goal: Goal = Goal.ACCEPT
    size: int | None = None
    confidence: Fraction = CONFIDENCES[1]
    margin: Fraction = Fraction(5, 100)
    expected_rate: Fraction = Fraction(0)
    expected_rates: Mapping[str, Fraction] = field(default_factory=dict)
    tolerable_rate: Fraction = Fraction(5, 100)
    tolerable_cents: int | None = None
    expected_cents: int = 0
    currency: str = ""
    floor: FloorPlan | None = None

    @property
    def is_sample(self) -> bool:
        return self.method is not Method.NONE

    @property
    def needs_draw(self) -> bool:
        return self.is_sample or self.floor is not None


T = TypeVar("T")


class _Reader:
    """Reads one field after the other, and keeps what is wrong with each."""

    def __init__(self, raw: Mapping[str, Any], prefix: str) -> None:
        self.raw = raw
        self.prefix = prefix
        self.errors: dict[str, list[str]] = {}

    def read(self, key: str, reader: Callable[[str], T], default: T) -> T:
        value = self.raw.get(key)
        if value is None or value == "":
            return default
        try:
            return reader(str(value))
        except ValueError as error:
            self.errors[f"{self.prefix}.{key}"] = [str(error)]
            return default


def read_sample(raw: Mapping[str, Any]) -> SamplePlan:
    """Read the plan of a sample, as a program, a form or the database has it.

    :raises Invalid: a field cannot be used; `errors` names each.
    """
    one = _Reader(raw, "sample")
    rates = raw.get("expected_rates") or {}
    by_stratum = _Reader(rates, "sample.expected_rates")
    plan = SamplePlan(
        method=one.read("method", _one_of(Method), Method.NONE),
        by=one.read("by", _one_of(By), By.CATEGORY),
        goal=one.read("goal", _one_of(Goal), Goal.ACCEPT),
        size=one.read("size", _whole(1, MAX_SIZE), None),
        confidence=one.read("confidence", _read_confidence, CONFIDENCES[1]),
        margin=one.read("margin", _above_nothing, Fraction(5, 100)),
        expected_rate=one.read("expected_rate", read_rate, Fraction(0)),
        expected_rates={name: by_stratum.read(name, read_rate, Fraction(0)) for name in rates},
        tolerable_rate=one.read("tolerable_rate", _above_nothing, Fraction(5, 100)),
        tolerable_cents=one.read("tolerable_value", read_money, None),
        expected_cents=one.read("expected_value", read_money, 0),
        currency=one.read("currency", _read_currency, ""),
        floor=_read_floor(raw.get("floor") or {}, one.errors),
    )
    errors = {**one.errors, **by_stratum.errors}
    if plan.method is Method.PPS and not plan.size and not plan.tolerable_cents:
        errors.setdefault("sample.tolerable_value", ["Enter the value that may be missing."])
    if plan.expected_rate >= plan.tolerable_rate and plan.goal is Goal.ACCEPT:
        errors.setdefault(
            "sample.expected_rate", ["Enter less than the share that may be missing."]
        )
    if errors:
        raise Invalid("This plan cannot be used.", errors=errors)
    return plan


def plan_of(plan: Mapping[str, Any]) -> SamplePlan:
    """Return the plan of the sample, of the whole plan that is kept with an audit."""
    return read_sample(plan.get("sample") or {})


def _read_floor(raw: Mapping[str, Any], errors: dict[str, list[str]]) -> FloorPlan | None:
    one = _Reader(raw, "sample.floor")
    places = one.read("places", _whole(0, MAX_FLOOR), 0)
    things = one.read("things_per_place", _whole(1, MAX_FLOOR), 5)
    every = one.read("every", _whole(1, MAX_FLOOR), 5)
    errors.update(one.errors)
    return FloorPlan(places, things, every) if places else None


E_ = TypeVar("E_", bound=StrEnum)


def _one_of(enum: type[E_]) -> Callable[[str], E_]:
    def read(text: str) -> E_:
        try:
            return enum(text)
        except ValueError:
            raise ValueError(f"Choose one of {', '.join(enum)}.") from None

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        text = text.strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and low <= int(text) <= high):  # noqa: PLR2004 - longer than any limit
            raise ValueError(f"Enter a whole number from {low} to {high:,}.")
        return int(text)

    return read


def _read_confidence(text: str) -> Fraction:
    rate = read_rate(text)
    if rate not in CONFIDENCES:
        raise ValueError("Choose 90, 95 or 99 %.")
    return rate


def _above_nothing(text: str) -> Fraction:
    rate = read_rate(text)
    if not 0 < rate < 1:
        raise ValueError("Enter a rate above 0 and below 100 %.")
    return rate


def _read_currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha()):  # noqa: PLR2004 - ISO 4217
        raise ValueError("Enter a currency of three letters, such as EUR.")
    return text.upper()


def show_sample(plan: SamplePlan) -> dict[str, Any]:
    """Return a plan as the API, the database and the report hold it."""
    floor = plan.floor
    return {
        "method": plan.method.value,
        "by": plan.by.value,
        "goal": plan.goal.value,
        "size": plan.size,
        "confidence": show_exactly(plan.confidence),
        "margin": show_exactly(plan.margin),
        "expected_rate": show_exactly(plan.expected_rate),
        "expected_rates": {name: show_exactly(r) for name, r in plan.expected_rates.items()},
        "tolerable_rate": show_exactly(plan.tolerable_rate),
        "tolerable_value": show_money(plan.tolerable_cents) if plan.tolerable_cents else None,
        "expected_value": show_money(plan.expected_cents),
        "currency": plan.currency or None,
        "floor": {
            "places": floor.places,
            "things_per_place": floor.things,
            "every": floor.every,
        }
        if floor
        else None,
    }


def show_exactly(rate: Fraction) -> str:
    """Return a rate that was read as a decimal number, exactly: ``0.05``."""
    return f"{(Decimal(rate.numerator) / Decimal(rate.denominator)).normalize():f}"

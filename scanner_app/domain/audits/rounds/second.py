"""Second counts by policy: which locations are counted twice, and how it is decided beforehand.

Nobody chooses these at the time: by value and by chance they follow from the frozen list, and by
what was not found from the first count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from typing import Any

from scanner_app.domain.audits.sampling.drawing import Seed
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money, show_money

SECOND_COUNT = "second_count"
NONE = "none"
AMOUNTS = ("value_from", "missing_value_from")
RANDOM = "random_percent"
ALL = 100


class Why(StrEnum):
    """Why a location is counted twice."""

    VALUE = "value"
    RANDOM = "random"
    MISSING_VALUE = "missing_value"


WHY: dict[Why, str] = {
    Why.VALUE: "what is expected here is worth more than the line of the policy",
    Why.RANDOM: "drawn by chance, as the policy says",
    Why.MISSING_VALUE: "what was not found here is worth more than the line of the policy",
}


@dataclass(frozen=True, slots=True)
class SecondCount:
    """What a policy asks for.

    :param random_percent: of the locations below the line, at least one; 0 for none.
    :param value_from: in cents of any one currency; None for no line.
    """

    random_percent: int = 0
    value_from: int | None = None
    missing_value_from: int | None = None

    @property
    def is_none(self) -> bool:
        return self == SecondCount()

    @property
    def sentence(self) -> str:
        """What is counted twice, in words; empty if nothing is."""
        amounts = {"is expected": self.value_from, "is missing": self.missing_value_from}
        said = (
            [f"{self.random_percent} % of the locations by chance"] if self.random_percent else []
        )
        said += [f"where {show_money(c)} {w}" for w, c in amounts.items() if c is not None]
        return ", ".join(said)

    def to_json(self) -> str | dict[str, Any]:
        """Return it as a policy keeps it."""
        if self.is_none:
            return NONE
        return {
            RANDOM: self.random_percent,
            **{
                name: None if getattr(self, name) is None else show_money(getattr(self, name))
                for name in AMOUNTS
            },
        }


@dataclass(frozen=True, slots=True)
class ExpectedPlace:
    """A location of the expected list, by the code that was frozen; amounts by currency."""

    code: str
    values: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)


def read_second_count(given: Any) -> SecondCount:
    """Return what a policy says of second counts.

    :raises Invalid: it says something that does not exist.
    """
    if given in (None, "", NONE):
        return SecondCount()
    errors: dict[str, list[str]] = {}
    if not isinstance(given, Mapping) or set(given) - {RANDOM, *AMOUNTS}:
        text = f"Give none, or any of {', '.join([RANDOM, *AMOUNTS])}."
        raise Invalid("This policy cannot be used.", errors={f"policy.{SECOND_COUNT}": [text]})
    percent = given.get(RANDOM) or 0
    if isinstance(percent, bool) or not isinstance(percent, int) or not 0 <= percent <= ALL:
        errors[f"policy.{SECOND_COUNT}.{RANDOM}"] = ["Enter a whole number from 0 to 100."]
    amounts: dict[str, int | None] = {}
    for name in AMOUNTS:
        try:
            amount = given.get(name)
            amounts[name] = None if amount in (None, "") else read_money(str(amount))
        except ValueError as error:
            errors[f"policy.{SECOND_COUNT}.{name}"] = [str(error)]
    if errors:
        raise Invalid("This policy cannot be used.", errors=errors)
    return SecondCount(percent, amounts["value_from"], amounts["missing_value_from"])


def choose_places(rule: SecondCount, places: Iterable[ExpectedPlace], seed: Seed) -> dict[str, Why]:
    """Return the locations that are counted twice, whatever the first count finds, by code.

    :param seed: that of the newest draw, with the hash of the frozen list; empty without a draw.
    """
    known = sorted(places, key=lambda one: one.code)
    chosen = {p.code: Why.VALUE for p in known if _reaches(p.values, rule.value_from)}
    others = [p.code for p in known if p.code not in chosen]
    if rule.random_percent and others:
        ranked = sorted(others, key=lambda code: (seed.rank(f"second {code}"), code))
        many = max(1, ceil(len(others) * rule.random_percent / 100))
        chosen |= dict.fromkeys(ranked[:many], Why.RANDOM)
    return chosen


def why_again(rule: SecondCount, place: ExpectedPlace, chosen: Mapping[str, Why]) -> Why | None:
    """Return why a location is counted again after its first count; None if it is not."""
    if place.code in chosen:
        return chosen[place.code]
    return Why.MISSING_VALUE if _reaches(place.missing, rule.missing_value_from) else None


def _reaches(amounts: Mapping[str, int], line: int | None) -> bool:
    # Currencies are never added: one of them alone reaches the line.
    return line is not None and any(cents >= line for cents in amounts.values())

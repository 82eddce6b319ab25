"""The accuracy of a register as an audit proved it: by count, and weighted by value.

*existence* = (verified + misplaced) / expected; *location accuracy* = (verified - those that were
seen without a location) / expected; *register completeness* = registered things seen / (all things
seen - those that are not ours). How each kind of finding counts is in its row of FINDING_KINDS. A
figure with an empty denominator is None, shown as n/a: an audit that counted nothing proves
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState

_KINDS = FINDING_KINDS.values()
EXPECTED = [kind.state for kind in _KINDS if kind.is_expected]
FOUND = [kind.state for kind in _KINDS if kind.is_expected and kind.is_seen]
IN_PLACE = [kind.state for kind in _KINDS if kind.is_in_place]
SEEN = [kind.state for kind in _KINDS if kind.is_seen]
SEEN_REGISTERED = [kind.state for kind in _KINDS if kind.is_seen and kind.is_registered]

# How each figure is computed, as the report prints it.
FIGURE_FORMULAS = {
    "existence": "(right place + wrong place) / expected",
    "location_accuracy": "(right place - seen without a location) / expected",
    "register_completeness": "registered things seen / (all things seen - not ours)",
    "existence_by_value": "value of (right place + wrong place) / value of expected",
    "location_accuracy_by_value": "value of (right place - without location) / value of expected",
}


@dataclass(slots=True)
class Worth:
    """What expected assets are worth in one currency, in hundredths.

    :param in_place: of those that were seen in their place; without a location is not in place.
    """

    expected: int = 0
    found: int = 0
    in_place: int = 0

    def show(self, currency: str) -> dict[str, Any]:
        """Return it with its figures, by the names that the API uses."""
        return {
            "currency": currency,
            "expected_cents": self.expected,
            "found_cents": self.found,
            "in_place_cents": self.in_place,
            "existence": ratio(self.found, self.expected),
            "location_accuracy": ratio(self.in_place, self.expected),
        }


@dataclass(slots=True)
class Tally:
    """The number of findings of each state, and what the expected assets are worth.

    :param worth: by currency, empty text where none is recorded. Currencies are never added.
    :param placeless: how many are in their place only in so far as no location was scanned.
    :param unvalued: how many expected assets have no value recorded, and so weigh nothing.
    :param foreign: how many unknown labels are not ours, and so say nothing of the register.
    """

    counts: dict[FindingState, int] = field(default_factory=dict)
    worth: dict[str, Worth] = field(default_factory=dict)
    placeless: int = 0
    unvalued: int = 0
    foreign: int = 0

    def add(
        self,
        state: FindingState,
        count: int,
        value_cents: int,
        *,
        has_place: bool = True,
        currency: str = "",
        unvalued: int = 0,
        foreign: int = 0,
    ) -> None:
        """Add findings of one state.

        :param value_cents: the sum of their values.
        :param has_place: the newest sighting of each named a location.
        :param unvalued: how many of them have no value.
        :param foreign: how many of them are labels that are not ours.
        """
        self.counts[state] = self.counts.get(state, 0) + count
        self.foreign += foreign
        is_in_place = state in IN_PLACE and has_place
        if state in IN_PLACE and not has_place:
            self.placeless += count
        if state not in EXPECTED:
            return
        self.unvalued += unvalued
        if count > unvalued:
            worth = self.worth.setdefault(currency, Worth())
            worth.expected += value_cents
            worth.found += value_cents if state in FOUND else 0
            worth.in_place += value_cents if is_in_place else 0

    def count(self, *states: FindingState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    def show_counts(self) -> dict[str, int]:
        """Return the counts by the names that the API uses."""
        return {
            "expected": self.count(*EXPECTED),
            **{state.value: self.count(state) for state in FindingState},
        }

    def show_accuracy(self) -> dict[str, float | None]:
        """Return the figures as numbers from 0 to 1, rounded to six places; None where n/a.

        A figure by value is n/a where there are several currencies: see `show_values`.
        """
        worth = next(iter(self.worth.values())) if len(self.worth) == 1 else Worth()
        return {
            "existence": ratio(self.count(*FOUND), self.count(*EXPECTED)),
            "location_accuracy": ratio(
                self.count(*IN_PLACE) - self.placeless, self.count(*EXPECTED)
            ),
            "register_completeness": ratio(
                self.count(*SEEN_REGISTERED), self.count(*SEEN) - self.foreign
            ),
            "existence_by_value": ratio(worth.found, worth.expected),
            "location_accuracy_by_value": ratio(worth.in_place, worth.expected),
        }

    def show_values(self) -> list[dict[str, Any]]:
        """Return the worth and the figures by value of each currency, in their order."""
        return [self.worth[currency].show(currency) for currency in sorted(self.worth)]

    def list_figures(self) -> Iterator[tuple[str, str | None, int, int]]:
        """Yield name, currency, part and whole of each figure, as a record holds them."""
        seen = self.count(*SEEN) - self.foreign
        yield "register_completeness", None, self.count(*SEEN_REGISTERED), seen
        expected = self.count(*EXPECTED)
        yield "existence", None, self.count(*FOUND), expected
        yield "location_accuracy", None, self.count(*IN_PLACE) - self.placeless, expected
        for currency in sorted(self.worth):
            worth = self.worth[currency]
            yield "existence_by_value", currency, worth.found, worth.expected
            yield "location_accuracy_by_value", currency, worth.in_place, worth.expected


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole, or None if the whole is 0."""
    return float(round(Fraction(part, whole), 6)) if whole else None


def count_found(counts: dict[str, int]) -> int:
    """Return how many expected assets were seen, of counts as in `show_counts`."""
    return sum(counts[state.value] for state in FOUND)


def count_discrepant(counts: dict[str, int]) -> int:
    """Return how many findings are not in their place, of counts as in `show_counts`."""
    return sum(counts[state.value] for state in FindingState if state not in IN_PLACE)

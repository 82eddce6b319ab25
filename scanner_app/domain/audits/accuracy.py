"""The accuracy of a register as an audit proved it: by count, and weighted by value.

*existence* = (verified + misplaced) / expected; *location accuracy* = (verified - those that were
seen without a location) / expected; *register completeness* = registered things seen / all things
seen. How each kind of finding counts is in its row of FINDING_KINDS. A figure with an empty
denominator is None, shown as n/a: an audit that counted nothing proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState

_KINDS = FINDING_KINDS.values()
EXPECTED = [kind.state for kind in _KINDS if kind.is_expected]
FOUND = [kind.state for kind in _KINDS if kind.is_expected and kind.is_seen]
IN_PLACE = [kind.state for kind in _KINDS if kind.is_in_place]
SEEN = [kind.state for kind in _KINDS if kind.is_seen]
SEEN_REGISTERED = [kind.state for kind in _KINDS if kind.is_seen and kind.is_registered]


@dataclass(slots=True)
class Tally:
    """The number of findings of each state, and their value in hundredths.

    :param placeless: how many are in their place only in so far as no location was scanned.
    :param placeless_value: their value.
    """

    counts: dict[FindingState, int] = field(default_factory=dict)
    values: dict[FindingState, int] = field(default_factory=dict)
    placeless: int = 0
    placeless_value: int = 0

    def add(
        self, state: FindingState, count: int, value_cents: int, *, has_place: bool = True
    ) -> None:
        """Add findings of one state.

        :param has_place: the newest sighting of each named a location.
        """
        self.counts[state] = self.counts.get(state, 0) + count
        self.values[state] = self.values.get(state, 0) + value_cents
        if state in IN_PLACE and not has_place:
            self.placeless += count
            self.placeless_value += value_cents

    def count(self, *states: FindingState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    def value(self, *states: FindingState) -> int:
        return sum(self.values.get(state, 0) for state in states)

    def show_counts(self) -> dict[str, int]:
        """Return the counts by the names that the API uses."""
        return {
            "expected": self.count(*EXPECTED),
            **{state.value: self.count(state) for state in FindingState},
        }

    def show_accuracy(self) -> dict[str, float | None]:
        """Return the figures as numbers from 0 to 1, rounded to six places; None where n/a."""
        return {
            "existence": ratio(self.count(*FOUND), self.count(*EXPECTED)),
            "location_accuracy": ratio(
                self.count(*IN_PLACE) - self.placeless, self.count(*EXPECTED)
            ),
            "register_completeness": ratio(self.count(*SEEN_REGISTERED), self.count(*SEEN)),
            "existence_by_value": ratio(self.value(*FOUND), self.value(*EXPECTED)),
            "location_accuracy_by_value": ratio(
                self.value(*IN_PLACE) - self.placeless_value, self.value(*EXPECTED)
            ),
        }


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole, or None if the whole is 0."""
    return float(round(Fraction(part, whole), 6)) if whole else None


def count_found(counts: dict[str, int]) -> int:
    """Return how many expected assets were seen, of counts as in `show_counts`."""
    return sum(counts[state.value] for state in FOUND)


def count_discrepant(counts: dict[str, int]) -> int:
    """Return how many findings are not in their place, of counts as in `show_counts`."""
    return sum(counts[state.value] for state in FindingState if state not in IN_PLACE)

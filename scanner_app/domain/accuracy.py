"""The accuracy of a register as an audit proved it: by count, and weighted by value.

*existence* = (verified + misplaced) / expected; *location accuracy* = verified / expected;
*register completeness* = registered things seen / all things seen. An empty denominator is None,
shown as n/a: nothing counted proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from scanner_app.domain.reconciliation import FindingState

EXPECTED = (FindingState.VERIFIED, FindingState.MISPLACED, FindingState.MISSING)


@dataclass(slots=True)
class Tally:
    """Findings by state: how many, and what they are worth in hundredths."""

    counts: dict[FindingState, int] = field(default_factory=dict)
    values: dict[FindingState, int] = field(default_factory=dict)

    def add(self, state: FindingState, count: int, value_cents: int) -> None:
        self.counts[state] = self.counts.get(state, 0) + count
        self.values[state] = self.values.get(state, 0) + value_cents

    def count(self, *states: FindingState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    def value(self, *states: FindingState) -> int:
        return sum(self.values.get(state, 0) for state in states)

    def show_counts(self) -> dict[str, int]:
        """Give the counts as the contract names them."""
        return {
            "expected": self.count(*EXPECTED),
            **{state.value: self.count(state) for state in FindingState},
        }

    def show_accuracy(self) -> dict[str, float | None]:
        """Give the figures as numbers from 0 to 1, rounded to six places; None where n/a."""
        verified, misplaced = FindingState.VERIFIED, FindingState.MISPLACED
        registered = self.count(verified, misplaced, FindingState.UNEXPECTED)
        seen = registered + self.count(FindingState.UNREGISTERED)
        return {
            "existence": ratio(self.count(verified, misplaced), self.count(*EXPECTED)),
            "location_accuracy": ratio(self.count(verified), self.count(*EXPECTED)),
            "register_completeness": ratio(registered, seen),
            "existence_by_value": ratio(self.value(verified, misplaced), self.value(*EXPECTED)),
            "location_accuracy_by_value": ratio(self.value(verified), self.value(*EXPECTED)),
        }


def ratio(part: int, whole: int) -> float | None:
    """Give part / whole, or None where there is no whole."""
    return float(round(Fraction(part, whole), 6)) if whole else None

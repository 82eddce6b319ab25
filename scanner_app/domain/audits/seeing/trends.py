"""Audits of one scope over time: figures side by side, what changed, what is wrong each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from scanner_app.domain.audits.accuracy import Tally, count_discrepant, ratio
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.sampling.intervals import bound_share

CONFIDENCE = Fraction(95, 100)
# How many audits before this one a report shows.
MAX_PRIOR = 3
_WRONG = (FindingState.MISPLACED, FindingState.MISSING)
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Loss:
    """What is missing by an audit's decisions, of what was expected, in one currency."""

    currency: str
    missing_cents: int
    expected_cents: int

    @property
    def share(self) -> float | None:
        """The shrinkage: value of what is missing / value of what was expected."""
        return ratio(self.missing_cents, self.expected_cents)


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """What one closed audit found.

    :param foreign: how many unknown labels are not ours: these are no discrepancies.
    :param minutes_per_place: from the first to the last scan at a location, on average.
    """

    id: int
    name: str
    closed_at: datetime | None
    counts: Mapping[str, int]
    accuracy: Mapping[str, float | None]
    foreign: int
    losses: tuple[Loss, ...]
    minutes_per_place: float | None

    @property
    def discrepancies(self) -> int:
        return count_discrepant(dict(self.counts)) - self.foreign

    @property
    def per_100(self) -> float | None:
        """Discrepancies for each hundred of what was expected."""
        share = ratio(self.discrepancies, self.counts["expected"])
        return None if share is None else round(share * 100, _DIGITS)

    def to_json(self) -> dict[str, Any]:
        """Return it by the names that report and API use."""
        minutes = self.minutes_per_place
        return {
            "audit": self.id,
            "name": self.name,
            "closed_at": self.closed_at and self.closed_at.isoformat(timespec="microseconds"),
            "counts": dict(self.counts),
            "accuracy": dict(self.accuracy),
            "discrepancies_per_100": self.per_100,
            "losses": [
                {
                    "currency": one.currency,
                    "missing_cents": one.missing_cents,
                    "expected_cents": one.expected_cents,
                    "shrinkage": one.share,
                }
                for one in self.losses
            ],
            "minutes_per_place": None if minutes is None else round(minutes, 1),
        }


@dataclass(frozen=True, slots=True)
class Part:
    """How many expected assets of a location, category or person were missing or elsewhere."""

    wrong: int
    expected: int

    @property
    def lower(self) -> float:
        """The rate of discrepancies that is shown at least, with 95 % confidence."""
        return bound_share(self.wrong, self.expected, CONFIDENCE).low if self.expected else 0.0

    def is_above(self, rate: float) -> bool:
        return self.lower > rate


def to_part(tally: Tally) -> Part:
    """Return what counts for repeat offenders in a tally."""
    counts = tally.show_counts()
    return Part(tally.count(*_WRONG), counts["expected"])


@dataclass(frozen=True, slots=True)
class Offender:
    """A location, category or person that was worse than its audit in two audits running.

    :param by: one of the parts: location, category, custodian.
    """

    by: str
    name: str
    now: Part
    before: Part

    def to_json(self) -> dict[str, Any]:
        """Return it by the names that report and API use."""
        return {
            "by": self.by,
            "name": self.name,
            "wrong": self.now.wrong,
            "expected": self.now.expected,
            "lower": round(self.now.lower, _DIGITS),
            "wrong_before": self.before.wrong,
            "expected_before": self.before.expected,
            "lower_before": round(self.before.lower, _DIGITS),
        }


def find_offenders(by: str, now: Mapping[str, Part], before: Mapping[str, Part]) -> list[Offender]:
    """Return the parts whose rate of discrepancies lies above that of the audit, in both audits.

    It lies above if its Clopper-Pearson lower bound does. The worst is first.
    """
    rate_now, rate_before = _rate(now), _rate(before)
    found = [
        Offender(by, name, part, before[name])
        for name, part in now.items()
        if name and name in before
        and part.is_above(rate_now) and before[name].is_above(rate_before)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.now.lower, one.name))


def _rate(parts: Mapping[str, Part]) -> float:
    expected = sum(part.expected for part in parts.values())
    return sum(part.wrong for part in parts.values()) / expected if expected else 1.0


@dataclass(frozen=True, slots=True)
class Changes:
    """What two audits found of the assets that both expected, by their tags."""

    both: int
    missing_again: Sequence[str]
    found_again: Sequence[str]
    newly_missing: Sequence[str]

    def each(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield each kind of change with its words."""
        yield "Missing again", self.missing_again
        yield "Found again", self.found_again
        yield "Newly missing", self.newly_missing

    def to_json(self) -> dict[str, Any]:
        """Return it by the names that report and API use."""
        return {
            "both_expected": self.both,
            "missing_again": [*self.missing_again],
            "found_again": [*self.found_again],
            "newly_missing": [*self.newly_missing],
        }

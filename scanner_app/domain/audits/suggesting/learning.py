"""Rules that past decisions suggest: proposed to a person, never active by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from scanner_app.domain.audits.proposals import PROPOSALS, ProposalKind
from scanner_app.domain.audits.sampling.intervals import bound_share

LEAST_DECISIONS = 30
LEAST_PERSONS = 2
LEAST_SHARE = 0.95
CONFIDENCE = Fraction(95, 100)


class Case(NamedTuple):
    """What decisions were about; each part is one condition of the rule."""

    proposal: str
    common_place: str | None
    category: str | None


class Decided(NamedTuple):
    """How often one person decided a case in one way."""

    case: Case
    decision: str
    person: str
    times: int


@dataclass(frozen=True, slots=True)
class Learned:
    """A case that was decided alike so often that a rule may say it.

    :param alike: how many of `decisions` were this one.
    :param lower: the Clopper-Pearson lower bound of its share, of two-sided 95 %.
    """

    case: Case
    decision: str
    alike: int
    decisions: int
    persons: int
    lower: float

    @property
    def name(self) -> str:
        """A name for the rule."""
        parts = [PROPOSALS[ProposalKind(self.case.proposal)].label]
        if self.case.category:
            parts.append(self.case.category)
        if self.case.common_place:
            parts.append(f"in one {self.case.common_place}")
        return ", ".join(parts)

    @property
    def conditions(self) -> list[dict[str, str]]:
        return [
            {"field": name, "op": "=", "value": value}
            for name, value in self.case._asdict().items()
            if value
        ]


def lower_share(alike: int, decisions: int) -> float:
    """Return how large the share of one choice is at least."""
    return bound_share(alike, decisions, CONFIDENCE).low


def learn(decided: Iterable[Decided]) -> list[Learned]:
    """Return the cases that are decided alike, the surest first."""
    by_case: dict[Case, list[Decided]] = defaultdict(list)
    for one in decided:
        by_case[one.case].append(one)
    found = []
    for case, rows in by_case.items():
        total = sum(row.times for row in rows)
        persons = len({row.person for row in rows})
        if total < LEAST_DECISIONS or persons < LEAST_PERSONS:
            continue
        choices: dict[str, int] = defaultdict(int)
        for row in rows:
            choices[row.decision] += row.times
        choice, alike = max(choices.items(), key=lambda item: (item[1], item[0]))
        lower = lower_share(alike, total)
        if lower >= LEAST_SHARE:
            found.append(Learned(case, choice, alike, total, persons, lower))
    return sorted(found, key=lambda one: (-one.lower, one.case.proposal, one.name))

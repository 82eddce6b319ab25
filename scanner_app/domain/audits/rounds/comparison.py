"""Two independent counts of one location: what both saw, what one alone saw, how much is left.

Chapman's estimate says how many things are there, from what two independent counts found, if all
are equally easy to find. It is printed beside the counts and enters no figure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import sqrt

Thing = int | str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first count of a location and the second one."""

    both: frozenset[Thing]
    only_first: frozenset[Thing]
    only_second: frozenset[Thing]

    @property
    def first(self) -> int:
        return len(self.both) + len(self.only_first)

    @property
    def second(self) -> int:
        return len(self.both) + len(self.only_second)

    @property
    def differing(self) -> frozenset[Thing]:
        return self.only_first | self.only_second

    @property
    def agreement(self) -> float | None:
        """Seen by both, of all that was seen; None if nothing was."""
        seen = len(self.both) + len(self.differing)
        return len(self.both) / seen if seen else None

    @property
    def estimate(self) -> float:
        """How many things are there, by Chapman: (n1 + 1)(n2 + 1)/(m + 1) - 1."""
        return (self.first + 1) * (self.second + 1) / (len(self.both) + 1) - 1

    @property
    def deviation(self) -> float:
        """The standard deviation of the estimate."""
        n1, n2, m = self.first, self.second, len(self.both)
        return sqrt((n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2)))


def compare(first: Collection[Thing], second: Collection[Thing]) -> Comparison:
    """Return how two counts of one location compare."""
    one, other = frozenset(first), frozenset(second)
    return Comparison(one & other, one - other, other - one)

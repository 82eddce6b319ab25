"""The draw of a sample, which anyone can repeat from the seed and the frozen list alone.

Nothing here is random: a member's rank is a hash of the seed, of the population's hash and of its
tag. docs/audits.md describes each step; `scanner-app audits draw` repeats one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.audits.sampling.sizes import LEAST_OF_STRATUM


class DrawnAs(StrEnum):
    SAMPLE = "sample"
    CERTAINTY = "certainty"
    RESERVE = "reserve"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the population, as far as a draw reads it. Its tag is the one that was frozen."""

    tag: str
    value_cents: int | None = None
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One member's place in a draw.

    :param position: from 1, among all members in the order of the draw.
    """

    tag: str
    rank: str
    stratum: str
    drawn_as: DrawnAs
    position: int


@dataclass(frozen=True, slots=True)
class Seed:
    """What ranks are made from: the seed as recorded, and the hash of the frozen list."""

    text: str
    population_sha256: str

    def rank(self, name: str) -> str:
        """Return the rank of a member or a place: hexadecimal digits that nobody can choose."""
        parts = f"{self.text}\n{self.population_sha256}\n{name}"
        return hashlib.sha256(parts.encode()).hexdigest()


def order(seed: Seed, members: Iterable[Candidate]) -> list[tuple[str, Candidate]]:
    """Return the members with their ranks, in the order in which they are drawn."""
    ranked = [(seed.rank(member.tag), member) for member in members]
    return sorted(ranked, key=lambda pair: (pair[0], pair[1].tag))


def draw_by_count(
    seed: Seed, members: Iterable[Candidate], sizes: Mapping[str, int]
) -> list[Drawn]:
    """Return all members in order: the first of each stratum are the sample, the rest reserves.

    :param sizes: how many of each stratum are drawn. Without strata, all are of the stratum ``""``.
    """
    left = dict(sizes)
    drawn: list[Drawn] = []
    for position, (rank, member) in enumerate(order(seed, members), start=1):
        has_room = left.get(member.stratum, 0) > 0
        if has_room:
            left[member.stratum] -= 1
        drawn_as = DrawnAs.SAMPLE if has_room else DrawnAs.RESERVE
        drawn.append(Drawn(member.tag, rank, member.stratum, drawn_as, position))
    return drawn


@dataclass(frozen=True, slots=True)
class ValueDraw:
    """What a draw by value hit: tags in the order of the draw.

    :param start: the random start, below `left_cents`.
    :param left_cents: the value of all members that were not certain.
    """

    certain: tuple[str, ...]
    hit: tuple[str, ...]
    start: int
    left_cents: int


def draw_by_value(seed: Seed, members: Iterable[Candidate], size: int) -> ValueDraw:
    """Return which members a systematic draw by value hits; those without a value are never hit.

    A member worth an interval or more is certain. The others are hit by points that lie an interval
    apart along the running sum of their values, in the order of the draw.
    """
    rest = [member for _rank, member in order(seed, members) if member.value_cents]
    certain, rest = _take_certain(rest, size)
    left = sum(member.value_cents or 0 for member in rest)
    points = min(size - len(certain), len(rest))
    if points <= 0:
        return ValueDraw(tuple(m.tag for m in certain), (), 0, left)
    start = int(seed.rank("start"), 16) % left
    hit: list[str] = []
    running, point = 0, start  # both in hundredths times `points`, so that they stay whole
    for member in rest:
        running += (member.value_cents or 0) * points
        if point < running:
            hit.append(member.tag)
            point += left
    return ValueDraw(tuple(m.tag for m in certain), tuple(hit), start, left)


def _take_certain(rest: list[Candidate], size: int) -> tuple[list[Candidate], list[Candidate]]:
    certain: list[Candidate] = []
    while len(certain) < size:
        left = sum(member.value_cents or 0 for member in rest)
        points = size - len(certain)
        more = [m for m in rest if (m.value_cents or 0) * points >= left]
        if not more:
            break
        certain += more
        rest = [m for m in rest if (m.value_cents or 0) * points < left]
    return certain, rest


def share_of_others(size: int, valued: int, others: int) -> int:
    """Return how many are drawn of those without a value: the same share as of the `valued`."""
    share = -(-size * others // valued) if valued else size
    return min(others, max(LEAST_OF_STRATUM, share))


def draw_with_values(seed: Seed, members: Sequence[Candidate], size: int) -> list[Drawn]:
    """Return all members in order, drawn by value; those without one are a stratum drawn simply.

    That stratum takes the same share of its members as the draw takes of the others, rounded up.
    """
    valued = [member for member in members if member.value_cents]
    hits = draw_by_value(seed, valued, size)
    left = share_of_others(size, len(valued), len(members) - len(valued))
    certain, hit = set(hits.certain), set(hits.hit)
    drawn: list[Drawn] = []
    for position, (rank, member) in enumerate(order(seed, members), start=1):
        drawn_as = DrawnAs.RESERVE
        if member.tag in certain:
            drawn_as = DrawnAs.CERTAINTY
        elif member.tag in hit:
            drawn_as = DrawnAs.SAMPLE
        elif not member.value_cents and left:
            drawn_as, left = DrawnAs.SAMPLE, left - 1
        drawn.append(Drawn(member.tag, rank, member.stratum, drawn_as, position))
    return drawn


@dataclass(frozen=True, slots=True)
class FloorStart:
    """A place to be walked: the first thing counted there, left of the door and clockwise."""

    place: str
    first: int


def draw_places(seed: Seed, places: Iterable[str], *, number: int, step: int) -> list[FloorStart]:
    """Return the places whose things are looked up in the register, with the first thing of each.

    :param step: every `step`-th thing that could carry a label is taken.
    """
    chosen = sorted(places, key=lambda code: (seed.rank(f"place {code}"), code))[:number]
    return [FloorStart(code, int(seed.rank(f"floor {code}"), 16) % step + 1) for code in chosen]

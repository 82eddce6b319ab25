"""The board of an audit while it is counted: how fast it goes, and when it will be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scanner_app.domain.audits.rounds.steps import PlaceState
from scanner_app.domain.seals.canonical import hash_canonical

# The pace is what was counted lately: who paused for lunch is not slow.
LATELY = timedelta(minutes=30)
# Fewer than this many in that time say nothing about the rest.
LEAST_SEEN = 5
# Who scanned in a location within this time is taken to be there.
THERE = timedelta(minutes=5)
MAX_NEWEST = 20
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """One location on the board.

    :param people: the names of those who scanned there within the last minutes.
    """

    location_id: int
    code: str
    name: str
    state: PlaceState
    round: int
    expected: int
    seen: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoardFinding:
    """Something that was seen and is not as the register says."""

    id: int
    state: str
    name: str
    recorded: str | None
    seen: str | None
    at: datetime
    sightings: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an audit is counted.

    :param lately: how many expected assets were seen for the first time in the last half hour.
    :param unseen: how many are still to be seen, in locations that are not signed off.
    :param per_minute: None where too few were seen to say.
    :param ends_at: None where nothing is left, or where nobody can say.
    """

    lately: int
    unseen: int
    per_minute: float | None
    ends_at: datetime | None


def take_pace(lately: int, unseen: int, *, began_at: datetime | None, now: datetime) -> Pace:
    """Return the pace of a count, and when it will be done if it goes on like that.

    :param began_at: when counting started or was resumed. A count that is younger than half an
        hour is measured over its own time.
    """
    taken = LATELY if began_at is None else min(LATELY, max(now - began_at, MINUTE))
    if lately < LEAST_SEEN:
        return Pace(lately, unseen, None, None)
    per_minute = lately / (taken / MINUTE)
    ends_at = now + MINUTE * (unseen / per_minute) if unseen else None
    return Pace(lately, unseen, per_minute, ends_at)


@dataclass(frozen=True, slots=True)
class Board:
    """All that the board shows, as of one moment.

    It is whole each time, and never a list of changes: nothing can be missed, and who comes late
    sees the same as who was there all along.
    """

    at: datetime
    counts: Mapping[str, int]
    places: tuple[BoardPlace, ...]
    pace: Pace
    newest: tuple[BoardFinding, ...]

    @property
    def revision(self) -> str:
        """A hash of what is shown. Each moment has another end, so that is taken to the minute."""
        ends_at = self.pace.ends_at
        shown = {
            "counts": dict(self.counts),
            "places": [
                [p.location_id, p.state.value, p.round, p.expected, p.seen, [*p.people]]
                for p in self.places
            ],
            "pace": [self.pace.lately, self.pace.unseen, ends_at and f"{ends_at:%Y-%m-%dT%H:%M}"],
            "newest": [[f.id, f.state, f.sightings, f.at.isoformat()] for f in self.newest],
        }
        return hash_canonical(shown)[:16]

    def count_places(self) -> dict[PlaceState, int]:
        """Return how many locations are in each state."""
        return {state: sum(p.state is state for p in self.places) for state in PlaceState}

    @property
    def peopled(self) -> tuple[BoardPlace, ...]:
        """The locations in which somebody is counting right now."""
        return tuple(place for place in self.places if place.people)

    def to_json(self) -> dict[str, Any]:
        """Return it by the names that the API uses."""
        pace = self.pace
        return {
            "revision": self.revision,
            "at": self.at,
            "counts": dict(self.counts),
            "seen_lately": pace.lately,
            "unseen": pace.unseen,
            "per_minute": None if pace.per_minute is None else round(pace.per_minute, 3),
            "ends_at": pace.ends_at,
            "places": [
                {
                    "location": p.code,
                    "name": p.name,
                    "state": p.state.value,
                    "round": p.round,
                    "expected": p.expected,
                    "seen": p.seen,
                    "people": [*p.people],
                }
                for p in self.places
            ],
            "newest": [
                {
                    "finding": f.id,
                    "state": f.state,
                    "thing": f.name,
                    "recorded_location": f.recorded,
                    "seen_location": f.seen,
                    "seen_at": f.at,
                }
                for f in self.newest
            ],
        }

"""How much of its time a thing is used: held, of the time in which it could have been."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.decide import ChangeEvent, Event, State, apply_change, decide

SECOND = timedelta(seconds=1)
WINDOW = timedelta(days=90)
# Under-used: below this share in the window, and in stock without a break for so long.
LITTLE, LONG = Decimal("0.2"), timedelta(days=60)


class Turn(NamedTuple):
    """From when on a thing was held, lay idle in stock, or neither (None)."""

    at: datetime
    is_held: bool | None


@dataclass(frozen=True, slots=True)
class Utilisation:
    """How long a thing was held and idle in a window; other times count nowhere.

    :param idle_since: since when it lies in stock without a break; None if it does not.
    """

    held: timedelta
    idle: timedelta
    idle_since: datetime | None = None

    @property
    def share(self) -> Decimal | None:
        """Return held of held and idle; None where it was neither."""
        whole = (self.held + self.idle) // SECOND
        return Decimal(self.held // SECOND) / whole if whole else None

    def is_little(self, now: datetime) -> bool:
        """Return whether a thing is under-used: another place may need it."""
        return (
            self.share is not None
            and self.share < LITTLE
            and self.idle_since is not None
            and now - self.idle_since >= LONG
        )


def find_turns(events: Iterable[Event], *, home_id: int | None) -> list[Turn]:
    """Return when a thing began to be held or idle, from events in the order of their effect."""
    state, turns = State(), list[Turn]()
    for event in events:
        if isinstance(event, ChangeEvent):
            state = apply_change(state, event)
        else:
            state, _refusal = decide(state, event, home_id=home_id)
        is_held = is_held_in(state.status, has_custodian=state.custodian_id is not None)
        if not turns or turns[-1].is_held is not is_held:
            turns.append(Turn(event.at, is_held))
    return turns


def is_held_in(stage: Stage | None, *, has_custodian: bool) -> bool | None:
    """Return True for what somebody has or uses, False for what is in stock, None for the rest."""
    if stage is Stage.IN_STOCK:
        return False
    if stage is Stage.IN_USE:
        return True
    # What is repaired or missing is neither used nor to be had.
    return None if stage is not None or not has_custodian else True


def measure(turns: Sequence[Turn], *, since: datetime, until: datetime) -> Utilisation:
    """Return how a thing was used in a window. Before its first turn it was not there."""
    held = idle = timedelta()
    ends = [*turns, Turn(until, None)]
    for turn, following in pairwise(ends):
        length = min(following.at, until) - max(turn.at, since)
        if length > timedelta():
            held += length if turn.is_held else timedelta()
            idle += length if turn.is_held is False else timedelta()
    last = turns[-1] if turns else None
    return Utilisation(held, idle, last.at if last and last.is_held is False else None)

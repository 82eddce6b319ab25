"""Reservations: a person books things for a time, and the rule that nothing is booked twice.

Spans are half open: from the start up to the end. What is asked for is compared as *demands*: an
asset, or some units of a model. A kit is a demand for each of its pieces, and an asset is a unit of
its model too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MAX_LINES = 50
MAX_UNITS = 1000
MAX_DAYS = 366
MAX_NOTE = 500
# How long before its start a reservation may be picked up.
EARLY = timedelta(hours=24)
# How long after its start it waits for somebody to pick it up.
LAPSES_AFTER = timedelta(hours=24)
# How many days before its start a reservation whose things are not back is told.
RISK_DAYS = 3


class ReservationState(StrEnum):
    DRAFT = "draft"
    BOOKED = "booked"
    PICKING = "picking"
    OUT = "out"
    DONE = "done"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"

    @property
    def facts(self) -> ReservationFacts:
        """Return the row of this state."""
        return RESERVATION_STATES[self]


@dataclass(frozen=True, slots=True)
class ReservationFacts:
    """What is said about a state.

    :param holds: nobody else may book what it asks for.
    :param may_cancel: somebody may end what was not picked up.
    """

    label: str
    tone: str
    holds: bool
    may_cancel: bool = False


_S = ReservationState
RESERVATION_STATES: Mapping[ReservationState, ReservationFacts] = {
    _S.DRAFT: ReservationFacts("Draft", "", holds=False, may_cancel=True),
    _S.BOOKED: ReservationFacts("Booked", "note", holds=True, may_cancel=True),
    _S.PICKING: ReservationFacts("Partly picked up", "warn", holds=True, may_cancel=True),
    _S.OUT: ReservationFacts("Picked up", "good", holds=False),
    _S.DONE: ReservationFacts("Done", "", holds=False),
    _S.LAPSED: ReservationFacts("Not picked up", "warn", holds=False),
    _S.CANCELLED: ReservationFacts("Cancelled", "", holds=False),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A time from its start up to its end."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: Span, buffer: timedelta = timedelta(0)) -> bool:
        """Return whether two spans overlap, or leave less than the buffer between them."""
        return self.starts_at < other.ends_at + buffer and other.starts_at < self.ends_at + buffer


@dataclass(frozen=True, slots=True)
class Demand:
    """What a reservation keeps for a person: one asset, or units of a model.

    :param model_id: of an asset, its model: it is one of the units of it.
    """

    span: Span
    asset_id: int | None
    model_id: int | None
    quantity: int = 1
    person: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Loan:
    """An asset that somebody has, until it is due back; without a date, for good."""

    asset_id: int
    person: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What the register knows of the things that a reservation asks for.

    :param units: how many units of each model there are.
    :param names: of assets and models, as a sentence names them, by `asset:1` and `model:2`.
    """

    booked: Sequence[Demand] = ()
    loans: Sequence[Loan] = ()
    units: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def find_conflicts(wanted: Sequence[Demand], held: Held, buffer: timedelta) -> list[str]:
    """Return why demands cannot be booked, a sentence each; none if they can.

    A running loan outranks what is booked for later: it is due first, or it is named here.
    """
    found: list[str] = []
    for one in wanted:
        if one.asset_id is None:
            continue
        name = held.names.get(f"asset:{one.asset_id}", "It")
        for other in held.booked:
            if other.asset_id == one.asset_id and one.span.meets(other.span, buffer):
                found.append(f"{name} is reserved for {other.person} ({other.number}) then.")
                break
        for loan in held.loans:
            is_back = loan.due_at is not None and loan.due_at + buffer <= one.span.starts_at
            if loan.asset_id == one.asset_id and not is_back:
                found.append(f"{name} is with {loan.person} and not due back before that.")
    for model_id, units in _by_model(wanted).items():
        there = held.units.get(model_id, 0)
        others = [one for one in held.booked if one.model_id == model_id]
        most = find_most(others, _hull(units), buffer)
        asked = sum(one.quantity for one in units)
        if most + asked > there:
            name = held.names.get(f"model:{model_id}", "this model")
            left = max(there - most, 0)
            found.append(f"Only {left} of {there} {name} can be booked then, not {asked}.")
    return found


def _by_model(demands: Iterable[Demand]) -> dict[int, list[Demand]]:
    by_model: dict[int, list[Demand]] = defaultdict(list)
    for one in demands:
        if one.model_id is not None:
            by_model[one.model_id].append(one)
    return by_model


def _hull(demands: Sequence[Demand]) -> Span:
    return Span(
        min(one.span.starts_at for one in demands), max(one.span.ends_at for one in demands)
    )


def find_most(demands: Iterable[Demand], span: Span, buffer: timedelta) -> int:
    """Return the largest number of units that demands keep at one instant of a span."""
    steps: list[tuple[datetime, int]] = []
    for one in demands:
        if span.meets(one.span, buffer):
            steps += [
                (max(one.span.starts_at - buffer, span.starts_at), one.quantity),
                (one.span.ends_at + buffer, -one.quantity),
            ]
    most = now = 0
    # What ends at an instant is free for what begins then.
    for _, change in sorted(steps):
        now += change
        most = max(most, now)
    return most


@dataclass(frozen=True, slots=True)
class LineCount:
    """How far a line is: how many are asked for, were picked up, and are still out."""

    wanted: int
    picked: int
    out: int


def find_state(
    ended_as: str | None, lines: Sequence[LineCount], *, is_draft: bool = False
) -> ReservationState:
    """Return the state that follows from what was picked up and came back."""
    if ended_as is not None:
        return ReservationState(ended_as)
    if is_draft:
        return ReservationState.DRAFT
    picked = sum(line.picked for line in lines)
    if not picked:
        return ReservationState.BOOKED
    if any(line.picked < line.wanted for line in lines):
        return ReservationState.PICKING
    return ReservationState.OUT if any(line.out for line in lines) else ReservationState.DONE


def is_lapsed(state: ReservationState, starts_at: datetime, now: datetime) -> bool:
    """Return whether nobody came for what was booked, so that it is free again."""
    return state is ReservationState.BOOKED and starts_at + LAPSES_AFTER <= now


def is_for_pick_up(state: ReservationState, span: Span, now: datetime) -> bool:
    """Return whether a hand-over now is one of what was booked."""
    return state.facts.holds and span.starts_at - EARLY <= now < span.ends_at

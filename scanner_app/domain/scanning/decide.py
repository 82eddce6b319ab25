"""What a scan does to an asset, and the fold that makes an asset's state from its history.

State is a pure function of the set of scans and register changes, whatever their order of
arrival: the events of one asset, sorted by the time they took effect, are folded with `decide`.
A scan that arrives late is folded in at its time, so in most cases it changes nothing today.
The table that `decide` looks up is written out in `domain.scanning.intents`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import INTENTS, Intent
from scanner_app.domain.scanning.refusals import Refusal


class State(NamedTuple):
    """An asset's state: stage, place and custodian (ids), and when it is due back."""

    status: Stage = Stage.IN_STOCK
    location_id: int | None = None
    custodian_id: int | None = None
    due_at: datetime | None = None


class ScanEvent(NamedTuple):
    """A state-changing scan, resolved to ids, at the time it took effect."""

    at: datetime
    intent: Intent
    location_id: int | None = None
    person_id: int | None = None
    due_at: datetime | None = None
    is_damaged: bool = False

    @property
    def can_be_a_step(self) -> bool:
        """Return whether it may change a state: an extension without a day never does."""
        return self.intent is not Intent.EXTEND or self.due_at is not None


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A register change: it states what is true from now on, whatever was true before."""

    at: datetime
    status: Stage | None = None
    sets_location: bool = False
    location_id: int | None = None
    sets_custodian: bool = False
    custodian_id: int | None = None


Event = ScanEvent | ChangeEvent


def decide(state: State, event: ScanEvent, *, home_id: int | None) -> tuple[State, Refusal | None]:
    """Return the state after the scan, or the unchanged state and the refusal.

    :param home_id: where a check-in without a place returns the asset to.
    """
    facts = INTENTS[event.intent]
    steps = facts.damaged_steps if event.is_damaged and facts.damaged_steps else facts.steps
    assert steps is not None, f"{event.intent} changes no state"  # noqa: S101 - a programmer's error
    step = steps[state.status][state.custodian_id is not None]
    if isinstance(step, Refusal):
        return state, step
    place = event.location_id if event.location_id is not None else state.location_id
    if event.intent is Intent.TRANSFER and event.person_id == state.custodian_id:
        return state, Refusal.SAME_CUSTODIAN
    if event.intent in {Intent.CHECK_OUT, Intent.TRANSFER}:
        return State(step, place, event.person_id, event.due_at), None
    if event.intent is Intent.EXTEND:
        # A loan without an end gets one; an earlier day would be another thing than more time.
        if event.due_at is None:
            return state, Refusal.DUE_REQUIRED
        if state.due_at is not None and event.due_at <= state.due_at:
            return state, Refusal.NOT_LATER
        return State(step, place, state.custodian_id, event.due_at), None
    if event.intent is Intent.CHECK_IN:
        if event.location_id is None and home_id is not None:
            place = home_id
        return State(step, place, None, None), None
    return State(step, place, state.custodian_id, state.due_at), None


def apply_change(state: State, change: ChangeEvent) -> State:
    """Return the state after a register change."""
    location_id = change.location_id if change.sets_location else state.location_id
    custodian_id = change.custodian_id if change.sets_custodian else state.custodian_id
    due_at = state.due_at if custodian_id == state.custodian_id else None
    return State(change.status or state.status, location_id, custodian_id, due_at)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in one place or with one person; without an end it lasts until now."""

    holder_id: int
    started_at: datetime
    ended_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What a fold returns: the state now, when it was last judged, and the spans before it."""

    state: State
    state_at: datetime | None
    custody: tuple[Span, ...]
    placements: tuple[Span, ...]
    refusals: tuple[Refusal | None, ...]


def fold(events: Iterable[Event], *, home_id: int | None, start: State | None = None) -> History:
    """Fold one asset's events, in the order in which they took effect, into its history."""
    state = start or State()
    state_at: datetime | None = None
    custody: list[Span] = []
    placements: list[Span] = []
    refusals: list[Refusal | None] = []
    for event in events:
        if isinstance(event, ChangeEvent):
            after, refusal = apply_change(state, event), None
        else:
            after, refusal = decide(state, event, home_id=home_id)
        refusals.append(refusal)
        # A refused scan counts too, if a late scan before it may turn the refusal into a step.
        if isinstance(event, ChangeEvent) or event.can_be_a_step:
            state_at = event.at
        if refusal is not None:
            continue
        _add_span(custody, state.custodian_id, after.custodian_id, event.at, after.due_at)
        _add_span(placements, state.location_id, after.location_id, event.at, None)
        state = after
    return History(state, state_at, tuple(custody), tuple(placements), tuple(refusals))


def _add_span(
    spans: list[Span], before: int | None, after: int | None, at: datetime, due_at: datetime | None
) -> None:
    if before == after:
        if spans and spans[-1].ended_at is None and spans[-1].due_at != due_at:
            spans[-1] = replace(spans[-1], due_at=due_at)  # extended: the same span, a later day
        return
    if before is not None and spans:
        spans[-1] = replace(spans[-1], ended_at=at)
    if after is not None:
        spans.append(Span(after, at, None, due_at))

"""What a scan does to an asset: the decision table, and the fold that makes state from history.

State is a pure function of the set of scans and register changes, whatever their order of
arrival: the events of one asset, sorted by the time they took effect, are folded with `decide`.
A scan that arrives late is folded in at its place, so in most cases it changes nothing now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from scanner_app.domain.lifecycle import ENDED, Stage


class Intent(StrEnum):
    LOOKUP = "lookup"
    SIGHTING = "sighting"
    MOVE = "move"
    CHECK_OUT = "check_out"
    CHECK_IN = "check_in"
    VOID = "void"


STATE_INTENTS = frozenset({Intent.MOVE, Intent.CHECK_OUT, Intent.CHECK_IN})


class Outcome(StrEnum):
    APPLIED = "applied"
    NOTED = "noted"
    REFUSED = "refused"
    UNREGISTERED = "unregistered"
    AMBIGUOUS = "ambiguous"


class Refusal(StrEnum):
    # About the state: judged again whenever the history before the scan changes.
    ALREADY_CHECKED_OUT = "already_checked_out"
    NOT_CHECKED_OUT = "not_checked_out"
    ASSET_RETIRED = "asset_retired"
    ASSET_IN_MAINTENANCE = "asset_in_maintenance"
    # About the request: it named nobody, nowhere, or nothing that can be done.
    UNKNOWN_CUSTODIAN = "unknown_custodian"
    CUSTODIAN_REQUIRED = "custodian_required"
    UNKNOWN_LOCATION = "unknown_location"
    LOCATION_REQUIRED = "location_required"
    NOT_AN_ASSET = "not_an_asset"
    UNKNOWN_AUDIT = "unknown_audit"
    AUDIT_NOT_COUNTING = "audit_not_counting"
    UNKNOWN_SCAN = "unknown_scan"
    ALREADY_VOIDED = "already_voided"
    NOT_YOUR_SCAN = "not_your_scan"


STATE_REFUSALS = frozenset(
    {
        Refusal.ALREADY_CHECKED_OUT,
        Refusal.NOT_CHECKED_OUT,
        Refusal.ASSET_RETIRED,
        Refusal.ASSET_IN_MAINTENANCE,
    }
)


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


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A register change: it states what is so, whatever was before."""

    at: datetime
    status: Stage | None = None
    sets_location: bool = False
    location_id: int | None = None
    sets_custodian: bool = False
    custodian_id: int | None = None


Event = ScanEvent | ChangeEvent


def _refuse_check_out(state: State) -> Refusal | None:
    if state.status in ENDED:
        return Refusal.ASSET_RETIRED
    if state.custodian_id is not None:
        return Refusal.ALREADY_CHECKED_OUT
    if state.status is Stage.IN_MAINTENANCE:
        return Refusal.ASSET_IN_MAINTENANCE
    return None


def _refuse_check_in(state: State) -> Refusal | None:
    if state.status in ENDED:
        return Refusal.ASSET_RETIRED
    # Only what already lies in stock cannot come back: a repair, a delivery, a lost laptop
    # found again and a deployed screen without a custodian are all received by a check-in.
    if state.status is Stage.IN_STOCK and state.custodian_id is None:
        return Refusal.NOT_CHECKED_OUT
    return None


def _refuse_move(state: State) -> Refusal | None:
    # A retired asset still travels to the disposal cage; a disposed one is gone.
    return Refusal.ASSET_RETIRED if state.status is Stage.DISPOSED else None


REFUSE = {
    Intent.CHECK_OUT: _refuse_check_out,
    Intent.CHECK_IN: _refuse_check_in,
    Intent.MOVE: _refuse_move,
}

# The stage that follows from (intent, stage); a pair that is absent keeps its stage.
NEXT_STAGE: Mapping[tuple[Intent, Stage], Stage] = {
    **{(Intent.CHECK_OUT, stage): Stage.IN_USE for stage in Stage if stage not in ENDED},
    **{(Intent.CHECK_IN, stage): Stage.IN_STOCK for stage in Stage if stage not in ENDED},
}


def decide(state: State, event: ScanEvent, *, home_id: int | None) -> tuple[State, Refusal | None]:
    """Give the state after the scan, or the state as it was and the refusal.

    :param home_id: where a check-in without a place returns the asset to.
    """
    refusal = REFUSE[event.intent](state)
    if refusal is not None:
        return state, refusal
    status = NEXT_STAGE.get((event.intent, state.status), state.status)
    place = event.location_id if event.location_id is not None else state.location_id
    if event.intent is Intent.CHECK_OUT:
        return State(status, place, event.person_id, event.due_at), None
    if event.intent is Intent.CHECK_IN:
        if event.location_id is None and home_id is not None:
            place = home_id
        return State(status, place, None, None), None
    if status is Stage.MISSING:  # moved by hand, so it is not missing
        status = Stage.IN_STOCK if state.custodian_id is None else Stage.IN_USE
    return State(status, place, state.custodian_id, state.due_at), None


def apply_change(state: State, change: ChangeEvent) -> State:
    """Give the state after a register change."""
    location_id = change.location_id if change.sets_location else state.location_id
    custodian_id = change.custodian_id if change.sets_custodian else state.custodian_id
    due_at = state.due_at if custodian_id == state.custodian_id else None
    return State(change.status or state.status, location_id, custodian_id, due_at)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in one place or with one person; no end means now."""

    holder_id: int
    started_at: datetime
    ended_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What a fold gives: the state now, when it was last judged, and the spans that led to it."""

    state: State
    state_at: datetime | None
    custody: tuple[Span, ...]
    placements: tuple[Span, ...]
    refusals: tuple[Refusal | None, ...]


def fold(events: Iterable[Event], *, home_id: int | None, start: State | None = None) -> History:
    """Fold one asset's events, given in the order they took effect, into its history."""
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
        # A refused scan counts too: one that comes late and lies before it may change that.
        state_at = event.at
        if refusal is not None:
            continue
        _turn(custody, state.custodian_id, after.custodian_id, event.at, after.due_at)
        _turn(placements, state.location_id, after.location_id, event.at, None)
        state = after
    return History(state, state_at, tuple(custody), tuple(placements), tuple(refusals))


def _turn(
    spans: list[Span], before: int | None, after: int | None, at: datetime, due_at: datetime | None
) -> None:
    if before == after:
        return
    if before is not None and spans:
        spans[-1] = replace(spans[-1], ended_at=at)
    if after is not None:
        spans.append(Span(after, at, None, due_at))

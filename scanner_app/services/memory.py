"""What a batch of scans knows of each asset in it, and the few statements that write it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from scanner_app.domain.custody import Span, State
from scanner_app.models import Asset, Custody, Placement
from scanner_app.models.among import is_among
from scanner_app.models.bulk import Bulk
from scanner_app.models.lookup import Lookup
from scanner_app.services.projection import Turns, find_last_seen, write_turns


@dataclass(slots=True)
class Memory:
    """What is known of one asset while a batch goes through it.

    `stored` and `stored_condition` are what the database holds of its state and condition.
    """

    id: int
    asset_tag: str
    name: str
    state: State
    state_at: datetime
    home_id: int | None
    condition: str | None
    last_seen_at: datetime | None
    last_seen_location_id: int | None
    stored: State
    stored_condition: str | None
    is_dirty: bool = False
    wants_last_seen: bool = False
    custody: Turns | None = None
    placement: Turns | None = None

    @property
    def is_turned(self) -> bool:
        return self.state != self.stored or self.condition != self.stored_condition

    @property
    def thing(self) -> str:
        return f"{self.asset_tag} {self.name}".strip()

    def advance(self, after: State, at: datetime) -> None:
        """Take the step that a scan made, and add it to the history that will be written."""
        before = self.state
        if before.custodian_id != after.custodian_id:
            self.custody = self.custody or Turns(None, [])
            _turn(self.custody, before.custodian_id, after.custodian_id, at, after.due_at)
        if before.location_id != after.location_id:
            self.placement = self.placement or Turns(None, [])
            _turn(self.placement, before.location_id, after.location_id, at, None)
        self.state = after
        self.state_at = at
        self.is_dirty = True

    def note_seen(self, at: datetime, place_id: int | None, condition: str | None) -> None:
        """Note that the asset was seen: when, where if a place was named, and how it was."""
        if self.last_seen_at is None or at >= self.last_seen_at:
            self.last_seen_at = at
            if place_id is not None:
                self.last_seen_location_id = place_id
            self.is_dirty = True
        elif place_id is not None:
            # Older than the newest sighting, perhaps newer than the newest that named a place.
            self.wants_last_seen = self.is_dirty = True
        if condition is not None:
            self.condition = condition
            self.is_dirty = True


_ASSET = Asset.__table__.c
_ASSETS_LOCKED = Lookup(
    select(
        _ASSET.id,
        _ASSET.asset_tag,
        _ASSET.name,
        _ASSET.status,
        _ASSET.location_id,
        _ASSET.custodian_id,
        _ASSET.due_at,
        _ASSET.state_at,
        _ASSET.home_location_id,
        _ASSET.condition,
        _ASSET.last_seen_at,
        _ASSET.last_seen_location_id,
    )
    .where(is_among(_ASSET.id, "ids"))
    .order_by(_ASSET.id)
    .with_for_update(),
    "ids",
)


def lock_memories(connection: Connection, ids: Sequence[int]) -> list[Memory]:
    """Load assets, locked in the order of their ids, so that two batches wait in the same order."""
    memories: list[Memory] = []
    rows = _ASSETS_LOCKED.fetch(connection, ids)
    for id_, tag, name, status, place, holder, due, at, home, condition, seen, where in rows:
        state = State(status, place, holder, due)
        memories.append(
            Memory(id_, tag, name, state, at, home, condition, seen, where, state, condition)
        )
    return memories


def write_memories(session: Session, memories: Sequence[Memory]) -> None:
    """Write what a batch made of assets: their history, their state, when they were seen."""
    if not memories:
        return
    connection = session.connection()
    write_turns(session, [(m.id, m.custody) for m in memories if m.custody], Custody)
    write_turns(session, [(m.id, m.placement) for m in memories if m.placement], Placement)
    for memory in memories:
        if memory.wants_last_seen:
            memory.last_seen_at, memory.last_seen_location_id = find_last_seen(
                session, asset_id=memory.id
            )
    # What was only seen where it is recorded touches no index of the register.
    seen: list[Memory] = []
    turned: list[Memory] = []
    for memory in memories:
        (turned if memory.is_turned else seen).append(memory)
    _UPDATE_SEEN.execute(connection, _seen_columns(seen))
    _UPDATE_STATE.execute(
        connection,
        {
            **_seen_columns(turned),
            "status": [memory.state.status for memory in turned],
            "location_id": [memory.state.location_id for memory in turned],
            "custodian_id": [memory.state.custodian_id for memory in turned],
            "due_at": [memory.state.due_at for memory in turned],
            "condition": [memory.condition for memory in turned],
        },
    )
    for memory in memories:
        memory.stored, memory.stored_condition = memory.state, memory.condition
        memory.is_dirty = memory.wants_last_seen = False
        memory.custody = memory.placement = None


def _seen_columns(memories: Sequence[Memory]) -> dict[str, Sequence[Any]]:
    return {name: [getattr(memory, name) for memory in memories] for name in ("id", *_SEEN)}


_SEEN = ("state_at", "last_seen_at", "last_seen_location_id")
_STATE = ("status", "location_id", "custodian_id", "due_at", "condition")
_UPDATE_SEEN = Bulk(Asset, _SEEN, kind="update")
_UPDATE_STATE = Bulk(Asset, (*_SEEN, *_STATE), kind="update")


def _turn(
    turns: Turns, before: int | None, after: int | None, at: datetime, due_at: datetime | None
) -> None:
    if before == after:
        return
    if before is not None:
        if turns.spans and turns.spans[-1].ended_at is None:
            turns.spans[-1] = replace(turns.spans[-1], ended_at=at)
        else:
            turns.closes_at = at
    if after is not None:
        turns.spans.append(Span(after, at, None, due_at))

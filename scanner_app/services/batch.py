"""One batch of scans: what is known of each asset in it, and the few statements that write it.

`services.intake` judges each scan with what stands here; `write` makes it so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.domain import sentences
from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import STATE_INTENTS, Intent, Outcome, Span, State
from scanner_app.domain.reconciliation import AuditState
from scanner_app.models import Asset, Audit, Custody, Placement, Scan
from scanner_app.models.among import is_among
from scanner_app.models.bulk import Bulk
from scanner_app.queries.names import Names
from scanner_app.queries.resolution import Meaning
from scanner_app.services.findings import FindingAnswer, Seen, record_sightings
from scanner_app.services.projection import Turns, find_last_seen, write_turns


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scan with everything it names resolved."""

    scan: NewScan
    scan_id: UUID
    fingerprint: str
    key: str
    effective_at: datetime
    is_clock_suspect: bool
    meaning: Meaning
    place: Meaning | None
    custodian: Meaning | None


@dataclass(slots=True)
class Memory:
    """What is known of one asset while a batch goes through it."""

    id: int
    asset_tag: str
    name: str
    state: State
    state_at: datetime
    home_id: int | None
    condition: str | None
    last_seen_at: datetime | None
    last_seen_location_id: int | None
    is_dirty: bool = False
    wants_last_seen: bool = False
    custody: Turns = field(default_factory=lambda: Turns(None, []))
    placement: Turns = field(default_factory=lambda: Turns(None, []))

    @property
    def thing(self) -> str:
        return f"{self.asset_tag} {self.name}".strip()


@dataclass(slots=True)
class Pending:
    item: Prepared
    result: dict[str, Any]
    row: dict[str, Any]
    seen: Seen | None


_ASSET = Asset.__table__.c
_LOCK_ASSETS = (
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
    .with_for_update()
)


class Batch:
    """What a batch knows and what it will write."""

    def __init__(
        self,
        session: Session,
        prepared: Sequence[Prepared],
        *,
        author: str,
        author_name: str,
        may_void_any: bool,
        now: datetime,
    ) -> None:
        self.session = session
        self.connection = session.connection()  # past the ORM, and asked for once
        self.author = author
        self.author_name = author_name
        self.may_void_any = may_void_any
        self.now = now
        self.pending: list[Pending] = []
        # Audits before assets: the order in which a closure locks, so that neither waits for ever.
        self.audits = self.load_audits({p.scan.audit for p in prepared if p.scan.audit})
        self.assets: dict[int, Memory] = {}
        self.load_assets(p.meaning.id for p in prepared if p.meaning.kind == "asset")
        self.names = Names(session)
        self._load_names(prepared)
        self.undone_early: set[UUID] = set()

    # -- loading -------------------------------------------------------------------------------

    def load_audits(self, ids: Iterable[int | None]) -> dict[int, AuditState]:
        wanted = sorted(i for i in ids if i is not None)
        if not wanted:
            return {}
        rows = self.session.execute(
            select(Audit.id, Audit.state)
            .where(Audit.id.in_(wanted))
            .order_by(Audit.id)
            .with_for_update(read=True)
        )
        return {row.id: row.state for row in rows}

    def load_assets(self, ids: Iterable[int | None]) -> None:
        wanted = sorted({i for i in ids if i is not None} - self.assets.keys())
        if not wanted:
            return
        rows = self.connection.execute(_LOCK_ASSETS, {"ids": wanted})
        for id_, tag, name, status, place, holder, due, at, home, condition, seen, where in rows:
            self.assets[id_] = Memory(
                id_, tag, name, State(status, place, holder, due), at, home, condition, seen, where
            )

    def _load_names(self, prepared: Sequence[Prepared]) -> None:
        place_ids: set[int | None] = set()
        person_ids: set[int | None] = set()
        for memory in self.assets.values():
            place_ids |= {memory.state.location_id, memory.home_id}
            person_ids.add(memory.state.custodian_id)
        for item in prepared:
            for meaning in (item.meaning, item.place, item.custodian):
                if meaning is not None and meaning.kind == "location":
                    place_ids.add(meaning.id)
                if meaning is not None and meaning.kind == "person":
                    person_ids.add(meaning.id)
        self.names.load_places(place_ids)
        self.names.load_people(person_ids)

    # -- stepping ------------------------------------------------------------------------------

    def advance(self, memory: Memory, after: State, at: datetime) -> None:
        before = memory.state
        _turn(memory.custody, before.custodian_id, after.custodian_id, at, after.due_at)
        _turn(memory.placement, before.location_id, after.location_id, at, None)
        memory.state = after
        memory.state_at = at
        memory.is_dirty = True

    def note_seen(self, item: Prepared, memory: Memory) -> None:
        at = item.effective_at
        if memory.last_seen_at is None or at >= memory.last_seen_at:
            memory.last_seen_at = at
            if item.place is not None:
                memory.last_seen_location_id = item.place.id
            memory.is_dirty = True
        elif item.place is not None:
            # Older than the newest sighting, perhaps newer than the newest that named a place.
            memory.wants_last_seen = memory.is_dirty = True
        if item.scan.condition is not None:
            memory.condition = item.scan.condition
            memory.is_dirty = True

    # -- keeping -------------------------------------------------------------------------------

    def blank(self, item: Prepared, meaning: Meaning, memory: Memory | None) -> dict[str, Any]:
        place = self.names.place(meaning.id) if meaning.kind == "location" else None
        person = self.names.person(meaning.id) if meaning.kind == "person" else None
        return {
            "scan_id": str(item.scan_id),
            "status": "recorded",
            "outcome": None,
            "refusal": None,
            "finding": None,
            "asset": self.card(memory) if memory else None,
            "kind": meaning.kind,
            "answer": "fine",
            "place": {"code": place.code, "name": place.name} if place else None,
            "person": {"number": person.number, "name": person.name} if person else None,
            "message": "",
        }

    def card(self, memory: Memory) -> dict[str, Any]:
        """Give the asset as the operator sees it now."""
        place = self.names.place(memory.state.location_id)
        home = self.names.place(memory.home_id)
        person = self.names.person(memory.state.custodian_id)
        return {
            "asset_tag": memory.asset_tag,
            "name": memory.name,
            "status": memory.state.status.value,
            "location": place.code if place else None,
            "location_name": place.name if place else None,
            "home_location": home.code if home else None,
            "home_location_name": home.name if home else None,
            "custodian": (person.number or person.email or person.name) if person else None,
            "custodian_name": person.name if person else None,
        }

    def seen(self, item: Prepared, memory: Memory | None, flags: tuple[str, ...] = ()) -> Seen:
        place = self.names.place(id_of(item.place))
        return Seen(
            asset_id=memory.id if memory else None,
            code_key=None if memory else item.key,
            code=None if memory else item.scan.code,
            at=item.effective_at,
            location_id=place.id if place else None,
            location_path=place.path if place else None,
            person_id=id_of(item.custodian),
            condition=item.scan.condition,
            flags=flags,
        )

    def keep(
        self,
        item: Prepared,
        result: dict[str, Any],
        outcome: Outcome,
        message: str,
        memory: Memory | None,
        *,
        seen: Seen | None = None,
    ) -> dict[str, Any]:
        scan = item.scan
        result["outcome"] = outcome.value
        result["message"] = message
        row: dict[str, Any] = {
            "scan_id": item.scan_id,
            "fingerprint": item.fingerprint,
            "code": scan.code,
            "code_key": item.key,
            "symbology": scan.symbology,
            "source": scan.source,
            "intent": scan.intent,
            "scanned_at": scan.scanned_at,
            "recorded_at": self.now,
            "effective_at": item.effective_at,
            "is_clock_suspect": item.is_clock_suspect,
            "asset_id": memory.id if memory else None,
            "location_id": id_of(item.place),
            "person_id": id_of(item.custodian),
            "audit_id": scan.audit if scan.audit in self.audits else None,
            "voids": scan.voids,
            "due_at": scan.due_at,
            "condition": scan.condition,
            "note": scan.note,
            "device": scan.device,
            "actor": self.author,
            "actor_name": self.author_name,
            "may_void_any": self.may_void_any,
            "outcome": outcome,
            "refusal": result["refusal"],
        }
        if item.meaning.kind == "location" and scan.intent is not Intent.VOID:
            row["location_id"] = item.meaning.id
        self.pending.append(Pending(item, result, row, seen))
        return result

    # -- writing -------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what was taken since the last write: findings, log, history, assets."""
        self._write_findings()
        if self.pending:
            for entry in self.pending:
                entry.row["answer"] = _encode(entry.result)
            _INSERT_SCANS.execute(self.connection, [entry.row for entry in self.pending])
            self.pending.clear()
        self._write_assets()

    def _write_findings(self) -> None:
        by_audit: dict[int, list[Pending]] = defaultdict(list)
        for entry in self.pending:
            if entry.seen is not None and entry.item.scan.audit is not None:
                by_audit[entry.item.scan.audit].append(entry)
        for audit_id, entries in sorted(by_audit.items()):
            answers = record_sightings(
                self.session,
                audit_id=audit_id,
                seen=[entry.seen for entry in entries if entry.seen is not None],
                now=self.now,
            )
            for entry, answer in zip(entries, answers, strict=True):
                self._tell_finding(entry, answer)

    def _tell_finding(self, entry: Pending, answer: FindingAnswer) -> None:
        result, scan = entry.result, entry.item.scan
        result["finding"] = {"state": answer.state, "flags": answer.flags}
        if result["outcome"] not in {Outcome.NOTED.value, Outcome.APPLIED.value}:
            return
        before = answer.previous_seen_at
        result["answer"] = {"verified": "fine", "misplaced": "wrong_place"}.get(
            answer.state, "wrong_place"
        )
        if before is not None:
            result["answer"] = "already_scanned"
        if scan.intent in STATE_INTENTS or entry.row["asset_id"] is None:
            return
        recorded = self.names.place(answer.recorded_location_id)
        here = self.names.place(entry.row["location_id"])
        result["message"] = sentences.found(
            answer.state,
            thing=self.assets[entry.row["asset_id"]].thing,
            place=here.name if here else None,
            recorded=recorded.name if recorded else None,
            before=before,
        )

    def _write_assets(self) -> None:
        dirty = [memory for memory in self.assets.values() if memory.is_dirty]
        if not dirty:
            return
        write_turns(self.session, [(m.id, m.custody) for m in dirty], Custody)
        write_turns(self.session, [(m.id, m.placement) for m in dirty], Placement)
        for memory in dirty:
            if memory.wants_last_seen:
                memory.last_seen_at, memory.last_seen_location_id = find_last_seen(
                    self.session, asset_id=memory.id
                )
        rows = [
            {
                "the_id": memory.id,
                "status": memory.state.status,
                "location_id": memory.state.location_id,
                "custodian_id": memory.state.custodian_id,
                "due_at": memory.state.due_at,
                "state_at": memory.state_at,
                "condition": memory.condition,
                "last_seen_at": memory.last_seen_at,
                "last_seen_location_id": memory.last_seen_location_id,
            }
            for memory in dirty
        ]
        _UPDATE_ASSETS.execute(self.connection, rows)
        for memory in dirty:
            memory.is_dirty = memory.wants_last_seen = False
            memory.custody = Turns(None, [])
            memory.placement = Turns(None, [])


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_SCAN_COLUMNS = [column.key for column in Scan.__table__.c if not column.primary_key]
_INSERT_SCANS = Bulk(insert(Scan), _SCAN_COLUMNS)
_STATE_COLUMNS = (
    "status",
    "location_id",
    "custodian_id",
    "due_at",
    "state_at",
    "condition",
    "last_seen_at",
    "last_seen_location_id",
)
_UPDATE_ASSETS = Bulk(
    update(Asset)
    .where(Asset.id == bindparam("the_id"))
    .values({name: bindparam(name) for name in _STATE_COLUMNS}),
    ("the_id", *_STATE_COLUMNS),
)


def id_of(meaning: Meaning | None) -> int | None:
    return meaning.id if meaning is not None else None


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

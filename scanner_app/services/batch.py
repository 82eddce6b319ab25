"""One batch of scans: what each was judged to be, and the few statements that write it.

`services.intake` judges each scan with what stands here; `write` makes it so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain import sentences
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import STATE_INTENTS, Intent, Outcome
from scanner_app.models import Audit, Scan
from scanner_app.models.bulk import Bulk
from scanner_app.queries.names import Names
from scanner_app.queries.resolution import Meaning
from scanner_app.services.audits.count import AuditSighting, FindingAnswer, record_sightings
from scanner_app.services.memory import Memory, lock_memories, write_memories


class Prepared(NamedTuple):
    """A scan with everything it names resolved."""

    scan: NewScan
    id_text: str  # the scan's id as it is answered
    fingerprint: str
    key: str
    effective_at: datetime
    is_clock_suspect: bool
    meaning: Meaning
    place: Meaning | None
    custodian: Meaning | None


@dataclass(slots=True)
class Pending:
    """A scan that was judged and is not written yet."""

    item: Prepared
    result: dict[str, Any]
    outcome: Outcome
    asset_id: int | None
    location_id: int | None
    audit_id: int | None
    seen: AuditSighting | None


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
        self.told: list[str] = []  # each answer that was written, as JSON
        # Audits before assets: the order in which a closure locks, so that neither waits for ever.
        self.audits = self.load_audits({p.scan.audit for p in prepared if p.scan.audit})
        self.assets: dict[int, Memory] = {}
        self.load_assets(p.meaning.id for p in prepared if p.meaning.kind == "asset")
        self.names = Names(self.connection)
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
        self.assets.update((memory.id, memory) for memory in lock_memories(self.connection, wanted))

    def _load_names(self, prepared: Sequence[Prepared]) -> None:
        place_ids: set[int | None] = set()
        person_ids: set[int | None] = set()
        for memory in self.assets.values():
            place_ids.add(memory.state.location_id)
            place_ids.add(memory.home_id)
            person_ids.add(memory.state.custodian_id)
        named = {item.place for item in prepared} | {item.custodian for item in prepared}
        named.update(item.meaning for item in prepared if item.meaning.kind != "asset")
        for meaning in named:
            if meaning is not None and meaning.kind == "location":
                place_ids.add(meaning.id)
            if meaning is not None and meaning.kind == "person":
                person_ids.add(meaning.id)
        self.names.load_places(place_ids)
        self.names.load_people(person_ids)

    # -- keeping -------------------------------------------------------------------------------

    def blank(self, item: Prepared, meaning: Meaning) -> dict[str, Any]:
        """Give a result that says nothing yet of an asset, an outcome or a finding."""
        place = self.names.place(meaning.id) if meaning.kind == "location" else None
        person = self.names.person(meaning.id) if meaning.kind == "person" else None
        return {
            "scan_id": item.id_text,
            "status": "recorded",
            "outcome": None,
            "refusal": None,
            "finding": None,
            "asset": None,
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

    def seen(
        self, item: Prepared, memory: Memory | None, flags: tuple[str, ...] = ()
    ) -> AuditSighting:
        place = self.names.place(id_of(item.place))
        return AuditSighting(
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
        seen: AuditSighting | None = None,
    ) -> dict[str, Any]:
        """Remember a scan for the write, and what is told of it."""
        scan, meaning = item.scan, item.meaning
        result["outcome"] = outcome.value
        result["message"] = message
        if memory is not None:
            result["asset"] = self.card(memory)
        is_place = meaning.kind == "location" and scan.intent is not Intent.VOID
        self.pending.append(
            Pending(
                item,
                result,
                outcome,
                memory.id if memory else None,
                meaning.id if is_place else id_of(item.place),
                scan.audit if scan.audit in self.audits else None,
                seen,
            )
        )
        return result

    # -- writing -------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what was taken since the last write: findings, log, history, assets."""
        self._write_findings()
        if self.pending:
            _INSERT_SCANS.execute(self.connection, self._columns_of(self.pending))
            self.pending.clear()
        write_memories(self.session, [m for m in self.assets.values() if m.is_dirty])

    def _columns_of(self, pending: Sequence[Pending]) -> dict[str, Sequence[Any]]:
        """Give the log's columns for the scans that are to be written."""
        items = [entry.item for entry in pending]
        scans = [item.scan for item in items]
        results = [entry.result for entry in pending]
        count = len(pending)
        # A line each: JSON writes a line break within a text as \n.
        answers = _encode_lines(results).decode().split("\n")[:count]
        self.told += answers
        return {
            "scan_id": [scan.scan_id for scan in scans],
            "fingerprint": [item.fingerprint for item in items],
            "code": [scan.code for scan in scans],
            "code_key": [item.key for item in items],
            "symbology": [scan.symbology for scan in scans],
            "source": [scan.source for scan in scans],
            "intent": [scan.intent for scan in scans],
            "scanned_at": [scan.scanned_at for scan in scans],
            "recorded_at": [self.now] * count,
            "effective_at": [item.effective_at for item in items],
            "is_clock_suspect": [item.is_clock_suspect for item in items],
            "asset_id": [entry.asset_id for entry in pending],
            "location_id": [entry.location_id for entry in pending],
            "person_id": [id_of(item.custodian) for item in items],
            "audit_id": [entry.audit_id for entry in pending],
            "voids": [scan.voids for scan in scans],
            "due_at": [scan.due_at for scan in scans],
            "condition": [scan.condition for scan in scans],
            "note": [scan.note for scan in scans],
            "reader_said": [scan.reader_said for scan in scans],
            "is_faint": [scan.is_faint for scan in scans],
            "device": [scan.device for scan in scans],
            "actor": [self.author] * count,
            "actor_name": [self.author_name] * count,
            "may_void_any": [self.may_void_any] * count,
            "outcome": [entry.outcome for entry in pending],
            "refusal": [result["refusal"] for result in results],
            "answer": answers,
        }

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
        if scan.intent in STATE_INTENTS or entry.asset_id is None:
            return
        recorded = self.names.place(answer.recorded_location_id)
        here = self.names.place(entry.location_id)
        result["message"] = sentences.found(
            answer.state,
            thing=self.assets[entry.asset_id].thing,
            place=here.name if here else None,
            recorded=recorded.name if recorded else None,
            before=before,
        )


_encode_lines = msgspec.json.Encoder().encode_lines
_INSERT_SCANS = Bulk(Scan, [c.key for c in Scan.__table__.c if not c.primary_key], kind="insert")


def id_of(meaning: Meaning | None) -> int | None:
    return meaning.id if meaning is not None else None

"""Reads of a reader become scans: its read point says where it looks and what a read means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import STATE_INTENTS, Intent
from scanner_app.models import Audit, Location, Reader, ReadPoint, Scan
from scanner_app.queries.readers.readers import FAINT, FAINT_MARK, OURS
from scanner_app.queries.readers.trail import Trail, list_steps
from scanner_app.queries.resolution import Meaning, Register, values_of
from scanner_app.services.faint_reads import leave_unseen
from scanner_app.services.readers.setup import find_posting_reader, measure_offset
from scanner_app.services.scanning import record_scans

# A clock that is further off than this is set right by ours; less may be the way through the net.
CLOCK_WRONG = timedelta(seconds=60)
# Raw reads of one tag by one antenna in one second, of a reader whose agent folds nothing: so many
# stand in the log, the last of them for the rest.
KEPT_A_SECOND = 5
# The tag is still there, or was until then: nothing that a door would carry out anew.
STAYS = frozenset({"present", "departed"})


@dataclass(frozen=True, slots=True)
class NewRead:
    """One sighting of a tag as an agent reports it; contract: POST /reads.

    :param change: arrived, present, moved, departed, glimpsed, or None where it is not told.
    :param is_weak: it proves nothing by itself: kept as evidence, and seen nowhere.
    """

    read_id: UUID
    code: str
    seen_at: datetime
    antenna: int = 0
    rssi: float | None = None
    count: int = 1
    first_seen_at: datetime | None = None
    change: str | None = None
    is_weak: bool = False
    tid: str | None = None

    def say(self) -> str:
        """Give what the reader told, for the log."""
        strength = "" if self.rssi is None else f" rssi {self.rssi:g}"
        parts = [f"antenna {self.antenna}{strength} count {self.count}"]
        parts += [self.change] if self.change else []
        parts += ["weak"] if self.is_weak else []
        parts += [f"tid {self.tid}"] if self.tid else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class _Point:
    intent: Intent
    location_code: str | None
    audit_id: int | None
    rssi_floor: int | None


_UNSET = _Point(Intent.SIGHTING, None, None, None)


def record_reads(
    session: Session,
    *,
    reader_name: str,
    reads: Sequence[NewRead],
    actor: Actor,
    now: datetime,
    skew: timedelta,
    rules: TagRules,
    sent_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Record reads through the one door for scans and give their results in order.

    :param sent_at: what time it was at the reader when it posted.
    :raises NotFound: no reader of that name is set up.
    :raises NotAllowed: the reader belongs to another token.
    :raises Conflict: the reader is switched off.
    """
    reader = find_posting_reader(session, name=reader_name, actor=actor)
    if not reads:
        return []
    offset = measure_offset(sent_at, now)
    heads, folds = _fold_flood(reads)
    kept = [read for read, head in zip(reads, heads, strict=True) if head is None]
    maker = _Maker(session, reader, kept, actor, rules, ahead=_wrong_by(offset))
    scans = [maker.make(read, folds.get(read.read_id)) for read in kept]
    known = _find_repeated(session, kept, scans, actor)
    fresh = iter(
        record_scans(
            session,
            scans=[scan for scan in scans if scan.scan_id not in known],
            actor=actor,
            now=now,
            skew=skew,
            rules=rules,
        )
    )
    leave_unseen(
        session,
        scan_ids=[
            scan.scan_id
            for scan in scans
            if FAINT_MARK in (scan.note or "") and scan.scan_id not in known
        ],
    )
    noted: dict[str, Any] = {"last_read_at": now}
    noted |= {} if offset is None else {"clock_offset": offset}
    session.execute(update(Reader).where(Reader.id == reader.id).values(noted))
    answers = iter(
        [known[scan.scan_id] if scan.scan_id in known else next(fresh) for scan in scans]
    )
    told: dict[UUID, dict[str, Any]] = {}
    results = []
    for read, head in zip(reads, heads, strict=True):
        if head is None:
            result = next(answers)
            told.setdefault(read.read_id, result)
        else:
            result = {**told[head], "scan_id": str(read.read_id)}
        results.append(result)
    return results


@dataclass(slots=True)
class _Fold:
    """Raw reads that another one stands for in the log."""

    count: int = 0
    best: float | None = None

    def add(self, read: NewRead) -> None:
        self.count += read.count
        if read.rssi is not None:
            self.best = read.rssi if self.best is None else max(self.best, read.rssi)

    def say(self) -> str:
        best = "" if self.best is None else f", best rssi {self.best:g}"
        return f"and {self.count} more in that second{best}"


def _fold_flood(reads: Sequence[NewRead]) -> tuple[list[UUID | None], dict[UUID, _Fold]]:
    """Give for each read the one that stands for it, or None; and what those stand for, by id.

    An agent's sightings say what changed, and each is kept. What comes without may be a reader's
    raw reads, a thousand a second of one tag, which would fill the log with nothing new.
    """
    heads: list[UUID | None] = []
    seen: set[UUID] = set()
    groups: dict[tuple[str, int, datetime], list[UUID]] = {}
    folds: dict[UUID, _Fold] = {}
    for read in reads:
        if read.change is not None or read.read_id in seen:
            heads.append(None)
            continue
        seen.add(read.read_id)
        group = groups.setdefault(
            (read.code.upper(), read.antenna, read.seen_at.replace(microsecond=0)), []
        )
        if len(group) < KEPT_A_SECOND:
            group.append(read.read_id)
            heads.append(None)
        else:
            folds.setdefault(group[-1], _Fold()).add(read)
            heads.append(group[-1])
    return heads, folds


def _wrong_by(offset: float | None) -> timedelta:
    """Give by how much the reader's times are to be set back; nothing where its clock will do."""
    ahead = timedelta(seconds=offset or 0.0)
    return ahead if abs(ahead) > CLOCK_WRONG else timedelta()


class _Maker:
    """Makes the scans of one batch of reads: with code, place, time and meaning."""

    def __init__(
        self,
        session: Session,
        reader: Reader,
        reads: Sequence[NewRead],
        actor: Actor,
        rules: TagRules,
        *,
        ahead: timedelta,
    ) -> None:
        self._reader_name = reader.name
        self._points = _load_points(session, reader.id)
        self._ahead = ahead
        carried = [read for read in reads if self._is_carried(read)]
        asked = {read.code for read in carried}
        for read in reads:
            asked |= {read.code, read.tid} if read.tid else set()
        self._meanings = _find_meanings(session, asked, reads, rules)
        self._trail = Trail(
            self._find_steps(session, reader, carried, actor.key) if carried else []
        )

    def make(self, read: NewRead, fold: _Fold | None) -> NewScan:
        """Give the scan that a read is.

        :param fold: further reads that it stands for.
        """
        point = self._find_point(read)
        place = point.location_code or self._trail.find(self._first_time(read))
        ours: list[str] = []
        code = read.code
        if read.tid and not self._means(read.code) and self._means(read.tid):
            code = read.tid
            ours.append(f"epc {read.code}")
        is_faint = self._is_faint(read, point)
        if is_faint:
            ours.append(f"{FAINT}, near {place}" if place else FAINT)
        if fold is not None:
            ours.append(fold.say())
        if self._ahead:
            seconds = round(abs(self._ahead.total_seconds()))
            ours.append(f"clock {seconds} s {'ahead' if self._ahead > timedelta() else 'behind'}")
        return NewScan(
            scan_id=read.read_id,
            code=code,
            intent=self._find_intent(read, point, is_faint=is_faint),
            scanned_at=read.seen_at - self._ahead,
            symbology="rfid",
            source="rfid",
            location=None if is_faint else place,
            audit=None if is_faint else point.audit_id,
            note=OURS.join([read.say(), *ours]),
            device=self._reader_name,
        )

    def _find_point(self, read: NewRead) -> _Point:
        return self._points.get(read.antenna) or self._points.get(0) or _UNSET

    def _is_carried(self, read: NewRead) -> bool:
        return self._find_point(read).location_code is None

    def _first_time(self, read: NewRead) -> datetime:
        # Heard before the next room's label was scanned, it belongs to the room before.
        first = read.first_seen_at or read.seen_at
        return min(first, read.seen_at) - self._ahead

    @staticmethod
    def _is_faint(read: NewRead, point: _Point) -> bool:
        """Tell whether a read proves nothing: a tag next door is heard faintly."""
        if read.is_weak or read.change == "glimpsed":
            return True
        floor = point.rssi_floor
        return read.rssi is not None and floor is not None and read.rssi < floor

    def _find_intent(self, read: NewRead, point: _Point, *, is_faint: bool) -> Intent:
        if is_faint:
            return Intent.LOOKUP
        if read.change in STAYS:
            if self._means(read.code) == "location":
                return Intent.LOOKUP  # the room's tag is still heard: nobody came in anew
            if point.intent in STATE_INTENTS:
                return Intent.SIGHTING  # it was moved or returned when it arrived
        return point.intent

    def _means(self, code: str) -> str | None:
        meaning = self._meanings.get(code)
        return None if meaning is None or meaning.kind == "unregistered" else meaning.kind

    def _find_steps(
        self, session: Session, reader: Reader, carried: Sequence[NewRead], author: str
    ) -> list[tuple[datetime, str]]:
        times = [self._first_time(read) for read in carried]
        steps = list_steps(
            session,
            reader_name=reader.name,
            author=author,
            carrier_id=reader.carrier_id,
            since=min(times),
            until=max(times),
        )
        rooms: dict[str, int] = {}
        for read in carried:
            meaning = self._meanings.get(read.code)
            if meaning is not None and meaning.kind == "location" and meaning.id is not None:
                rooms[read.code] = meaning.id
        if not rooms:
            return steps
        rows = session.execute(
            select(Location.id, Location.code).where(Location.id.in_(set(rooms.values())))
        )
        codes = {id_: code for id_, code in rows}  # noqa: C416 - rows are no pairs to mypy
        # A room's tag in this very batch: what is read after it is in that room.
        return steps + [
            (read.seen_at - self._ahead, codes[rooms[read.code]])
            for read in carried
            if read.code in rooms
            and read.change not in STAYS
            and not self._is_faint(read, self._find_point(read))
        ]


def _find_meanings(
    session: Session, codes: set[str], reads: Sequence[NewRead], rules: TagRules
) -> dict[str, Meaning]:
    """Say what codes mean, by one select; nothing is asked where it makes no difference."""
    if not codes:
        return {}
    readings = {code: read_code(code, symbology="rfid", rules=rules) for code in codes}
    register = Register(
        session.connection(), {v for reading in readings.values() for v in values_of(reading)}
    )
    at = max(read.seen_at for read in reads)
    return {code: register.find(reading, at=at) for code, reading in readings.items()}


def _find_repeated(
    session: Session, reads: Sequence[NewRead], scans: Sequence[NewScan], actor: Actor
) -> dict[UUID, dict[str, Any]]:
    """Give the first answer to each read that was recorded before and says the same.

    Place, intent and audit are left out: they are the read point's, which may have been changed
    between an answer that was lost and the agent's next try. So is what we noted beside.
    """
    rows = session.execute(
        select(
            Scan.scan_id,
            Scan.code,
            Scan.scanned_at,
            Scan.note,
            Scan.device,
            Scan.actor,
            Scan.answer,
        ).where(Scan.scan_id.in_([scan.scan_id for scan in scans]))
    )
    recorded = {row.scan_id: row for row in rows}
    author = actor.key
    known: dict[UUID, dict[str, Any]] = {}
    differing: set[UUID] = set()
    for read, scan in zip(reads, scans, strict=True):
        row = recorded.get(scan.scan_id)
        if row is None:
            continue
        told, _, noted = (row.note or "").partition(OURS)
        # A clock that was set right by ours is never set right by the same twice.
        is_same_time = row.scanned_at == scan.scanned_at or "clock " in noted + (scan.note or "")
        is_same = (
            is_same_time
            and row.code in {read.code, read.tid}
            and told == read.say()
            and (row.device, row.actor) == (scan.device, author)
        )
        if is_same:
            known[scan.scan_id] = {**json.loads(row.answer), "status": "repeated"}
        else:
            differing.add(scan.scan_id)
    # One id given twice in a batch, once altered: the door for scans judges both.
    return {key: answer for key, answer in known.items() if key not in differing}


def _load_points(session: Session, reader_id: int) -> dict[int, _Point]:
    # A read point may outlive its audit; its reads are then plain sightings, not refusals.
    rows = session.execute(
        select(ReadPoint.antenna, ReadPoint.intent, Location.code, Audit.id, ReadPoint.rssi_floor)
        .outerjoin(Location, Location.id == ReadPoint.location_id)
        .outerjoin(Audit, and_(Audit.id == ReadPoint.audit_id, Audit.state == AuditState.COUNTING))
        .where(ReadPoint.reader_id == reader_id)
    )
    return {
        antenna: _Point(intent, code, audit_id, floor)
        for antenna, intent, code, audit_id, floor in rows
    }

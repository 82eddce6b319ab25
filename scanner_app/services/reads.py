"""Reads of a reader become scans: its read point says where it looks and what a read means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.identifiers import TagRules
from scanner_app.domain.access import Actor
from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import Intent
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.reconciliation import AuditState
from scanner_app.models import Audit, Location, Reader, ReadPoint, Scan
from scanner_app.services.scanning import actor_key, record_scans

# What a read can mean by itself: a tag names no custodian and undoes nothing.
READ_INTENTS = (Intent.SIGHTING, Intent.LOOKUP, Intent.MOVE, Intent.CHECK_IN)


@dataclass(frozen=True, slots=True)
class NewRead:
    """One sighting of a tag as an agent reports it; contract: POST /reads."""

    read_id: UUID
    code: str
    seen_at: datetime
    antenna: int = 0
    rssi: float | None = None
    count: int = 1


def record_reads(
    session: Session,
    *,
    reader_name: str,
    reads: Sequence[NewRead],
    actor: Actor,
    now: datetime,
    skew: timedelta,
    rules: TagRules,
) -> list[dict[str, Any]]:
    """Record reads through the one door for scans and give their results in order.

    :raises NotFound: no reader of that name is set up.
    :raises Conflict: the reader is switched off.
    """
    reader = session.scalar(select(Reader).where(Reader.name == reader_name))
    if reader is None:
        raise NotFound(f"No reader is called {reader_name!r}. Add it on the readers page.")
    if not reader.is_active:
        raise Conflict(f"Reader {reader_name!r} is switched off.", code="reader_off")
    if not reads:
        return []
    points = _load_points(session, reader.id)
    scans = []
    for read in reads:
        point = points.get(read.antenna) or points.get(0) or _UNSET
        scans.append(_make_scan(read, point, reader_name))
    known = _find_repeated(session, scans, actor)
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
    session.execute(update(Reader).where(Reader.id == reader.id).values(last_read_at=now))
    return [known[scan.scan_id] if scan.scan_id in known else next(fresh) for scan in scans]


def _make_scan(read: NewRead, point: _Point, reader_name: str) -> NewScan:
    strength = "" if read.rssi is None else f" rssi {read.rssi:g}"
    note = f"antenna {read.antenna}{strength} count {read.count}"
    # A tag next door is heard faintly: it stands in the log, and is seen nowhere.
    is_faint = None not in (read.rssi, point.rssi_floor) and read.rssi < point.rssi_floor  # type: ignore[operator]  # neither is None
    return NewScan(
        scan_id=read.read_id,
        code=read.code,
        intent=Intent.LOOKUP if is_faint else point.intent,
        scanned_at=read.seen_at,
        symbology="rfid",
        source="rfid",
        location=None if is_faint else point.location_code,
        audit=None if is_faint else point.audit_id,
        note=note,
        device=reader_name,
    )


def _find_repeated(
    session: Session, scans: Sequence[NewScan], actor: Actor
) -> dict[UUID, dict[str, Any]]:
    """Give the first answer to each read that was recorded before and says the same.

    Place, intent and audit are left out: they are the read point's, which may have been changed
    between an answer that was lost and the agent's next try.
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
    author = actor_key(actor)
    known: dict[UUID, dict[str, Any]] = {}
    differing: set[UUID] = set()
    for scan in scans:
        row = recorded.get(scan.scan_id)
        if row is None:
            continue
        told = (row.code, row.scanned_at, row.note, row.device, row.actor)
        if told == (scan.code, scan.scanned_at, scan.note, scan.device, author):
            known[scan.scan_id] = {**json.loads(row.answer), "status": "repeated"}
        else:
            differing.add(scan.scan_id)
    # One id given twice in a batch, once altered: the door for scans judges both.
    return {key: answer for key, answer in known.items() if key not in differing}


@dataclass(frozen=True, slots=True)
class _Point:
    intent: Intent
    location_code: str | None
    audit_id: int | None
    rssi_floor: int | None


_UNSET = _Point(Intent.SIGHTING, None, None, None)


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


def note_heartbeat(
    session: Session, *, reader_name: str, heartbeat: dict[str, Any], now: datetime
) -> None:
    """Keep what an agent says of itself.

    A reader heard for the first time is set up, switched on, with no read point: its reads are
    sightings without a place until somebody says where it looks.
    """
    reader = session.scalar(select(Reader).where(Reader.name == reader_name).with_for_update())
    if reader is None:
        reader = Reader(name=reader_name, created_at=now, heartbeat={})
        session.add(reader)
    reader.last_heartbeat_at = now
    reader.heartbeat = heartbeat


def add_reader(
    session: Session, *, name: str, kind: str, silent_after: int, now: datetime
) -> Reader:
    """Set up a reader, switched on.

    :raises Conflict: the name is taken.
    """
    if session.scalar(select(Reader.id).where(Reader.name == name)) is not None:
        raise Conflict(f"There is a reader called {name!r} already. Open it in the list.")
    return set_reader(
        session, name=name, kind=kind, is_active=True, silent_after=silent_after, now=now
    )


def set_reader(
    session: Session, *, name: str, kind: str, is_active: bool, silent_after: int, now: datetime
) -> Reader:
    """Add a reader, or change the one of that name."""
    reader = session.scalar(select(Reader).where(Reader.name == name).with_for_update())
    if reader is None:
        reader = Reader(name=name, created_at=now, heartbeat={})
        session.add(reader)
    reader.kind = kind
    reader.is_active = is_active
    reader.silent_after_seconds = silent_after
    session.flush()  # its points are linked by id
    return reader


def set_read_point(
    session: Session,
    *,
    reader_id: int,
    antenna: int,
    location_id: int | None,
    intent: Intent,
    audit_id: int | None,
    rssi_floor: int | None = None,
) -> None:
    """Say where an antenna looks and what its reads mean; antenna 0 stands for all others.

    :param rssi_floor: dBm; a weaker read is kept as a lookup without a place.
    :raises NotFound: no such reader or audit.
    :raises Invalid: reads cannot mean this, or a move has no place to go.
    """
    if session.get(Reader, reader_id) is None:
        raise NotFound("There is no such reader.")
    if intent not in READ_INTENTS:
        raise Invalid("A read cannot mean this.", errors={"intent": ["Choose one of the list."]})
    if intent is Intent.MOVE and location_id is None:
        raise Invalid("A move needs a place.", errors={"place": ["Say where things are moved to."]})
    if audit_id is not None and session.get(Audit, audit_id) is None:
        raise NotFound("There is no such audit.")
    point = session.scalar(
        select(ReadPoint).where(ReadPoint.reader_id == reader_id, ReadPoint.antenna == antenna)
    )
    if point is None:
        point = ReadPoint(reader_id=reader_id, antenna=antenna)
        session.add(point)
    point.location_id = location_id
    point.intent = intent
    point.audit_id = audit_id
    point.rssi_floor = rssi_floor


def remove_read_point(session: Session, *, reader_id: int, antenna: int) -> None:
    """Take an antenna's read point away; antenna 0's stands for it from now on."""
    session.execute(
        delete(ReadPoint).where(ReadPoint.reader_id == reader_id, ReadPoint.antenna == antenna)
    )

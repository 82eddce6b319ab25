"""Reads of a reader become scans: its read point says where it looks and what a read means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.identifiers import TagRules
from scanner_app.domain.access import Actor
from scanner_app.domain.capture import NewScan
from scanner_app.domain.custody import Intent
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.models import Audit, Location, Reader, ReadPoint
from scanner_app.services.scanning import record_scans


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
    points = _load_points(session, reader.id)
    scans = []
    for read in reads:
        point = points.get(read.antenna) or points.get(0) or _Point(Intent.SIGHTING, None, None)
        strength = "" if read.rssi is None else f" rssi {read.rssi:g}"
        scans.append(
            NewScan(
                scan_id=read.read_id,
                code=read.code,
                intent=point.intent,
                scanned_at=read.seen_at,
                symbology="rfid",
                source="rfid",
                location=point.location_code,
                audit=point.audit_id,
                note=f"antenna {read.antenna}{strength} count {read.count}",
                device=reader_name,
            )
        )
    results = record_scans(session, scans=scans, actor=actor, now=now, skew=skew, rules=rules)
    session.execute(update(Reader).where(Reader.id == reader.id).values(last_read_at=now))
    return results


@dataclass(frozen=True, slots=True)
class _Point:
    intent: Intent
    location_code: str | None
    audit_id: int | None


def _load_points(session: Session, reader_id: int) -> dict[int, _Point]:
    rows = session.execute(
        select(ReadPoint.antenna, ReadPoint.intent, Location.code, ReadPoint.audit_id)
        .outerjoin(Location, Location.id == ReadPoint.location_id)
        .where(ReadPoint.reader_id == reader_id)
    )
    return {row.antenna: _Point(row.intent, row.code, row.audit_id) for row in rows}


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
) -> None:
    """Say where an antenna looks and what its reads mean; antenna 0 stands for all others."""
    if session.get(Reader, reader_id) is None:
        raise NotFound("There is no such reader.")
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

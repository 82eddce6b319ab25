"""Readers and read points, read: who looks where, when it was last heard, what it last read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from scanner_app.decoding.identifiers import tag_key
from scanner_app.domain.custody import Intent
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.reconciliation import AuditState
from scanner_app.models import Asset, Audit, Location, Reader, ReadPoint, Scan

# How far back from its last read a reader's reads are looked for: the log has no index by device.
LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReadPointRow:
    id: int
    antenna: int
    intent: Intent
    location_code: str | None
    location_name: str | None
    audit_id: int | None
    rssi_floor: int | None


@dataclass(frozen=True, slots=True)
class ReaderRow:
    id: int
    name: str
    kind: str
    is_active: bool
    last_read_at: datetime | None
    last_heartbeat_at: datetime | None
    is_silent: bool
    heartbeat: dict[str, Any]
    silent_after_seconds: int
    points: tuple[ReadPointRow, ...]


@dataclass(frozen=True, slots=True)
class LastRead:
    code: str
    scanned_at: datetime
    asset_tag: str | None
    asset_name: str | None
    location_name: str | None
    intent: str
    outcome: str
    note: str | None


def list_readers(
    session: Session, *, now: datetime, reader_id: int | None = None
) -> list[ReaderRow]:
    """Give every reader with its points; one that should have been heard by now is silent.

    :param reader_id: this one alone.
    """
    chosen = select(Reader).order_by(Reader.name)
    if reader_id is not None:
        chosen = chosen.where(Reader.id == reader_id)
    points: dict[int, list[ReadPointRow]] = {}
    for point, code, name in session.execute(
        select(ReadPoint, Location.code, Location.name)
        .outerjoin(Location, Location.id == ReadPoint.location_id)
        .order_by(ReadPoint.reader_id, ReadPoint.antenna)
    ):
        points.setdefault(point.reader_id, []).append(
            ReadPointRow(
                point.id,
                point.antenna,
                point.intent,
                code,
                name,
                point.audit_id,
                point.rssi_floor,
            )
        )
    rows = []
    for reader in session.scalars(chosen):
        heard = max((t for t in (reader.last_heartbeat_at, reader.last_read_at) if t), default=None)
        limit = timedelta(seconds=reader.silent_after_seconds)
        rows.append(
            ReaderRow(
                reader.id,
                reader.name,
                reader.kind,
                reader.is_active,
                reader.last_read_at,
                reader.last_heartbeat_at,
                reader.is_active and (heard is None or now - heard > limit),
                reader.heartbeat,
                reader.silent_after_seconds,
                tuple(points.get(reader.id, ())),
            )
        )
    return rows


def get_reader(session: Session, reader_id: int, *, now: datetime) -> ReaderRow:
    """Give one reader.

    :raises NotFound: there is none of this id.
    """
    for reader in list_readers(session, now=now, reader_id=reader_id):
        return reader
    raise NotFound("There is no such reader.")


def list_last_reads(session: Session, reader: ReaderRow, *, limit: int = 20) -> list[LastRead]:
    """Give what a reader read last, newest first."""
    if reader.last_read_at is None:
        return []
    rows = session.execute(
        select(
            Scan.code,
            Scan.scanned_at,
            Asset.asset_tag,
            Asset.name,
            Location.name,
            Scan.intent,
            Scan.outcome,
            Scan.note,
        )
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .outerjoin(Location, Location.id == Scan.location_id)
        .where(Scan.device == reader.name, Scan.source == "rfid")
        .where(Scan.recorded_at.between(reader.last_read_at - LOOK_BACK, reader.last_read_at))
        .order_by(Scan.recorded_at.desc(), Scan.id.desc())
        .limit(limit)
    )
    return [
        LastRead(code, at, tag, name, place, intent.value, outcome.value, note)
        for code, at, tag, name, place, intent, outcome, note in rows
    ]


def find_place_id(session: Session, code: str) -> int:
    """Give the id of the place in use with this code.

    :raises Invalid: there is none.
    """
    wanted = select(Location.id).where(Location.code_key == tag_key(code), Location.is_active)
    # PostgreSQL raises on NUL, and no code has one.
    place_id = session.scalar(wanted) if code.isprintable() else None
    if place_id is None:
        raise Invalid(
            "There is no such place.",
            errors={"place": ["No place in use has this code. Choose one of the list."]},
        )
    return place_id


def list_audit_choices(session: Session, *, also: int | None = None) -> list[tuple[int, str]]:
    """Give (id, name) of the audits that a read point can count in, newest first.

    :param also: an audit that is chosen already, whatever its state.
    """
    usable = Audit.state.in_((AuditState.DRAFT, AuditState.COUNTING))
    rows = session.execute(
        select(Audit.id, Audit.name)
        .where(or_(usable, Audit.id == also) if also is not None else usable)
        .order_by(Audit.id.desc())
    )
    return [(id_, name) for id_, name in rows]

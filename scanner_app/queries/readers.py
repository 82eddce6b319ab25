"""Readers and read points, read: who looks where, when it was last heard, what it last read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.custody import Intent
from scanner_app.models import Location, Reader, ReadPoint


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
    points: tuple[ReadPointRow, ...]


def list_readers(session: Session, *, now: datetime) -> list[ReaderRow]:
    """Give every reader with its points; one that should have been heard by now is silent."""
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
    for reader in session.scalars(select(Reader).order_by(Reader.name)):
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
                tuple(points.get(reader.id, ())),
            )
        )
    return rows

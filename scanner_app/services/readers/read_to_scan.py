"""What a read becomes as a scan: its read point says where it looks and what a read means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.readers.new_read import STAYS, Change, NewRead
from scanner_app.domain.scanning.intents import STATE_INTENTS, Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Audit, Location, Reader, ReadPoint
from scanner_app.queries.readers.trail import ReaderTrail, list_steps
from scanner_app.queries.scanning.codes import CodeIndex, Meaning, values_of
from scanner_app.services.readers.flood import Fold

# Joins what the reader reported and what we know about it. For people who read it, nothing more.
_JOINT = " · "


@dataclass(frozen=True, slots=True)
class _Point:
    intent: Intent
    location_code: str | None
    audit_id: int | None
    rssi_floor: int | None


_UNSET = _Point(Intent.SIGHTING, None, None, None)


class ScanMaker:
    """Makes the scans of one batch of reads: with code, place, time and intent.

    :param ahead: by how much the reader's clock is ahead of ours, if that has to be corrected.
    """

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
        self._trail = ReaderTrail(
            self._find_steps(session, reader, carried, actor.key) if carried else []
        )

    def make(self, read: NewRead, fold: Fold | None) -> NewScan:
        """Return the scan that a read is.

        :param fold: further reads that it stands for.
        """
        point = self._find_point(read)
        place = point.location_code or self._trail.find(self._first_time(read))
        known: list[str] = []
        code = read.code
        if read.tid and not self._means(read.code) and self._means(read.tid):
            code = read.tid
            known.append(f"epc {read.code}")
        is_faint = self._is_faint(read, point)
        if is_faint:
            known.append(f"faint, near {place}" if place else "faint")
        if fold is not None:
            known.append(fold.describe())
        if self._ahead:
            seconds = round(abs(self._ahead.total_seconds()))
            known.append(f"clock {seconds} s {'ahead' if self._ahead > timedelta() else 'behind'}")
        return NewScan(
            scan_id=read.read_id,
            code=code,
            intent=self._find_intent(read, point, is_faint=is_faint),
            scanned_at=read.seen_at - self._ahead,
            symbology="rfid",
            source="rfid",
            location=None if is_faint else place,
            audit=None if is_faint else point.audit_id,
            device=self._reader_name,
            reader_said=_JOINT.join([read.describe(), *known]),
            read_key=read.key,
            is_faint=is_faint,
        )

    def _find_point(self, read: NewRead) -> _Point:
        return self._points.get(read.antenna) or self._points.get(0) or _UNSET

    def _is_carried(self, read: NewRead) -> bool:
        return self._find_point(read).location_code is None

    def _first_time(self, read: NewRead) -> datetime:
        # A tag that was first heard before the next room's label was scanned is of the room before.
        first = read.first_seen_at or read.seen_at
        return min(first, read.seen_at) - self._ahead

    @staticmethod
    def _is_faint(read: NewRead, point: _Point) -> bool:
        """Return whether a read proves nothing: a tag in the next room is heard faintly."""
        if read.is_weak or read.change == Change.GLIMPSED:
            return True
        floor = point.rssi_floor
        return read.rssi is not None and floor is not None and read.rssi < floor

    def _find_intent(self, read: NewRead, point: _Point, *, is_faint: bool) -> Intent:
        if is_faint:
            return Intent.LOOKUP
        if read.change in STAYS:
            if self._means(read.code) == "location":
                return Intent.LOOKUP  # the room's tag is still heard: nobody came in
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
        codes = {id_: code for id_, code in rows}  # noqa: C416 - mypy does not take rows as pairs
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
    """Return what codes mean, by one select."""
    if not codes:
        return {}
    readings = {code: read_code(code, symbology="rfid", rules=rules) for code in codes}
    index = CodeIndex(
        session.connection(), {v for reading in readings.values() for v in values_of(reading)}
    )
    at = max(read.seen_at for read in reads)
    return {code: index.find(reading, at=at) for code, reading in readings.items()}


def _load_points(session: Session, reader_id: int) -> dict[int, _Point]:
    # A read point may outlive its audit. Its reads are then plain sightings and not refusals.
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

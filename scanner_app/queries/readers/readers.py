"""Selects over readers and read points: where each looks, and what it last read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import ROLES, Action
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.models import ApiToken, Asset, Audit, Location, Reader, ReadPoint, Scan, User
from scanner_app.queries.readers.trail import ReaderTrail, list_steps
from scanner_app.sql.conditions import is_passing_tag

# How far back from its last read a reader's reads are searched: the log has no index by device.
LOOK_BACK = timedelta(days=1)
# Only this many tags of strangers are shown; the others are counted.
MAX_STRANGERS = 5
# A clock that is wrong by more than this is shown. Times that are off by more than a minute are
# corrected.
CLOCK_WARN_S = 5.0


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
    clock_offset: float | None = None
    token_id: int | None = None
    carrier_id: int | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether nothing was ever heard of it: it was only just set up."""
        return self.is_active and self.last_heartbeat_at is None and self.last_read_at is None

    @property
    def clock_words(self) -> str:
        """How wrong its clock is; empty if it is good enough."""
        offset = self.clock_offset or 0.0
        if abs(offset) <= CLOCK_WARN_S:
            return ""
        return f"{abs(offset):,.0f} seconds {'ahead' if offset > 0 else 'behind'}"

    @property
    def is_carried(self) -> bool:
        """Whether its reads use the location whose label was scanned last."""
        return not self.points or any(point.location_code is None for point in self.points)


@dataclass(frozen=True, slots=True)
class LastRead:
    code: str
    scanned_at: datetime
    asset_tag: str | None
    asset_name: str | None
    location_name: str | None
    intent: str
    outcome: str
    outcome_label: str
    outcome_tone: str
    reader_said: str | None
    is_weak: bool  # its reads are weak, and kept only as evidence


def list_readers(
    session: Session, *, now: datetime, reader_id: int | None = None
) -> list[ReaderRow]:
    """Return every reader with its points. One that should have been heard by now is silent.

    :param reader_id: only this one.
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
                reader.is_active and heard is not None and now - heard > limit,
                reader.heartbeat,
                reader.silent_after_seconds,
                tuple(points.get(reader.id, ())),
                reader.clock_offset,
                reader.token_id,
                reader.carrier_id,
            )
        )
    return rows


def get_reader(session: Session, reader_id: int, *, now: datetime) -> ReaderRow:
    """Return one reader.

    :raises NotFound: no reader has this id.
    """
    for reader in list_readers(session, now=now, reader_id=reader_id):
        return reader
    raise NotFound("That reader does not exist.")


def list_last_reads(session: Session, reader: ReaderRow, *, limit: int = 20) -> list[LastRead]:
    """Return what a reader read last, newest first.

    Of strangers' tags only some are returned, each once.
    """
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
            Scan.reader_said,
            Scan.is_faint,
        )
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .outerjoin(Location, Location.id == Scan.location_id)
        .where(Scan.device == reader.name, Scan.source == "rfid")
        .where(Scan.recorded_at.between(reader.last_read_at - LOOK_BACK, reader.last_read_at))
        .order_by(Scan.recorded_at.desc(), Scan.id.desc())
        .limit(limit * 10)
    )
    reads: list[LastRead] = []
    strangers: set[str] = set()
    for code, at, tag, name, place, intent, outcome, said, is_faint in rows:
        if outcome is Outcome.UNREGISTERED:
            if code in strangers or len(strangers) == MAX_STRANGERS:
                continue
            strangers.add(code)
        facts = outcome.facts
        reads.append(
            LastRead(
                code,
                at,
                tag,
                name,
                place,
                intent.value,
                outcome.value,
                facts.read_label,
                facts.read_tone,
                said,
                is_faint,
            )
        )
    return reads[:limit]


def find_place_id(session: Session, code: str) -> int:
    """Return the id of the location in use with this code.

    :raises Invalid: no location in use has it.
    """
    wanted = select(Location.id).where(Location.code_key == tag_key(code), Location.is_active)
    # PostgreSQL raises an error on NUL, and no code contains one.
    place_id = session.scalar(wanted) if code.isprintable() else None
    if place_id is None:
        raise Invalid(
            "That location does not exist.",
            errors={"place": ["No location in use has this code. Choose one from the list."]},
        )
    return place_id


def list_audit_choices(session: Session, *, also: int | None = None) -> list[tuple[int, str]]:
    """Return (id, name) of the audits in which a read point can count, newest first.

    :param also: an audit that is already chosen, whatever its state.
    """
    usable = Audit.state.in_((AuditState.DRAFT, AuditState.COUNTING))
    rows = session.execute(
        select(Audit.id, Audit.name)
        .where(or_(usable, Audit.id == also) if also is not None else usable)
        .order_by(Audit.id.desc())
    )
    return [(id_, name) for id_, name in rows]


def list_silent(session: Session, *, now: datetime) -> list[ReaderRow]:
    """Return the readers that should have been heard by now."""
    return [reader for reader in list_readers(session, now=now) if reader.is_silent]


def find_current_place(session: Session, reader: ReaderRow, *, now: datetime) -> str | None:
    """Return the full name of the location of a carried reader; None if nobody has set it."""
    steps = list_steps(
        session,
        reader_name=reader.name,
        author=None if reader.token_id is None else f"token:{reader.token_id}",
        carrier_id=reader.carrier_id,
        since=now,
        until=now,
    )
    code = ReaderTrail(steps).find(now)
    return session.scalar(select(Location.full_name).where(Location.code == code)) if code else None


def count_foreign(session: Session, *, audit_id: int) -> int:
    """Return the number of strangers' tags that readers passed in an audit.

    Each counts once, none as a finding.
    """
    return _count_foreign(session, Scan.audit_id == audit_id)


def count_foreign_of(session: Session, reader: ReaderRow) -> int:
    """Return the number of strangers' tags that a reader passed in the last day of its reads."""
    if reader.last_read_at is None:
        return 0
    since = reader.last_read_at - LOOK_BACK
    return _count_foreign(
        session,
        Scan.device == reader.name,
        Scan.recorded_at.between(since, reader.last_read_at),
    )


def _count_foreign(session: Session, *which: ColumnElement[bool]) -> int:
    count = session.scalar(
        select(func.count(Scan.code_key.distinct())).where(
            *which, Scan.asset_id.is_(None), is_passing_tag()
        )
    )
    return count or 0


@dataclass(frozen=True, slots=True)
class Faint:
    """A read that proves nothing by itself, but shows where to look."""

    scanned_at: datetime
    device: str | None
    reader_said: str | None


def list_faint(session: Session, *, audit_id: int, asset_id: int | None) -> list[Faint]:
    """Return the weak reads of an asset during the counting of an audit, newest first."""
    audit = session.get(Audit, audit_id)
    if asset_id is None or audit is None or audit.counting_started_at is None:
        return []
    rows = session.execute(
        select(Scan.scanned_at, Scan.device, Scan.reader_said)
        .where(
            Scan.asset_id == asset_id,
            Scan.is_faint,
            Scan.effective_at >= audit.counting_started_at,
            Scan.effective_at <= audit.counting_ended_at
            if audit.counting_ended_at is not None
            else Scan.effective_at.is_not(None),
        )
        .order_by(Scan.effective_at.desc(), Scan.id.desc())
        .limit(20)
    )
    return [Faint(*row) for row in rows]


def list_token_choices(session: Session, *, also: int | None = None) -> list[tuple[int, str]]:
    """Return (id, name) of the tokens that may post reads.

    :param also: one that is already chosen, even if it no longer works.
    """
    roles = [role for role, facts in ROLES.items() if Action.POST_READS in facts.actions]
    usable = ApiToken.revoked_at.is_(None) & ApiToken.role.in_(roles)
    rows = session.execute(
        select(ApiToken.id, ApiToken.name, ApiToken.prefix, ApiToken.revoked_at)
        .where(or_(usable, ApiToken.id == also) if also is not None else usable)
        .order_by(ApiToken.name, ApiToken.id)
    )
    return [
        (id_, f"{name} (sca_{prefix}…){', revoked' if revoked else ''}")
        for id_, name, prefix, revoked in rows
    ]


def list_carrier_choices(session: Session, *, also: int | None = None) -> list[tuple[int, str]]:
    """Return (id, name) of the users who may scan, and so can carry a reader."""
    roles = [role for role, facts in ROLES.items() if Action.SCAN in facts.actions]
    usable = User.is_active & User.role.in_(roles)
    rows = session.execute(
        select(User.id, User.name, User.email)
        .where(or_(usable, User.id == also) if also is not None else usable)
        .order_by(User.name, User.id)
    )
    return [(id_, f"{name} ({email})") for id_, name, email in rows]

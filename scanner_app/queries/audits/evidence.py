"""The scans of an audit: which count, which arrived too late, and who made them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, false, func, not_, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.spans import covers, read_spans
from scanner_app.domain.scanning.intents import Outcome
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import Asset, Audit, Location, Person, Scan, ScanPicture
from scanner_app.queries.audits.findings import PART, FindingRow
from scanner_app.queries.audits.reconciling.matches import (
    join_matches,
    list_matched_keys,
    seen_asset_id,
)
from scanner_app.sql.conditions import counts_as_sighting, is_among_undone, is_waiting

# A phone without a network sends late; the report says how often, since its time is only a claim.
MAX_DELAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One scan that a finding is based on."""

    scan_id: UUID
    code: str
    scanned_at: datetime
    is_clock_suspect: bool
    location_name: str | None
    custodian_name: str | None
    actor: str
    device: str | None
    source: str | None
    condition: str | None
    note: str | None
    reader_said: str | None
    shot_id: UUID | None  # the picture that it was read from


def list_evidence(session: Session, audit_id: int, finding: FindingRow) -> list[Evidence]:
    """Return the scans that a finding is based on, newest first."""
    asset_id = finding.asset_id
    # Scans of a label that was matched with the asset are sightings of it.
    keys = (
        [finding.code_key] if asset_id is None else list_matched_keys(session, audit_id, [asset_id])
    )
    by_label = and_(Scan.asset_id.is_(None), Scan.code_key.in_(keys))
    thing = by_label if asset_id is None else or_(Scan.asset_id == asset_id, by_label)
    rows = session.execute(
        select(
            Scan.scan_id,
            Scan.code,
            Scan.scanned_at,
            Scan.is_clock_suspect,
            Location.full_name,
            Person.name,
            Scan.actor_name,
            Scan.device,
            Scan.source,
            Scan.condition,
            Scan.note,
            Scan.reader_said,
            ScanPicture.shot_id,
        )
        .outerjoin(Location, Location.id == Scan.location_id)
        .outerjoin(Person, Person.id == Scan.person_id)
        .outerjoin(ScanPicture, ScanPicture.scan_id == Scan.scan_id)
        .where(Scan.audit_id == audit_id, thing, counts_as_sighting())
        .order_by(Scan.effective_at.desc(), Scan.id.desc())
        .limit(100)
    )
    return [Evidence(*values) for values in map(tuple[Any, ...], rows)]


def select_sightings(audit_id: int) -> Select[*tuple[Any, ...]]:
    """Return the select of the scans of an audit that count, oldest first.

    A scan of a label that was matched is of the asset that it was matched with.
    """
    statement = (
        select(
            Scan.id,
            Scan.scan_id,
            seen_asset_id.label("asset_id"),
            Scan.code_key,
            Scan.effective_at,
            Scan.recorded_at,
            Scan.location_id,
            Location.path,
            Scan.person_id,
            Scan.condition,
            (Scan.outcome == Outcome.AMBIGUOUS).label("is_ambiguous"),
        )
        .outerjoin(Location, Location.id == Scan.location_id)
        .where(Scan.audit_id == audit_id, counts_as_sighting())
        .order_by(Scan.effective_at, Scan.id)
    )
    return join_matches(statement)


@dataclass(frozen=True, slots=True)
class LateScan:
    """A scan that arrived while the audit was not counting.

    :param counts: it was made while the audit counted, and arrived before it was closed. What was
        made at another time is kept, and changes no finding.
    :param waits: it was made while the audit counted, and counts once somebody takes it in.
    :param in_time: it was made while the audit counted.
    """

    scan_id: UUID
    scanned_at: datetime
    recorded_at: datetime
    code: str
    asset_tag: str | None
    actor: str
    device: str | None
    counts: bool
    waits: bool
    in_time: bool


def list_late_scans(session: Session, audit_id: int, *, limit: int | None = None) -> list[LateScan]:
    """Return the scans that arrived while the audit was not counting, in order of arrival.

    Those that were made while it did not count are among them, whenever they arrived.
    """
    is_refused = Scan.refusal == Refusal.AUDIT_NOT_COUNTING.value
    stored = session.scalar(select(Audit.counting_spans).where(Audit.id == audit_id)) or []
    spans = read_spans(stored)
    in_time = [
        and_(Scan.recorded_at >= span.started_at, Scan.recorded_at <= span.ended_at)
        if span.ended_at is not None
        else Scan.recorded_at >= span.started_at
        for span in spans
    ]
    # An audit of an older version took no scan late, and knows no spans if it was closed.
    is_late = and_(not_(or_(*in_time)), counts_as_sighting()) if in_time else false()
    # What was undone before anybody took it in waits for nobody any more.
    still_waits = and_(is_waiting(), ~is_among_undone())
    statement = (
        select(
            Scan.scan_id,
            Scan.scanned_at,
            Scan.recorded_at,
            Scan.code,
            Asset.asset_tag,
            Scan.actor_name,
            Scan.device,
            counts_as_sighting(),
            is_waiting(),
            Scan.effective_at,
            Scan.is_clock_suspect,
        )
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .where(Scan.audit_id == audit_id, or_(is_refused, is_late, still_waits))
        .order_by(Scan.id)
    )
    if limit is not None:
        statement = statement.limit(limit)
    return [
        LateScan(*told, in_time=covers(spans, at) and not is_suspect)  # type: ignore[misc]
        for *told, at, is_suspect in session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class Counter:
    """One person with one device: how many scans, and when.

    :param clock_suspect: how many came from a wrong clock.
    :param delayed: how many were recorded more than MAX_DELAY after the time that the device says.
    """

    actor: str
    name: str
    device: str
    scans: int
    first_at: datetime
    last_at: datetime
    clock_suspect: int
    delayed: int


def list_counters(session: Session, audit_id: int) -> list[Counter]:
    """Return who counted with which device, sorted by person."""
    rows = session.connection().execute(
        select(
            Scan.actor,
            Scan.actor_name,
            func.coalesce(Scan.device, ""),
            Scan.effective_at,
            Scan.recorded_at,
            Scan.is_clock_suspect,
        ).where(Scan.audit_id == audit_id, Scan.outcome != Outcome.REFUSED),
        execution_options={"yield_per": PART},
    )
    # In Python: the two databases subtract times in different ways.
    found: dict[tuple[str, str, str], Counter] = {}
    for actor, name, device, at, recorded_at, is_suspect in rows:
        key = actor, name, device
        known = found.get(key) or Counter(*key, 0, at, at, 0, 0)
        found[key] = Counter(
            *key,
            known.scans + 1,
            min(known.first_at, at),
            max(known.last_at, at),
            known.clock_suspect + is_suspect,
            known.delayed + (recorded_at - at > MAX_DELAY),
        )
    return [found[key] for key in sorted(found)]

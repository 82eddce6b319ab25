"""Scans that an audit does not count, of assets that it found nowhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.spans import read_spans
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import Audit, Finding, Location, Scan
from scanner_app.queries.audits.reconciling.presence import find_confirmed
from scanner_app.sql.conditions import is_among_undone, was_seen

_corrected = aliased(Audit)
_UNCOUNTED = (Refusal.AUDIT_NOT_COUNTING.value, Refusal.LABEL_NOT_READ.value)


def find_outside_scans(session: Session, audit_id: int, *conditions: Any) -> dict[int, int]:
    """Return the newest scan of each missing asset since counting started, by the finding's id.

    In a revision, what was made in time for the audit that it corrects, and arrived after that one
    was sealed, is such a scan too: it counts in neither.

    Where the policy takes scans outside as sightings, those that it takes are among them.

    :param conditions: which findings are asked about; all that are missing if there are none.
    """
    since = or_(Scan.effective_at >= Audit.counting_started_at, _missed_the_seal(session, audit_id))
    rows = session.execute(
        select(Finding.id, Scan.id)
        .select_from(Finding)
        .join(Audit, Audit.id == Finding.audit_id)
        .join(Scan, Scan.asset_id == Finding.asset_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.state == FindingState.MISSING,
            *conditions,
            since,
            _shows_it(),
            ~is_among_undone(),
        )
        .order_by(Scan.effective_at, Scan.id)
    )
    shown: dict[int, int] = {finding_id: scan_id for finding_id, scan_id in rows}  # noqa: C416 - mypy takes no rows for pairs
    confirmed = find_confirmed(session, audit_id, *conditions)
    return shown | {finding_id: one.id for finding_id, one in confirmed.items()}


def _missed_the_seal(session: Session, audit_id: int) -> ColumnElement[bool]:
    """Return the condition that a scan was made for the corrected audit, and missed its seal.

    What was made between two times of counting was made in neither.
    """
    corrected = session.execute(
        select(_corrected.id, _corrected.closed_at, _corrected.counting_spans)
        .join(Audit, Audit.revises_id == _corrected.id)
        .where(Audit.id == audit_id)
    ).one_or_none()
    if corrected is None or corrected.closed_at is None:
        return false()
    in_time = [
        Scan.effective_at.between(span.started_at, span.ended_at or corrected.closed_at)
        for span in read_spans(corrected.counting_spans)
    ]
    return and_(
        Scan.audit_id == corrected.id,
        Scan.recorded_at > corrected.closed_at,
        or_(false(), *in_time),
    )


def _shows_it() -> ColumnElement[bool]:
    """Return the condition that a scan shows that its asset was there after counting had started.

    What was scanned for an audit after it had ended counts in none, and was still seen.
    """
    # Or in a way that the policy of its audit does not take as proof.
    after_the_end = Scan.refusal.in_(_UNCOUNTED) & (Scan.intent != Intent.VOID)
    return or_(was_seen(), after_the_end & ~Scan.is_faint)


def find_weak(session: Session, audit_id: int, *conditions: Any) -> set[int]:
    """Return the missing findings whose asset this audit knows by too weak evidence alone."""
    rows = session.scalars(
        select(Finding.id)
        .join(Scan, and_(Scan.asset_id == Finding.asset_id, Scan.audit_id == Finding.audit_id))
        .where(
            Finding.audit_id == audit_id,
            Finding.state == FindingState.MISSING,
            *conditions,
            Scan.refusal == Refusal.LABEL_NOT_READ.value,
            ~is_among_undone(),
        )
    )
    return set(rows)


@dataclass(frozen=True, slots=True)
class OutsideScan:
    """A scan of a missing asset, in words. `audit_name` is None if it was made for no audit."""

    scan_id: UUID
    intent: Intent
    scanned_at: datetime
    location: str | None
    location_name: str | None
    actor: str
    device: str | None
    audit_id: int | None
    audit_name: str | None


def load_outside_scans(session: Session, ids: Collection[int | None]) -> dict[int, OutsideScan]:
    """Return scans in words, by the ids of their rows."""
    wanted = sorted({id_ for id_ in ids if id_ is not None})
    if not wanted:
        return {}
    rows = session.execute(
        select(
            Scan.id,
            Scan.scan_id,
            Scan.intent,
            Scan.effective_at,
            Location.code,
            Location.full_name,
            Scan.actor_name,
            Scan.device,
            Scan.audit_id,
            Audit.name,
        )
        .outerjoin(Location, Location.id == Scan.location_id)
        .outerjoin(Audit, Audit.id == Scan.audit_id)
        .where(Scan.id.in_(wanted))
    )
    return {id_: OutsideScan(*words) for id_, *words in rows}

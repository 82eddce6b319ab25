"""Scans outside of an audit that count as sightings, where its policy says so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.evidence.needed import list_sources
from scanner_app.domain.audits.outside.presence import OutsideSighting, begin_of, takes_outside
from scanner_app.models import Audit, Finding, Location, Scan
from scanner_app.sql.conditions import is_among_undone, was_seen


def find_confirmed(session: Session, audit_id: int, *conditions: Any) -> dict[int, OutsideSighting]:
    """Return the newest scan outside of the audit of each asset that no scan of it counts for.

    It is of no audit or another one, was not undone or refused, and is as good a proof as the
    policy asks for. Nothing where the policy does not take such scans.

    :param conditions: which findings are asked about; all if there are none.
    """
    audit = session.execute(
        select(Audit.policy, Audit.counting_started_at).where(Audit.id == audit_id)
    ).one()
    if not takes_outside(audit.policy) or audit.counting_started_at is None:
        return {}
    sources = list_sources(audit.policy)
    proof = [] if sources is None else [func.coalesce(Scan.source, "").in_(sorted(sources))]
    rows = session.execute(
        select(
            Finding.id,
            Scan.id,
            Scan.effective_at,
            Scan.location_id,
            Location.path,
            Scan.person_id,
            Scan.condition,
        )
        .select_from(Finding)
        .join(Scan, Scan.asset_id == Finding.asset_id)
        .outerjoin(Location, Location.id == Scan.location_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.is_expected,
            Finding.sightings == 0,
            *conditions,
            Scan.effective_at >= begin_of(audit.policy, audit.counting_started_at),
            or_(Scan.audit_id.is_(None), Scan.audit_id != audit_id),
            was_seen(),
            ~is_among_undone(),
            *proof,
        )
        .order_by(Scan.effective_at, Scan.id)
    )
    return {row[0]: OutsideSighting(*row[1:]) for row in map(tuple[Any, ...], rows)}

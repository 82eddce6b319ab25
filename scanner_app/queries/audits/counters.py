"""Who counted in an audit: of each finding, and the persons behind accounts and tokens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.spans import sighted_at
from scanner_app.models import Scan
from scanner_app.queries.access import list_persons
from scanner_app.sql.conditions import counts_as_sighting


def find_counters(
    session: Session, audit_id: int, sightings: Collection[tuple[int, datetime]]
) -> dict[tuple[int, datetime], str]:
    """Return who counted, by the asset and the moment of the sighting, of those in the log."""
    if not sightings:
        return {}
    times = {at for _, at in sightings}
    rows = session.execute(
        select(Scan.asset_id, Scan.effective_at, Scan.recorded_at, Scan.actor_name)
        .where(
            Scan.audit_id == audit_id,
            Scan.asset_id.in_({asset_id for asset_id, _ in sightings}),
            or_(Scan.effective_at.in_(times), Scan.recorded_at.in_(times)),
            counts_as_sighting(),
        )
        .order_by(Scan.id)
    )
    return {
        (asset_id, sighted_at(at, recorded_at)): name
        for asset_id, at, recorded_at, name in rows
        if asset_id is not None
    }


def list_counting_persons(session: Session, audit_id: int) -> set[str]:
    """Return the person keys of those who scanned in an audit, by account or by their tokens.

    A token that nobody owns is named by its own key.
    """
    actors = set(session.scalars(select(Scan.actor).where(Scan.audit_id == audit_id).distinct()))
    return list_persons(session, actors)

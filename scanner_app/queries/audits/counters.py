"""Who made the sightings of an audit that a finding rested on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Scan
from scanner_app.sql.conditions import counts_as_sighting


def find_counters(
    session: Session, audit_id: int, sightings: Collection[tuple[int, datetime]]
) -> dict[tuple[int, datetime], str]:
    """Return who counted, by the asset and the moment of the sighting, of those in the log."""
    if not sightings:
        return {}
    rows = session.execute(
        select(Scan.asset_id, Scan.effective_at, Scan.actor_name)
        .where(
            Scan.audit_id == audit_id,
            Scan.asset_id.in_({asset_id for asset_id, _ in sightings}),
            Scan.effective_at.in_({at for _, at in sightings}),
            counts_as_sighting(),
        )
        .order_by(Scan.id)
    )
    return {(asset_id, at): name for asset_id, at, name in rows if asset_id is not None}

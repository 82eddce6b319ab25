"""Faint reads see nothing: when and where an asset was last seen is told without them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Scan
from scanner_app.services.projection import find_last_seen


def leave_unseen(session: Session, *, scan_ids: Collection[UUID]) -> None:
    """Take back what the log's faint reads said of when their assets were last seen.

    A lookup tells that somebody held the thing. A reader that heard a tag faintly held nothing:
    it may stand next door. The assets are locked by the recording of these very reads.
    """
    if not scan_ids:
        return
    asset_ids = session.scalars(
        select(Scan.asset_id)
        .where(Scan.scan_id.in_(scan_ids), Scan.asset_id.is_not(None))
        .distinct()
        .order_by(Scan.asset_id)
    ).all()
    for asset_id in asset_ids:
        if asset_id is None:
            continue
        seen_at, place_id = find_last_seen(session, asset_id=asset_id)
        session.execute(
            update(Asset)
            .where(Asset.id == asset_id)
            .values(last_seen_at=seen_at, last_seen_location_id=place_id)
        )

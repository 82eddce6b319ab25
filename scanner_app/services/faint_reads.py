"""Faint reads see nothing: when and where an asset was last seen is told without them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.custody import Intent
from scanner_app.models import Asset, Scan
from scanner_app.queries.evidence import undone
from scanner_app.queries.readers import FAINT_MARK


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
        newest = (
            select(Scan.effective_at, Scan.location_id)
            .where(
                Scan.asset_id == asset_id,
                Scan.intent != Intent.VOID,
                or_(Scan.note.is_(None), Scan.source != "rfid", ~Scan.note.contains(FAINT_MARK)),
                ~undone(),
            )
            .order_by(Scan.effective_at.desc(), Scan.id.desc())
            .limit(1)
        )
        seen = session.execute(newest).first()
        placed = session.execute(newest.where(Scan.location_id.is_not(None))).first()
        session.execute(
            update(Asset)
            .where(Asset.id == asset_id)
            .values(
                last_seen_at=seen[0] if seen else None,
                last_seen_location_id=placed[1] if placed else None,
            )
        )

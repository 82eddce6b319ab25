"""Shelf photos that are kept for a time only."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from scanner_app.models import Finding, Scan, ScanPicture, ShelfShot


def empty_old_pictures(session: Session, *, now: datetime, days: int) -> int:
    """Delete the image of each recorded picture this old that is evidence of no finding.

    The row stays: the scans of the picture name it, and what was found in it is in the log. The
    database refuses this for any other picture. Return how many were deleted.
    """
    stands = (
        select(ScanPicture.shot_id)
        .join(Scan, Scan.scan_id == ScanPicture.scan_id)
        .outerjoin(
            Finding,
            (Finding.outside_scan_id == Scan.id)
            | ((Finding.asset_id == Scan.asset_id) & (Finding.seen_at == Scan.effective_at)),
        )
        .where(
            ScanPicture.shot_id == ShelfShot.id,
            Scan.audit_id.is_not(None) | Finding.id.is_not(None),
        )
    )
    old = session.scalars(
        select(ShelfShot.id).where(
            ShelfShot.recorded_at < now - timedelta(days=days),
            ShelfShot.audit_id.is_(None),
            func.length(ShelfShot.picture) > 0,
            ~stands.exists(),
        )
    ).all()
    for shot_id in old:
        session.execute(update(ShelfShot).where(ShelfShot.id == shot_id).values(picture=b""))
    return len(old)

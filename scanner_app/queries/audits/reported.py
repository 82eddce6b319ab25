"""Findings as every form of the report reads them: with proposals and scans outside in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.report_columns import ReportedFinding, show_time
from scanner_app.models import Asset, Location
from scanner_app.queries.audits.findings import FindingRow, load_targets, name_proposed
from scanner_app.queries.audits.outside import OutsideScan, load_outside_scans


def load_reported(
    session: Session, rows: Sequence[FindingRow], scan_ids: Mapping[int, list[str]] | None = None
) -> list[ReportedFinding]:
    """Return findings as the report reads them, in the same order.

    :param scan_ids: the scans that each is based on, by the finding's id.
    """
    targets = load_targets(session, rows)
    outside = load_outside_scans(session, [row.outside_scan_id for row in rows if row.is_unscanned])
    last_seen = _load_last_seen(session, [row.asset_id for row in rows if row.is_missing])
    return [
        ReportedFinding(
            row,
            name_proposed(row, targets.get(row.id)),
            None if scan_ids is None else scan_ids.get(row.id, []),
            _show_outside(outside.get(row.outside_scan_id or 0)) if row.is_unscanned else None,
            last_seen.get(row.asset_id or 0) if row.is_missing else None,
        )
        for row in rows
    ]


def _show_outside(scan: OutsideScan | None) -> dict[str, str] | None:
    """Return where, when, by whom and in which audit it was scanned."""
    if scan is None:
        return None
    shown = {
        "location": scan.location,
        "scanned_at": show_time(scan.scanned_at),
        "by": scan.actor,
        "intent": scan.intent.value,
        "audit": scan.audit_name,
        "scan_id": str(scan.scan_id),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _load_last_seen(session: Session, asset_ids: Sequence[int | None]) -> dict[int, dict[str, str]]:
    """Return when and where the register saw assets last; what was never seen is left out."""
    rows = session.execute(
        select(Asset.id, Asset.last_seen_at, Location.code)
        .outerjoin(Location, Location.id == Asset.last_seen_location_id)
        .where(Asset.id.in_(asset_ids), Asset.last_seen_at.is_not(None))
    )
    return {
        id_: {"at": show_time(at) or "", **({"location": code} if code else {})}
        for id_, at, code in rows
    }

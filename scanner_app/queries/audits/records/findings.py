"""All findings of an audit as its report holds them, a thousand at a time, with their scans."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.report_columns import ReportedFinding
from scanner_app.models import AuditMatch, Finding, Scan
from scanner_app.queries.audits.findings import FindingRow, read_findings
from scanner_app.queries.audits.reported import load_reported
from scanner_app.sql.conditions import is_among_undone, may_count


class _Sighting(NamedTuple):
    """A scan that counts; they sort by when they took effect."""

    at: datetime
    id: int
    scan_id: UUID


_SIGHTING = (Scan.effective_at, Scan.id, Scan.scan_id)


def read_reported(session: Session, audit_id: int) -> Iterator[ReportedFinding]:
    """Yield the findings of an audit in the order in which they were made."""
    undone = list_undone(session, audit_id)
    labels = _load_labels(session, audit_id, undone)
    matched: dict[int, list[str]] = defaultdict(list)
    for key, asset_id in session.execute(
        select(AuditMatch.code_key, AuditMatch.asset_id).where(AuditMatch.audit_id == audit_id)
    ):
        matched[asset_id].append(key)
    for rows in read_findings(session, audit_id):
        seen = _load_seen(session, audit_id, rows, undone)
        scan_ids = {}
        for row in rows:
            own = seen.get(row.asset_id, [])
            keys = matched.get(row.asset_id, ()) if row.asset_id else (row.code_key or "",)
            for key in keys:
                own = own + labels.get(key, [])
            scan_ids[row.id] = [str(one.scan_id) for one in sorted(own)]
        yield from load_reported(session, rows, scan_ids)


def list_undone(session: Session, audit_id: int) -> set[int]:
    """Return the ids of the scans of an audit that were undone."""
    return set(session.scalars(select(Scan.id).where(Scan.audit_id == audit_id, is_among_undone())))


def _load_labels(
    session: Session, audit_id: int, undone: set[int]
) -> dict[str | None, list[_Sighting]]:
    """Return the scans of labels that mean no asset, by the keys of their codes."""
    found: dict[str | None, list[_Sighting]] = defaultdict(list)
    rows = session.connection().execute(
        select(Scan.code_key, *_SIGHTING).where(
            Scan.audit_id == audit_id, Scan.asset_id.is_(None), may_count()
        )
    )
    for key, at, id_, scan_id in rows:
        if id_ not in undone:
            found[key].append(_Sighting(at, id_, scan_id))
    return found


def _load_seen(
    session: Session, audit_id: int, rows: Sequence[FindingRow], undone: set[int]
) -> dict[int | None, list[_Sighting]]:
    """Return the scans of the assets of some findings, by the ids of the assets."""
    wanted = [row.asset_id for row in rows if row.asset_id is not None]
    found: dict[int | None, list[_Sighting]] = defaultdict(list)
    scans = session.connection().execute(
        select(Scan.asset_id, *_SIGHTING).where(
            Scan.audit_id == audit_id, Scan.asset_id.in_(wanted), may_count()
        )
    )
    for asset_id, at, id_, scan_id in scans:
        if id_ not in undone:
            found[asset_id].append(_Sighting(at, id_, scan_id))
    return found


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many findings of an audit have a state with exactly these flags."""

    state: str
    flags: list[str]
    count: int


def count_flags(session: Session, audit_id: int) -> list[FlagCount]:
    """Count the findings of an audit by state and flags."""
    rows: Any = session.execute(
        select(Finding.state, cast(Finding.flags, Text), func.count())
        .where(Finding.audit_id == audit_id)
        .group_by(Finding.state, cast(Finding.flags, Text))
    )
    return [FlagCount(state.value, json.loads(flags), count) for state, flags, count in rows]

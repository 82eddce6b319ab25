"""Which findings have a picture of the thing: one that was added, or that a scan was read from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.evidence.needed import needs_picture
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import Decision
from scanner_app.models import Asset, AuditPicture, Finding, Scan, ScanPicture
from scanner_app.sql.conditions import is_among_undone

CHUNK = 5000


class _Bare(NamedTuple):
    """A finding without a picture."""

    id: int
    state: FindingState
    flags: list[str]
    decision: Decision | None
    name: str


def find_bare(
    session: Session, audit_id: int, ids: Collection[int], decision: Decision
) -> dict[int, str]:
    """Return the findings that this decision needs a picture of and that have none, with names."""
    rows = _select_bare(session, audit_id, ids)
    return {row.id: row.name for row in rows if needs_picture(row.state, row.flags, decision)}


def find_bare_decided(session: Session, audit_id: int) -> list[str]:
    """Return the names of what was decided and needs a picture that it does not have."""
    decided = Finding.decision.in_((Decision.ACCEPT, Decision.PRESENT))
    return [
        row.name
        for row in _read(session, audit_id, decided)
        if row.decision is not None and needs_picture(row.state, row.flags, row.decision)
    ]


def _select_bare(session: Session, audit_id: int, ids: Collection[int]) -> Sequence[_Bare]:
    wanted = sorted(ids)
    return [
        row
        for start in range(0, len(wanted), CHUNK)
        for row in _read(session, audit_id, Finding.id.in_(wanted[start : start + CHUNK]))
    ]


def _read(session: Session, audit_id: int, condition: Any) -> list[_Bare]:
    added = exists().where(AuditPicture.audit_id == audit_id, AuditPicture.finding_id == Finding.id)
    by_label = and_(Finding.asset_id.is_(None), Scan.code_key == Finding.code_key)
    # What was undone was a mistake, and its picture may show another thing.
    taken = exists(
        select(Scan.id)
        .join(ScanPicture, ScanPicture.scan_id == Scan.scan_id)
        .where(
            Scan.audit_id == audit_id,
            or_(Scan.asset_id == Finding.asset_id, by_label),
            ~is_among_undone(),
        )
        .correlate(Finding)
    )
    rows = session.execute(
        select(
            Finding.id, Finding.state, Finding.flags, Finding.decision,
            func.coalesce(Asset.asset_tag, Finding.code),
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .where(Finding.audit_id == audit_id, condition, ~added, ~taken)
        .order_by(Finding.id)
    )  # fmt: skip
    return [_Bare(*row) for row in rows]

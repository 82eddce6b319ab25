"""The board of an audit that is counted, read as a whole."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FINDING_KINDS
from scanner_app.domain.audits.rounds.steps import PlaceState
from scanner_app.domain.audits.seeing.board import (
    LATELY,
    MAX_NEWEST,
    THERE,
    Board,
    BoardFinding,
    BoardPlace,
    take_pace,
)
from scanner_app.models import Finding, Scan
from scanner_app.queries.audits.findings import FindingRow, list_findings
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.audits.rounds.progress import PlaceProgress, load_places
from scanner_app.queries.audits.tallies import load_counts
from scanner_app.sql.conditions import counts_as_sighting

_DISCREPANT = [s for s, kind in FINDING_KINDS.items() if kind.is_seen and not kind.is_in_place]


def load_board(session: Session, audit: AuditRow, *, now: datetime) -> Board:
    """Return the board of an audit as of now."""
    places = load_places(session, audit.id)
    counts = load_counts(session, [audit.id])[audit.id]
    signed = [one.room for one in places if one.state is PlaceState.SIGNED_OFF]
    # What is missing where somebody signed off is missing: nobody will count it any more.
    unseen = counts["missing"] - sum(room.expected - room.seen for room in signed)
    began = datetime.fromisoformat(audit.counting_spans[-1][0]) if audit.counting_spans else None
    lately = _count_lately(session, audit.id, now - LATELY)
    return Board(
        now,
        counts,
        tuple(_show_place(one, now) for one in places),
        take_pace(lately, unseen, began_at=began, now=now),
        _list_newest(session, audit.id),
    )


def _count_lately(session: Session, audit_id: int, since: datetime) -> int:
    """Return how many expected assets were seen since then and never before, in this audit."""
    seen_before = exists().where(
        Scan.asset_id == Finding.asset_id,
        Scan.audit_id == audit_id,
        Scan.effective_at < since,
        counts_as_sighting(),
    )
    return (
        session.scalar(
            select(func.count()).where(
                Finding.audit_id == audit_id,
                Finding.is_expected,
                Finding.seen_at >= since,
                or_(Finding.sightings <= 1, ~seen_before),
            )
        )
        or 0
    )


def _show_place(place: PlaceProgress, now: datetime) -> BoardPlace:
    people = {one.name for one in place.counters if now - one.last_at <= THERE}
    room = place.room
    return BoardPlace(
        room.location_id or 0,
        room.code or "",
        room.label or room.full_name,
        place.state,
        place.count.round,
        room.expected,
        room.seen,
        tuple(sorted(people)),
    )


def _list_newest(session: Session, audit_id: int) -> tuple[BoardFinding, ...]:
    ids = list(
        session.scalars(
            select(Finding.id)
            .where(
                Finding.audit_id == audit_id,
                Finding.state.in_(_DISCREPANT),
                Finding.seen_at.is_not(None),
            )
            .order_by(Finding.seen_at.desc(), Finding.id.desc())
            .limit(MAX_NEWEST)
        )
    )
    rows = list_findings(session, audit_id, FindingFilter(ids=ids)) if ids else []
    by_id = {row.id: row for row in rows}
    return tuple(_show_finding(by_id[id_]) for id_ in ids)


def _show_finding(row: FindingRow) -> BoardFinding:
    name = row.asset_tag or row.code or ""
    recorded, seen = row.recorded_location_name, row.seen_location_name
    if recorded == seen and row.recorded_location != row.seen_location:
        recorded, seen = row.recorded_path, row.seen_path
    assert row.seen_at is not None  # noqa: S101 - the query asks for it
    return BoardFinding(row.id, row.state.value, name, recorded, seen, row.seen_at, row.sightings)

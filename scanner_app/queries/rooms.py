"""The places of an audit while it is counted: how far each is, and what is still missing there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.reconciliation import FindingState
from scanner_app.models import Finding, Location
from scanner_app.queries.audits import inside_places
from scanner_app.queries.findings import FindingRow, list_findings

PATH_MARK = " / "


@dataclass(frozen=True, slots=True)
class RoomRow:
    """How far the count of one place is."""

    location_id: int | None
    code: str | None
    name: str
    full_name: str
    expected: int
    seen: int
    undecided: int
    label: str = ""


def list_rooms(session: Session, audit_id: int) -> list[RoomRow]:
    """Give each place on the expected list with how much of it was seen, in the tree's order."""
    seen = func.sum(case((Finding.state != FindingState.MISSING, 1), else_=0))
    undecided = func.sum(
        case((and_(Finding.proposal.is_not(None), Finding.decision.is_(None)), 1), else_=0)
    )
    # Counted by the finding's own column, in the order of an index, and named afterwards: fifty
    # places in place of fifty thousand.
    counts = (
        select(
            Finding.recorded_location_id,
            func.count().label("total"),
            seen.label("seen"),
            undecided.label("undecided"),
        )
        .where(Finding.audit_id == audit_id, Finding.is_expected)
        .group_by(Finding.recorded_location_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Location.id,
            Location.code,
            Location.name,
            Location.full_name,
            counts.c.total,
            counts.c.seen,
            counts.c.undecided,
        )
        .select_from(counts)
        .outerjoin(Location, Location.id == counts.c.recorded_location_id)
    )
    rooms = [
        RoomRow(
            i, code, name or "No place recorded", full or "No place recorded", total, int(got),
            int(open_),
        )
        for i, code, name, full, total, got, open_ in rows
    ]  # fmt: skip
    shared = _shared_prefix([room.full_name for room in rooms if room.location_id is not None])
    labelled = [replace(room, label=room.full_name.removeprefix(shared)) for room in rooms]
    return sorted(labelled, key=lambda room: (room.location_id is None, room.full_name))


def _shared_prefix(names: Collection[str]) -> str:
    """Give what the names of all rooms begin with, up to the last room but itself."""
    paths = [name.split(PATH_MARK)[:-1] for name in names]
    if not paths:
        return ""
    shared = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "".join(part + PATH_MARK for part in shared)


@dataclass(frozen=True, slots=True)
class Here:
    """One place while it is counted: what belongs there, and what else was seen there."""

    location_id: int
    code: str
    name: str
    full_name: str
    expected: int
    seen: int
    missing: list[FindingRow]
    found: list[FindingRow]
    strays: list[FindingRow]


def load_here(session: Session, audit_id: int, location_id: int, *, most: int = 300) -> Here | None:
    """Give how far the count of a place, with all inside, is; None where there is no such place.

    :param most: of each list, at most so many.
    """
    place = session.execute(
        select(Location.id, Location.code, Location.name, Location.full_name).where(
            Location.id == location_id
        )
    ).one_or_none()
    if place is None:
        return None
    inside = list(session.scalars(inside_places(session, [location_id])))
    belongs = [
        Finding.audit_id == audit_id,
        Finding.is_expected,
        Finding.recorded_location_id.in_(inside),
    ]
    by_state = dict(
        session.execute(
            select(Finding.state, func.count()).where(*belongs).group_by(Finding.state)
        ).all()
    )
    expected = sum(by_state.values())
    missing = by_state.get(FindingState.MISSING, 0)
    strange = (FindingState.MISPLACED, FindingState.UNEXPECTED, FindingState.UNREGISTERED)
    stray_ids = list(
        session.scalars(
            select(Finding.id)
            .where(
                Finding.audit_id == audit_id,
                Finding.state.in_(strange),
                Finding.seen_location_id.in_(inside),
            )
            .order_by(Finding.seen_at.desc())
            .limit(most)
        )
    )
    states = [s for s in FindingState if s is not FindingState.MISSING]

    def rows_of(wanted: Collection[FindingState]) -> list[FindingRow]:
        return [
            row
            for row in list_findings(
                session, audit_id, states=wanted, location_id=location_id, limit=most
            )
            if row.is_expected
        ]

    return Here(
        place.id,
        place.code,
        place.name,
        place.full_name,
        expected,
        expected - missing,
        rows_of([FindingState.MISSING]) if missing else [],
        rows_of(states) if expected > missing else [],
        list_findings(session, audit_id, ids=stray_ids, limit=most) if stray_ids else [],
    )

"""The locations of an audit while it is counted: how far each is, and what is missing there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import EXPECTED
from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.models import Finding, Location, Scan
from scanner_app.queries.audits.counted.cells import ROOM, count_cells
from scanner_app.queries.audits.findings import FindingRow, list_findings
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.audits.scope import inside_places
from scanner_app.sql.conditions import counts_as_sighting

PATH_MARK = " / "
NO_LOCATION = "No location recorded"
MAX_ROWS = 300
# Seen in a room without belonging there, or without being known.
_STRAYS = [s for s, kind in FINDING_KINDS.items() if kind.is_seen and not kind.is_in_place]
_SEEN = [s for s, kind in FINDING_KINDS.items() if kind.is_seen]


@dataclass(frozen=True, slots=True)
class RoomRow:
    """How far the count of one location is."""

    location_id: int | None
    code: str | None
    name: str
    full_name: str
    expected: int
    seen: int
    undecided: int
    label: str = ""


def list_rooms(session: Session, audit_id: int) -> list[RoomRow]:
    """Return each location of the expected list with its count, in the order of the tree."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in count_cells(session, [audit_id], ROOM):
        found, is_seen = counts[one.key], one.cell.state is not FindingState.MISSING
        for place, is_so in enumerate((True, is_seen, one.cell.is_open)):
            found[place] += one.count if is_so else 0
    ids = [int(key) for key in counts if key]
    rows = session.execute(
        select(Location.id, Location.code, Location.name, Location.full_name).where(
            Location.id.in_(ids)
        )
    )
    rooms = [
        RoomRow(id_, code, name, full_name, *_read_counts(counts[str(id_)]))
        for id_, code, name, full_name in rows
    ]
    if "" in counts:
        rooms.append(RoomRow(None, None, NO_LOCATION, NO_LOCATION, *_read_counts(counts[""])))
    shared = _shared_prefix([room.full_name for room in rooms if room.location_id is not None])
    labelled = [replace(room, label=room.full_name.removeprefix(shared)) for room in rooms]
    return sorted(labelled, key=lambda room: (room.location_id is None, room.full_name))


def _read_counts(found: list[int]) -> tuple[int, int, int]:
    expected, seen, undecided = found
    return expected, seen, undecided


def find_next_room(rooms: Sequence[RoomRow], location_id: int) -> RoomRow | None:
    """Return the next room, in the order of the tree and around, that is not counted whole.

    Return None where every room is counted.
    """
    at = next((i + 1 for i, room in enumerate(rooms) if room.location_id == location_id), 0)
    ahead = [*rooms[at:], *rooms[:at]]
    return next((room for room in ahead if room.code and room.seen < room.expected), None)


def _shared_prefix(names: Collection[str]) -> str:
    """Return what the names of all rooms start with, at most up to the room itself."""
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
class RoomProgress:
    """One location while it is counted: what is expected there, and what else was seen there."""

    location_id: int
    code: str
    name: str
    full_name: str
    expected: int
    seen: int
    missing: list[FindingRow]
    found: list[FindingRow]
    strays: list[FindingRow]


def load_room(session: Session, audit_id: int, location_id: int) -> RoomProgress | None:
    """Return how far the count of a location and everything inside it is; None if it is unknown.

    Each list holds at most MAX_ROWS findings.
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
        Finding.state.in_(EXPECTED),
        Finding.recorded_location_id.in_(inside),
    ]
    by_state = dict(
        session.execute(
            select(Finding.state, func.count()).where(*belongs).group_by(Finding.state)
        ).all()
    )
    expected = sum(by_state.values())
    missing = by_state.get(FindingState.MISSING, 0)
    return RoomProgress(
        place.id,
        place.code,
        place.name,
        place.full_name,
        expected,
        expected - missing,
        _list_expected(session, audit_id, location_id, [FindingState.MISSING]) if missing else [],
        _list_expected(session, audit_id, location_id, _SEEN) if expected > missing else [],
        _list_strays(session, audit_id, inside),
    )


def _list_expected(
    session: Session, audit_id: int, location_id: int, states: Collection[FindingState]
) -> list[FindingRow]:
    wanted = FindingFilter(states=states, location_id=location_id)
    rows = list_findings(session, audit_id, wanted, limit=MAX_ROWS)
    return [row for row in rows if row.is_expected]


def _list_strays(session: Session, audit_id: int, inside: Collection[int]) -> list[FindingRow]:
    """Return what was seen in a location and is not expected there: the newest MAX_ROWS."""
    ids = list(
        session.scalars(
            select(Finding.id)
            .where(
                Finding.audit_id == audit_id,
                Finding.state.in_(_STRAYS),
                Finding.seen_location_id.in_(inside),
            )
            .order_by(Finding.seen_at.desc())
            .limit(MAX_ROWS)
        )
    )
    wanted = FindingFilter(ids=ids)
    return list_findings(session, audit_id, wanted, limit=MAX_ROWS) if ids else []


def list_seen_rooms(session: Session, audit_id: int) -> list[RoomRow]:
    """Return each location in which something was seen, in the order of the tree, with no count.

    For who counts blind: a list of all rooms would tell where something is expected.
    """
    rows = session.execute(
        select(Location.id, Location.code, Location.name, Location.full_name)
        .where(
            Location.id.in_(
                select(Finding.seen_location_id).where(
                    Finding.audit_id == audit_id,
                    Finding.state.in_(_SEEN),
                    Finding.seen_location_id.is_not(None),
                )
            )
        )
        .order_by(Location.full_name, Location.id)
    )
    return [RoomRow(*row, expected=0, seen=0, undecided=0, label=row.full_name) for row in rows]


def find_path(session: Session, location_id: int | None) -> str | None:
    """Return the path of a location; None if there is none."""
    return session.scalar(select(Location.path).where(Location.id == location_id))


def list_seen_here(
    session: Session, audit_id: int, location_id: int, *, by: str | None = None
) -> list[FindingRow]:
    """Return what was seen in a location and inside it, expected or not: the newest MAX_ROWS.

    :param by: only what this account or token scanned there; a second count knows no other.
    """
    inside = list(session.scalars(inside_places(session, [location_id])))
    own = [] if by is None else [_is_scanned_by(by, audit_id, inside)]
    ids = list(
        session.scalars(
            select(Finding.id)
            .where(Finding.audit_id == audit_id, Finding.seen_location_id.in_(inside), *own)
            .order_by(Finding.seen_at.desc(), Finding.id)
            .limit(MAX_ROWS)
        )
    )
    rows = list_findings(session, audit_id, FindingFilter(ids=ids), limit=MAX_ROWS) if ids else []
    return sorted(rows, key=lambda row: ids.index(row.id))


def _is_scanned_by(actor: str, audit_id: int, inside: Sequence[int]) -> ColumnElement[bool]:
    scans = select(Scan.id).where(
        Scan.audit_id == audit_id,
        Scan.location_id.in_(inside),
        Scan.actor == actor,
        or_(
            Scan.asset_id == Finding.asset_id,
            and_(Finding.asset_id.is_(None), Scan.code_key == Finding.code_key),
        ),
        counts_as_sighting(),
    )
    return scans.exists()

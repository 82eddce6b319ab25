"""Findings by their location: first which locations have some, then the few of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import EXPECTED
from scanner_app.domain.audits.counted.cells import Cell, states_beside
from scanner_app.domain.audits.findings import FindingState
from scanner_app.models import AuditMember, Finding, Location
from scanner_app.queries.audits.counted.cells import ROOM, count_cells
from scanner_app.queries.audits.findings import (
    BY_ROOM,
    BY_VALUE,
    FindingRow,
    list_by_value,
    load_findings,
)
from scanner_app.queries.audits.members import frozen, join_members
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.audits.scope import inside_places
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor
from scanner_app.sql.value_list import is_one_of

_BESIDE = states_beside()
# Not by the primary key: it would lead through the findings of all audits.
_BY_ID: ColumnElement[int] = literal_column("+finding.id")


@dataclass(slots=True)
class _Room:
    """Where findings are listed under one name: as recorded, or as seen if not expected."""

    count: int = 0
    recorded: set[int | None] = field(default_factory=set)
    seen: set[int | None] = field(default_factory=set)


def page_findings(
    session: Session,
    audit_id: int,
    wanted: FindingFilter,
    *,
    cursor: str | None,
    limit: int,
    sort: str = BY_ROOM,
) -> Page[FindingRow]:
    """Return a page of findings, sorted by location or by value.

    A page continues after the last finding of the page before, whatever was decided meanwhile.

    :raises Invalid: the cursor is not one of ours.
    """
    after = read_cursor(cursor, sort=sort)
    listed = list_by_value if sort == BY_VALUE else list_by_room
    rows = listed(session, audit_id, wanted, after=after, limit=limit + 1)
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    value = -1 if last.value_cents is None else last.value_cents
    key = str(value) if sort == BY_VALUE else last.room_path or ""
    return Page(rows[:limit], write_cursor(Cursor(sort, key, last.id)))


def list_by_room(
    session: Session,
    audit_id: int,
    wanted: FindingFilter,
    *,
    after: Cursor | None = None,
    limit: int,
) -> list[FindingRow]:
    """Return findings by the name of their location; `after` continues a list."""
    conditions = wanted.conditions(session, audit_id)
    rooms = _find_rooms(session, audit_id, wanted, conditions)
    names = sorted(rooms)
    ids: list[int] = []
    if after is not None:
        names = [name for name in names if name >= after.key]
        if names and names[0] == after.key:
            first = {names[0]: rooms[names.pop(0)]}
            ids = _list_ids(session, [*conditions, Finding.id > after.id], first, limit)
    fitting: dict[str, _Room] = {}
    free = limit - len(ids)
    for name in names:
        free -= rooms[name].count
        if free < 0:
            break
        fitting[name] = rooms[name]
    ids += _list_ids(session, conditions, fitting)
    if len(ids) < limit and len(fitting) < len(names):
        cut = names[len(fitting)]
        ids += _list_ids(session, conditions, {cut: rooms[cut]}, limit - len(ids))
    return load_findings(session, ids[:limit])


def _list_ids(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    rooms: Mapping[str, _Room],
    limit: int | None = None,
) -> list[int]:
    """Return findings of rooms by name and id; of one room, the first `limit`."""
    found: list[tuple[str, int]] = []
    for column, states, name in (
        (Finding.recorded_location_id, EXPECTED, "recorded"),
        (Finding.seen_location_id, _BESIDE, "seen"),
    ):
        names = {id_: key for key, room in rooms.items() for id_ in getattr(room, name)}
        if names:
            rows = session.execute(
                select(Finding.id, column)
                .where(*conditions, Finding.state.in_(states), _is_at(column, names))
                .order_by(_BY_ID)
                .limit(limit)
            )
            found += [(names[place_id], id_) for id_, place_id in rows]
    return [id_ for _, id_ in sorted(found)][:limit]


def _is_at(column: Any, ids: Collection[int | None]) -> ColumnElement[bool]:
    known = sorted(id_ for id_ in ids if id_ is not None)
    if None not in ids:
        return is_one_of(column, known)
    return or_(column.is_(None), is_one_of(column, known)) if known else column.is_(None)


def _find_rooms(
    session: Session,
    audit_id: int,
    wanted: FindingFilter,
    conditions: Sequence[ColumnElement[bool]],
) -> dict[str, _Room]:
    """Return where findings match, with their number, by the name that the page shows."""
    recorded = _count_kept(session, audit_id, wanted)
    if recorded is None:
        recorded = _count_at(session, Finding.recorded_location_id, EXPECTED, conditions)
    seen = _count_at(session, Finding.seen_location_id, _BESIDE, conditions)
    rooms: dict[str, _Room] = defaultdict(_Room)
    for id_, name in _name_recorded(session, audit_id, recorded).items():
        rooms[name].count += recorded[id_]
        rooms[name].recorded.add(id_)
    for id_, name in _name_seen(session, seen).items():
        rooms[name].count += seen[id_]
        rooms[name].seen.add(id_)
    return rooms


def _count_kept(
    session: Session, audit_id: int, wanted: FindingFilter
) -> dict[int | None, int] | None:
    """Count what is expected and matches by its recorded location; None if cells cannot tell."""
    told = FindingFilter(
        states=wanted.states,
        location_id=wanted.location_id,
        undecided=wanted.undecided,
        with_proposal=wanted.with_proposal,
        outside=wanted.outside,
    )
    if wanted != told:
        return None
    inside = None
    if wanted.location_id is not None:
        inside = {str(id_) for id_ in session.scalars(inside_places(session, [wanted.location_id]))}
    counts: dict[int | None, int] = defaultdict(int)
    for one in count_cells(session, [audit_id], ROOM):
        if (inside is None or one.key in inside) and _is_wanted(one.cell, wanted):
            counts[int(one.key) if one.key else None] += one.count
    return counts


def _is_wanted(cell: Cell, wanted: FindingFilter) -> bool:
    return (
        (not wanted.states or cell.state in wanted.states)
        and (cell.is_open or not wanted.undecided)
        and (cell.is_open or cell.is_decided or not wanted.with_proposal)
        and ((cell.is_outside and cell.state is FindingState.MISSING) or not wanted.outside)
    )


def _count_at(
    session: Session,
    column: Any,
    states: Collection[FindingState],
    conditions: Sequence[ColumnElement[bool]],
) -> dict[int | None, int]:
    rows = session.execute(
        select(column, func.count()).where(*conditions, Finding.state.in_(states)).group_by(column)
    )
    return {id_: count for id_, count in rows}  # noqa: C416 - mypy takes no rows for pairs


def _name_recorded(
    session: Session, audit_id: int, ids: Iterable[int | None]
) -> dict[int | None, str]:
    """Return the names of recorded locations as they were frozen: that of any finding there."""
    frozen_name = join_members(
        select(frozen(AuditMember.location_path, Location.full_name))
        .select_from(Finding)
        .where(
            Finding.audit_id == audit_id,
            Finding.recorded_location_id == Location.id,
            Finding.state.in_(EXPECTED),
        )
    )
    name = frozen_name.correlate(Location).limit(1).scalar_subquery()
    return _read_names(session, ids, name)


def _name_seen(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    return _read_names(session, ids, Location.full_name)


def _read_names(session: Session, ids: Iterable[int | None], name: Any) -> dict[int | None, str]:
    names: dict[int | None, str] = {id_: "" for id_ in ids if id_ is None}
    known = sorted(id_ for id_ in ids if id_ is not None)
    rows = session.execute(select(Location.id, name).where(Location.id.in_(known)))
    return names | {id_: full_name or "" for id_, full_name in rows}

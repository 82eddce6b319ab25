"""Findings read: the list with what each is about. Their scans stand in `evidence`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.reconciliation import FindingState
from scanner_app.models import Asset, Category, Finding, Location, Person
from scanner_app.queries.audits import inside_places
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor

_recorded, _seen = aliased(Location), aliased(Location)
_holder, _carrier = aliased(Person), aliased(Person)
BY_ROOM = "room"
# Where a finding belongs: what was not expected belongs where it was seen.
room_id = case((Finding.is_expected, Finding.recorded_location_id), else_=Finding.seen_location_id)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in words; names are a place's own, paths are from the site down to it."""

    id: int
    state: FindingState
    flags: list[str]
    is_expected: bool
    asset_id: int | None
    asset_tag: str | None
    asset_name: str | None
    serial_number: str | None
    category: str | None
    code: str | None
    code_key: str | None
    recorded_location: str | None
    recorded_location_name: str | None
    recorded_path: str | None
    recorded_custodian: str | None
    recorded_custodian_name: str | None
    recorded_status: str | None
    seen_at: datetime | None
    seen_location: str | None
    seen_location_name: str | None
    seen_path: str | None
    seen_custodian_name: str | None
    sightings: int
    value_cents: int | None
    proposal: str | None
    proposal_fields: dict[str, Any]
    decision: str | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None

    @property
    def room(self) -> str:
        """Name the place that the finding is grouped under."""
        return self.room_path or "No place"

    @property
    def room_path(self) -> str | None:
        """Give the full name of that place, None where it has none."""
        return self.recorded_path if self.is_expected else self.seen_path


def list_findings(
    session: Session,
    audit_id: int,
    *,
    states: Collection[FindingState] = (),
    after_id: int | None = None,
    ids: Collection[int] = (),
    location_id: int | None = None,
    undecided: bool = False,
    with_proposal: bool = False,
    by_room: bool = False,
    after: Cursor | None = None,
    limit: int | None = 100,
) -> list[FindingRow]:
    """Give findings in the order in which they were made; `after_id` continues a list.

    :param location_id: only those that belong to a place, or inside it.
    :param by_room: in the order of the places they belong to instead; `after` continues that one.
    """
    statement = (
        select(
            Finding,
            Asset.asset_tag,
            Asset.name,
            Asset.serial_number,
            Category.name,
            _recorded.code,
            _recorded.name,
            _recorded.full_name,
            func.coalesce(_holder.number, _holder.name),
            _holder.name,
            _seen.code,
            _seen.name,
            _seen.full_name,
            _carrier.name,
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(_recorded, _recorded.id == Finding.recorded_location_id)
        .outerjoin(_holder, _holder.id == Finding.recorded_custodian_id)
        .outerjoin(_seen, _seen.id == Finding.seen_location_id)
        .outerjoin(_carrier, _carrier.id == Finding.seen_person_id)
    )
    conditions = _conditions(
        session,
        audit_id,
        states=states,
        location_id=location_id,
        undecided=undecided,
        with_proposal=with_proposal,
    )
    statement = statement.where(*conditions)
    if by_room:
        named = case((Finding.is_expected, _recorded.full_name), else_=_seen.full_name)
        room_name = func.coalesce(named, "")
        statement = statement.order_by(room_name, Finding.id)
        if after is not None:
            is_same_room = and_(room_name == after.key, Finding.id > after.id)
            statement = statement.where(or_(room_name > after.key, is_same_room))
    else:
        statement = statement.order_by(Finding.id)
    if after_id is not None:
        statement = statement.where(Finding.id > after_id)
    if ids:
        statement = statement.where(Finding.id.in_(list(ids)))
    if limit is not None:
        statement = statement.limit(limit)
    return [_finding_row(row) for row in session.execute(statement)]


def page_findings(
    session: Session,
    audit_id: int,
    *,
    cursor: str | None,
    limit: int,
    states: Collection[FindingState] = (),
    location_id: int | None = None,
    undecided: bool = False,
) -> Page[FindingRow]:
    """Give a page of findings by the places they belong to.

    A page goes on after the last finding of the one before, whatever was decided in between.

    :raises Invalid: the cursor is not known.
    """
    rows = list_findings(
        session,
        audit_id,
        states=states,
        location_id=location_id,
        undecided=undecided,
        by_room=True,
        after=read_cursor(cursor, sort=BY_ROOM),
        limit=limit + 1,
    )
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], write_cursor(Cursor(BY_ROOM, last.room_path or "", last.id)))


def list_finding_ids(
    session: Session,
    audit_id: int,
    *,
    states: Collection[FindingState] = (),
    location_id: int | None = None,
    undecided: bool = False,
) -> list[int]:
    """Give the ids of the findings that `list_findings` would give, all of them."""
    conditions = _conditions(
        session,
        audit_id,
        states=states,
        location_id=location_id,
        undecided=undecided,
    )
    return list(session.scalars(select(Finding.id).where(*conditions).order_by(Finding.id)))


def count_findings(
    session: Session,
    audit_id: int,
    *,
    states: Collection[FindingState] = (),
    location_id: int | None = None,
    undecided: bool = False,
) -> int:
    """Count the findings that `list_findings` would give without a limit."""
    conditions = _conditions(
        session,
        audit_id,
        states=states,
        location_id=location_id,
        undecided=undecided,
    )
    return session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0


def _conditions(
    session: Session,
    audit_id: int,
    *,
    states: Collection[FindingState],
    location_id: int | None,
    undecided: bool,
    with_proposal: bool = False,
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Finding.audit_id == audit_id]
    if states:
        conditions.append(Finding.state.in_(list(states)))
    if location_id is not None:
        conditions.append(room_id.in_(inside_places(session, [location_id])))
    if undecided or with_proposal:
        conditions.append(Finding.proposal.is_not(None))
    if undecided:
        conditions.append(Finding.decision.is_(None))
    return conditions


def _finding_row(row: Any) -> FindingRow:
    (
        finding, tag, name, serial, category, recorded_code, recorded_name, recorded_path,
        custodian, custodian_name, seen_code, seen_name, seen_path, carrier_name,
    ) = row  # fmt: skip
    return FindingRow(
        finding.id,
        finding.state,
        list(finding.flags),
        finding.is_expected,
        finding.asset_id,
        tag,
        name,
        serial,
        category,
        finding.code,
        finding.code_key,
        recorded_code,
        recorded_name,
        recorded_path,
        custodian,
        custodian_name,
        finding.recorded_status,
        finding.seen_at,
        seen_code,
        seen_name,
        seen_path,
        carrier_name,
        finding.sightings,
        finding.value_cents,
        finding.proposal.value if finding.proposal else None,
        dict(finding.proposal_fields),
        finding.decision.value if finding.decision else None,
        finding.reason,
        finding.decided_by,
        finding.decided_at,
    )


@dataclass(frozen=True, slots=True)
class Count:
    """How many findings there are of a state, and how many of them are still to be decided."""

    total: int = 0
    undecided: int = 0


def count_by_state(
    session: Session, audit_id: int, *, location_id: int | None = None
) -> dict[FindingState, Count]:
    """Count the findings of an audit, or of a place in it and all inside, by state."""
    is_open = and_(Finding.proposal.is_not(None), Finding.decision.is_(None))
    conditions = _conditions(session, audit_id, states=(), location_id=location_id, undecided=False)
    rows = session.execute(
        select(Finding.state, func.count(), func.sum(case((is_open, 1), else_=0)))
        .where(*conditions)
        .group_by(Finding.state)
    )
    counts = {state: Count(total, undecided) for state, total, undecided in rows}
    return {state: counts.get(state, Count()) for state in FindingState}


def count_undecided(
    session: Session, audit_id: int, *, states: Collection[FindingState] = ()
) -> tuple[int, int]:
    """Give how many proposals are decided, and how many there are."""
    statement = select(func.count(Finding.decision), func.count()).where(
        Finding.audit_id == audit_id, Finding.proposal.is_not(None)
    )
    if states:
        statement = statement.where(Finding.state.in_(list(states)))
    decided, total = session.execute(statement).one()
    return decided, total


@dataclass(frozen=True, slots=True)
class Target:
    """What a proposal would set, in words."""

    location: str | None
    location_name: str | None
    location_path: str | None
    custodian: str | None
    custodian_name: str | None


def load_targets(session: Session, rows: Collection[FindingRow]) -> dict[int, Target]:
    """Give, for findings that propose a place or a custodian, which by words."""
    place_ids = {r.proposal_fields.get("location_id") for r in rows} - {None}
    person_ids = {r.proposal_fields.get("custodian_id") for r in rows} - {None}
    places: dict[Any, Any] = {None: (None, None, None)}
    people: dict[Any, Any] = {None: (None, None)}
    if place_ids:
        columns = (Location.id, Location.code, Location.name, Location.full_name)
        for id_, code, name, path in session.execute(
            select(*columns).where(Location.id.in_(sorted(place_ids)))
        ):
            places[id_] = (code, name, path)
    if person_ids:
        person_columns = (Person.id, func.coalesce(Person.number, Person.name), Person.name)
        for id_, number, name in session.execute(
            select(*person_columns).where(Person.id.in_(sorted(person_ids)))
        ):
            people[id_] = (number, name)
    return {
        row.id: Target(
            *places.get(row.proposal_fields.get("location_id"), (None, None, None)),
            *people.get(row.proposal_fields.get("custodian_id"), (None, None)),
        )
        for row in rows
        if row.proposal is not None
    }

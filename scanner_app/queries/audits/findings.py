"""Findings with the names of what each is about. Their scans are in `evidence`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import Decision, ProposalKind
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import Asset, AuditMember, Category, Finding, Location, Person, Scan, User
from scanner_app.queries.audits.members import CURRENCY, frozen, join_members
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor

_recorded, _seen, _outside = aliased(Location), aliased(Location), aliased(Location)
_holder, _carrier = aliased(Person), aliased(Person)
BY_ROOM = "room"
BY_VALUE = "value"
PART = 1000


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in words. Names are of the location itself; paths start at the site.

    What is about the asset and what was recorded of it is in the words that the audit froze, which
    the register may have changed since: `asset_tag_now` leads to its page.
    """

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
    currency: str | None
    asset_tag_now: str | None
    outside_scan_id: int | None
    outside_at: datetime | None
    outside_path: str | None
    outside_by: str | None
    proposal: ProposalKind | None
    proposal_fields: dict[str, Any]
    decision: Decision | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    assignee_id: int | None
    assignee: str | None
    due_on: date | None

    @property
    def is_missing(self) -> bool:
        return self.state is FindingState.MISSING

    @property
    def is_unscanned(self) -> bool:
        """Whether it is missing, or known by a scan outside of the audit alone."""
        return self.is_expected and self.sightings == 0

    @property
    def room(self) -> str:
        """The location that the finding is grouped under."""
        return self.room_path or "No location"

    @property
    def room_path(self) -> str | None:
        """The full name of that location, None if it has none."""
        return self.recorded_path if self.is_expected else self.seen_path


# What each field of a row is read from. A field that is not named here is a column of the finding.
_SOURCES: dict[str, Any] = {
    "asset_tag": frozen(AuditMember.asset_tag, Asset.asset_tag),
    "asset_name": frozen(AuditMember.name, Asset.name),
    "serial_number": frozen(AuditMember.serial_number, Asset.serial_number),
    "category": frozen(AuditMember.category, Category.name),
    "recorded_location": frozen(AuditMember.location, _recorded.code),
    "recorded_location_name": frozen(AuditMember.location_name, _recorded.name),
    "recorded_path": frozen(AuditMember.location_path, _recorded.full_name),
    "recorded_custodian": frozen(
        AuditMember.custodian, func.coalesce(_holder.number, _holder.name)
    ),
    "recorded_custodian_name": frozen(AuditMember.custodian_name, _holder.name),
    "currency": CURRENCY,
    "asset_tag_now": Asset.asset_tag,
    "seen_location": _seen.code,
    "seen_location_name": _seen.name,
    "seen_path": _seen.full_name,
    "seen_custodian_name": _carrier.name,
    "outside_at": Scan.effective_at,
    "outside_path": _outside.full_name,
    "outside_by": Scan.actor_name,
    "assignee": User.name,
}
_COLUMNS = [
    _SOURCES[field.name] if field.name in _SOURCES else getattr(Finding, field.name)
    for field in fields(FindingRow)
]


ALL_FINDINGS = FindingFilter()
OUTSIDE = FindingFilter(outside=True)


def list_findings(
    session: Session,
    audit_id: int,
    wanted: FindingFilter = ALL_FINDINGS,
    *,
    after_id: int | None = None,
    sort: str = "",
    after: Cursor | None = None,
    limit: int | None = 100,
) -> list[FindingRow]:
    """Return findings in the order in which they were made; `after_id` continues a list.

    :param sort: BY_ROOM or BY_VALUE, the highest first; `after` continues such a list.
    """
    # A page is sorted by few columns and read afterwards: whole rows take five times as long.
    is_page = sort == BY_ROOM and limit is not None
    statement = _select_sorted() if is_page else _select_rows()
    statement = statement.where(*wanted.conditions(session, audit_id))
    if sort == BY_VALUE:
        value = func.coalesce(Finding.value_cents, -1)
        statement = statement.order_by(value.desc(), Finding.id)
        if after is not None:
            last = _read_value(after.key)
            is_alike = and_(value == last, Finding.id > after.id)
            statement = statement.where(or_(value < last, is_alike))
    elif sort == BY_ROOM:
        named = case((Finding.is_expected, _SOURCES["recorded_path"]), else_=_seen.full_name)
        room_name = func.coalesce(named, "")
        statement = statement.order_by(room_name, Finding.id)
        if after is not None:
            is_same_room = and_(room_name == after.key, Finding.id > after.id)
            statement = statement.where(or_(room_name > after.key, is_same_room))
    else:
        statement = statement.order_by(Finding.id)
    if after_id is not None:
        statement = statement.where(Finding.id > after_id)
    if limit is not None:
        statement = statement.limit(limit)
    if is_page:
        ids = list(session.scalars(statement))
        statement = _select_rows().where(Finding.id.in_(ids))
        found = {row.id: row for row in session.execute(statement)}
        return [FindingRow(*found[id_]) for id_ in ids]
    return [FindingRow(*row) for row in session.execute(statement)]


def read_findings(
    session: Session, audit_id: int, wanted: FindingFilter = ALL_FINDINGS
) -> Iterator[list[FindingRow]]:
    """Yield all findings that match in the order in which they were made, a thousand at a time."""
    statement = _select_rows().where(*wanted.conditions(session, audit_id)).order_by(Finding.id)
    # Past the ORM, which looks at each row once more.
    rows = session.connection().execute(statement, execution_options={"yield_per": PART})
    for part in rows.partitions():
        yield [FindingRow(*row) for row in part]


def _select_sorted() -> Select[Any]:
    """Return a select of ids with what the name of a location needs."""
    return (
        join_members(select(Finding.id).select_from(Finding))
        .outerjoin(_recorded, _recorded.id == Finding.recorded_location_id)
        .outerjoin(_seen, _seen.id == Finding.seen_location_id)
    )


def _read_value(key: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,18}", key) is None:
        raise Invalid("This page does not exist. Start again from the first one.")
    return int(key)


def _select_rows() -> Select[Any]:
    return (
        join_members(select(*_COLUMNS).select_from(Finding))
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(_recorded, _recorded.id == Finding.recorded_location_id)
        .outerjoin(_holder, _holder.id == Finding.recorded_custodian_id)
        .outerjoin(_seen, _seen.id == Finding.seen_location_id)
        .outerjoin(_carrier, _carrier.id == Finding.seen_person_id)
        .outerjoin(Scan, Scan.id == Finding.outside_scan_id)
        .outerjoin(_outside, _outside.id == Scan.location_id)
        .outerjoin(User, User.id == Finding.assignee_id)
    )


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
    rows = list_findings(session, audit_id, wanted, sort=sort, after=after, limit=limit + 1)
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    value = -1 if last.value_cents is None else last.value_cents
    key = str(value) if sort == BY_VALUE else last.room_path or ""
    return Page(rows[:limit], write_cursor(Cursor(sort, key, last.id)))


def list_finding_ids(session: Session, audit_id: int, wanted: FindingFilter) -> list[int]:
    """Return the ids of all findings that match."""
    conditions = wanted.conditions(session, audit_id)
    return list(session.scalars(select(Finding.id).where(*conditions).order_by(Finding.id)))


def count_findings(session: Session, audit_id: int, wanted: FindingFilter) -> int:
    """Count the findings that match."""
    conditions = wanted.conditions(session, audit_id)
    return session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0


@dataclass(frozen=True, slots=True)
class Count:
    """The number of findings of a state, and the number of those that wait for a decision."""

    total: int = 0
    undecided: int = 0


def count_by_state(
    session: Session, audit_id: int, *, location_id: int | None = None
) -> dict[FindingState, Count]:
    """Count the findings of an audit, or of a location and everything inside it, by state."""
    is_open = and_(Finding.proposal.is_not(None), Finding.decision.is_(None))
    conditions = FindingFilter(location_id=location_id).conditions(session, audit_id)
    rows = session.execute(
        select(Finding.state, func.count(), func.sum(case((is_open, 1), else_=0)))
        .where(*conditions)
        .group_by(Finding.state)
    )
    counts = {state: Count(total, undecided) for state, total, undecided in rows}
    return {state: counts.get(state, Count()) for state in FindingState}


@dataclass(frozen=True, slots=True)
class Target:
    """What a proposal would set, in words."""

    location: str | None = None
    location_name: str | None = None
    location_path: str | None = None
    custodian: str | None = None
    custodian_name: str | None = None


def load_targets(session: Session, rows: Collection[FindingRow]) -> dict[int, Target]:
    """Return what the proposals of findings would set, by the id of the finding."""
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


def name_proposed(row: FindingRow, target: Target | None) -> dict[str, str] | None:
    """Return what a proposal would set, by the codes that people know; None without a proposal."""
    if row.proposal is None:
        return None
    asset: Mapping[str, Any] = row.proposal_fields.get("asset") or {}
    shown = {
        "location": target.location if target else None,
        "custodian": target.custodian if target else None,
        "asset_tag": asset.get("asset_tag"),
    }
    return {name: value for name, value in shown.items() if value is not None}


def require_finding(session: Session, audit_id: int, finding_id: int) -> None:
    """Raise unless a finding belongs to an audit.

    :raises NotFound: it does not.
    """
    wanted = (Finding.id == finding_id, Finding.audit_id == audit_id)
    if session.scalar(select(Finding.id).where(*wanted)) is None:
        raise NotFound("That finding does not belong to this audit.")

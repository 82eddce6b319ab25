"""Findings with the names of what each is about. Their scans are in `evidence`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import Decision, ProposalKind
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import Asset, AuditMember, Category, Finding, Location, Person, Scan, User
from scanner_app.queries.audits.members import CURRENCY, frozen, join_members
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.paging import Cursor

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
    limit: int | None = 100,
) -> list[FindingRow]:
    """Return findings in the order in which they were made; `after_id` continues a list."""
    conditions = wanted.conditions(session, audit_id)
    if after_id is not None:
        conditions.append(Finding.id > after_id)
    if limit is None:
        statement = _select_rows().where(*conditions).order_by(Finding.id)
        return [FindingRow(*row) for row in session.execute(statement)]
    # Of each state apart: an index has these in order, and whole rows are sorted five times slower.
    firsts = [
        select(Finding.id)
        .where(*conditions, Finding.state == state)
        .order_by(Finding.id)
        .limit(limit)
        .subquery()
        for state in wanted.states or FindingState
    ]
    ids = session.scalars(union_all(*(select(first.c.id) for first in firsts)))
    return load_findings(session, sorted(ids)[:limit])


def list_by_value(
    session: Session, audit_id: int, wanted: FindingFilter, *, after: Cursor | None, limit: int
) -> list[FindingRow]:
    """Return findings, the highest value first; `after` continues a list."""
    value = func.coalesce(Finding.value_cents, -1)
    statement = select(Finding.id).where(*wanted.conditions(session, audit_id))
    if after is not None:
        last = _read_value(after.key)
        is_alike = and_(value == last, Finding.id > after.id)
        statement = statement.where(or_(value < last, is_alike))
    statement = statement.order_by(value.desc(), Finding.id).limit(limit)
    return load_findings(session, list(session.scalars(statement)))


def load_findings(session: Session, ids: Sequence[int]) -> list[FindingRow]:
    """Return findings by their ids, in this order."""
    if not ids:
        return []
    rows = session.execute(_select_rows().where(Finding.id.in_(ids)))
    found = {row.id: row for row in rows}
    return [FindingRow(*found[id_]) for id_ in ids]


def read_findings(
    session: Session, audit_id: int, wanted: FindingFilter = ALL_FINDINGS
) -> Iterator[list[FindingRow]]:
    """Yield all findings that match in the order in which they were made, a thousand at a time."""
    statement = _select_rows().where(*wanted.conditions(session, audit_id)).order_by(Finding.id)
    # Past the ORM, which looks at each row once more.
    rows = session.connection().execute(statement, execution_options={"yield_per": PART})
    for part in rows.partitions():
        yield [FindingRow(*row) for row in part]


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


def list_finding_ids(session: Session, audit_id: int, wanted: FindingFilter) -> list[int]:
    """Return the ids of all findings that match."""
    conditions = wanted.conditions(session, audit_id)
    return list(session.scalars(select(Finding.id).where(*conditions).order_by(Finding.id)))


def count_findings(session: Session, audit_id: int, wanted: FindingFilter) -> int:
    """Count the findings that match."""
    conditions = wanted.conditions(session, audit_id)
    return session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0


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

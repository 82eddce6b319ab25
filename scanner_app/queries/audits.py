"""Audits read: lists, scopes, tallies, findings with what they are about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.accuracy import Tally
from scanner_app.domain.custody import Outcome, Refusal
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.lifecycle import ENDED, Stage
from scanner_app.domain.reconciliation import AuditState, FindingState
from scanner_app.models import Asset, Audit, Category, Finding, Location, Person, Scan
from scanner_app.queries.resolution import Register, custodian_values, place_values


@dataclass(frozen=True, slots=True)
class AuditRow:
    id: int
    name: str
    state: AuditState
    scope: dict[str, Any]
    is_blind: bool
    due_on: date | None
    created_at: datetime
    created_by: str
    counting_started_at: datetime | None
    counting_ended_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    revises_id: int | None


@dataclass(frozen=True, slots=True)
class FindingRow:
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
    recorded_location: str | None
    recorded_location_name: str | None
    recorded_custodian: str | None
    seen_at: datetime | None
    seen_location: str | None
    seen_location_name: str | None
    sightings: int
    value_cents: int | None
    proposal: str | None
    proposal_fields: dict[str, Any]
    decision: str | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


def get_audit(session: Session, audit_id: int) -> AuditRow:
    """Give an audit.

    :raises NotFound: there is none of that number.
    """
    audit = session.get(Audit, audit_id) if 0 < audit_id < 2**31 else None
    if audit is None:
        raise NotFound(f"There is no audit {audit_id}.")
    return to_row(audit)


def to_row(audit: Audit) -> AuditRow:
    return AuditRow(**{name: getattr(audit, name) for name in AuditRow.__slots__})


def list_audits(
    session: Session, *, before_id: int | None = None, limit: int = 100
) -> list[AuditRow]:
    """Give audits, newest first."""
    statement = select(Audit).order_by(Audit.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(Audit.id < before_id)
    return [to_row(audit) for audit in session.scalars(statement)]


# -- scope -------------------------------------------------------------------------------------


def scope_condition(
    session: Session, scope: Mapping[str, Any], *, now: datetime
) -> ColumnElement[bool]:
    """Give which assets a scope covers.

    Recorded in its places or inside them, of its categories, custodians and stages. What is
    retired or disposed is covered only where its stage is named.

    :raises Invalid: a place, category, custodian or stage is not known.
    """
    errors: dict[str, list[str]] = {}
    conditions: list[ColumnElement[bool]] = []
    places = [str(code) for code in scope.get("locations") or []]
    people = [str(who) for who in scope.get("custodians") or []]
    register = Register(
        session,
        {v for code in places for v in place_values(code)}
        | {v for who in people for v in custodian_values(who)},
    )
    if places:
        ids = {code: register.find_place(place_values(code), now).id for code in places}
        unknown = [code for code, id_ in ids.items() if id_ is None]
        if unknown:
            errors["scope.locations"] = [f"No place is known as {code!r}." for code in unknown]
        paths = session.scalars(select(Location.path).where(Location.id.in_(ids.values()))).all()
        if paths:
            inside = select(Location.id).where(or_(*[Location.path.startswith(p) for p in paths]))
            conditions.append(Asset.location_id.in_(inside))
    if people:
        holders = {who: register.find_custodian(custodian_values(who), now).id for who in people}
        unknown = [who for who, id_ in holders.items() if id_ is None]
        if unknown:
            errors["scope.custodians"] = [f"Nobody is known as {who!r}." for who in unknown]
        conditions.append(Asset.custodian_id.in_([i for i in holders.values() if i is not None]))
    categories = [str(name) for name in scope.get("categories") or []]
    if categories:
        rows = session.execute(
            select(Category.id, func.lower(Category.name)).where(
                func.lower(Category.name).in_([name.lower() for name in categories])
            )
        ).all()
        unknown = [n for n in categories if n.lower() not in {row[1] for row in rows}]
        if unknown:
            errors["scope.categories"] = [f"There is no category {name!r}." for name in unknown]
        conditions.append(Asset.category_id.in_([row[0] for row in rows]))
    statuses = [str(name) for name in scope.get("statuses") or []]
    if statuses:
        stages = {stage.value for stage in Stage}
        unknown = [name for name in statuses if name not in stages]
        if unknown:
            errors["scope.statuses"] = [f"There is no stage {name!r}." for name in unknown]
        conditions.append(Asset.status.in_([Stage(s) for s in statuses if s in stages]))
    else:
        conditions.append(Asset.status.not_in(list(ENDED)))
    if errors:
        raise Invalid("The scope names something that is not there.", errors=errors)
    condition = conditions[0]
    for other in conditions[1:]:
        condition = condition & other
    return condition


def count_scope(session: Session, scope: Mapping[str, Any], *, now: datetime) -> int:
    """Count the assets that a scope covers now."""
    condition = scope_condition(session, scope, now=now)
    return session.scalar(select(func.count(Asset.id)).where(condition)) or 0


# -- tallies -----------------------------------------------------------------------------------


def load_tally(session: Session, audit_id: int) -> Tally:
    """Count an audit's findings by state, with their value."""
    tally = Tally()
    for state, count, value in session.execute(
        select(Finding.state, func.count(), func.coalesce(func.sum(Finding.value_cents), 0))
        .where(Finding.audit_id == audit_id)
        .group_by(Finding.state)
    ):
        tally.add(state, count, int(value or 0))
    return tally


def load_tallies(session: Session, audit_id: int, *, by: str) -> dict[str, Tally]:
    """Count findings by state for each room, category or custodian.

    A room's findings are those that belong there by the record and, of what was not expected,
    those that were seen there.

    :param by: location, category or custodian.
    """
    room = case((Finding.is_expected, Finding.recorded_location_id), else_=Finding.seen_location_id)
    name: Any
    statement: Select[Any]
    if by == "location":
        name = Location.code
        statement = select(name).select_from(Finding).outerjoin(Location, Location.id == room)
    elif by == "category":
        name = Category.name
        statement = (
            select(name)
            .select_from(Finding)
            .outerjoin(Asset, Asset.id == Finding.asset_id)
            .outerjoin(Category, Category.id == Asset.category_id)
        )
    else:
        name = func.coalesce(Person.number, Person.name)
        statement = (
            select(name)
            .select_from(Finding)
            .outerjoin(Person, Person.id == Finding.recorded_custodian_id)
        )
    tallies: dict[str, Tally] = {}
    statement = (
        statement.add_columns(
            Finding.state, func.count(), func.coalesce(func.sum(Finding.value_cents), 0)
        )
        .where(Finding.audit_id == audit_id)
        .group_by(name, Finding.state)
        .order_by(name)
    )
    for key, state, count, value in session.execute(statement):
        tallies.setdefault(key or "", Tally()).add(state, count, int(value))
    return tallies


def count_undecided(session: Session, audit_id: int) -> tuple[int, int]:
    """Give how many proposals are decided, and how many there are."""
    decided, total = session.execute(
        select(func.count(Finding.decision), func.count()).where(
            Finding.audit_id == audit_id, Finding.proposal.is_not(None)
        )
    ).one()
    return decided, total


# -- findings ----------------------------------------------------------------------------------


def list_findings(
    session: Session,
    audit_id: int,
    *,
    states: Collection[FindingState] = (),
    after_id: int | None = None,
    ids: Collection[int] = (),
    location_id: int | None = None,
    undecided: bool = False,
    limit: int | None = 100,
) -> list[FindingRow]:
    """Give findings in the order in which they were made; `after_id` continues a list.

    :param location_id: only those that belong to a place by the record.
    """
    recorded, seen = aliased(Location), aliased(Location)
    statement = (
        select(
            Finding,
            Asset.asset_tag,
            Asset.name,
            Asset.serial_number,
            Category.name,
            recorded.code,
            recorded.name,
            func.coalesce(Person.number, Person.name),
            seen.code,
            seen.name,
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(recorded, recorded.id == Finding.recorded_location_id)
        .outerjoin(Person, Person.id == Finding.recorded_custodian_id)
        .outerjoin(seen, seen.id == Finding.seen_location_id)
        .where(Finding.audit_id == audit_id)
        .order_by(Finding.id)
    )
    if states:
        statement = statement.where(Finding.state.in_(list(states)))
    if after_id is not None:
        statement = statement.where(Finding.id > after_id)
    if ids:
        statement = statement.where(Finding.id.in_(list(ids)))
    if location_id is not None:
        statement = statement.where(Finding.recorded_location_id == location_id)
    if undecided:
        statement = statement.where(Finding.proposal.is_not(None), Finding.decision.is_(None))
    if limit is not None:
        statement = statement.limit(limit)
    return [_finding_row(*row.tuple()) for row in session.execute(statement)]


def _finding_row(
    finding: Finding,
    tag: str | None,
    name: str | None,
    serial: str | None,
    category: str | None,
    recorded_code: str | None,
    recorded_name: str | None,
    custodian: str | None,
    seen_code: str | None,
    seen_name: str | None,
) -> FindingRow:
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
        recorded_code,
        recorded_name,
        custodian,
        finding.seen_at,
        seen_code,
        seen_name,
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
class RoomRow:
    """How far the count of one place is."""

    location_id: int | None
    code: str | None
    name: str
    full_name: str
    expected: int
    seen: int


def list_rooms(session: Session, audit_id: int) -> list[RoomRow]:
    """Give each place on the expected list with how much of it was seen, least finished first."""
    seen = func.sum(case((Finding.state != FindingState.MISSING, 1), else_=0))
    rows = session.execute(
        select(Location.id, Location.code, Location.name, Location.full_name, func.count(), seen)
        .select_from(Finding)
        .outerjoin(Location, Location.id == Finding.recorded_location_id)
        .where(Finding.audit_id == audit_id, Finding.is_expected)
        .group_by(Location.id, Location.code, Location.name, Location.full_name)
    )
    rooms = [
        RoomRow(i, code, name or "No place recorded", full or "No place recorded", total, int(got))
        for i, code, name, full, total, got in rows
    ]
    return sorted(rooms, key=lambda r: (r.seen == r.expected, r.seen == 0, r.full_name))


def list_late_scans(session: Session, audit_id: int) -> list[tuple[datetime, str, str, str]]:
    """Give scans that came in while the audit took no counts: when, code, who, device."""
    rows = session.execute(
        select(Scan.scanned_at, Scan.code, Scan.actor_name, Scan.device)
        .where(Scan.audit_id == audit_id, Scan.refusal == Refusal.AUDIT_NOT_COUNTING.value)
        .order_by(Scan.id)
        .limit(500)
    )
    return [(at, code, who, device or "") for at, code, who, device in rows]


def list_counters(session: Session, audit_id: int) -> list[tuple[str, str, str, int]]:
    """Give who counted with which device, and how many scans: actor, name, device, scans."""
    rows = session.execute(
        select(Scan.actor, Scan.actor_name, func.coalesce(Scan.device, ""), func.count())
        .where(Scan.audit_id == audit_id, Scan.outcome != Outcome.REFUSED)
        .group_by(Scan.actor, Scan.actor_name, Scan.device)
        .order_by(Scan.actor, Scan.device)
    )
    return [(actor, name, device, count) for actor, name, device, count in rows]

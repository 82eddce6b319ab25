"""Audits read: lists, scopes, and tallies of their findings, which stand in `findings`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, false, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.accuracy import Tally
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.reconciliation import AuditState
from scanner_app.domain.register.lifecycle import ENDED, Stage
from scanner_app.models import Asset, Audit, Category, Finding, Location, Person
from scanner_app.queries.scanning.codes import CodeIndex, Meaning, custodian_values, place_values


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
) -> tuple[list[AuditRow], int | None]:
    """Give audits, newest first, and the `before_id` of those that follow; None at the end."""
    statement = select(Audit).order_by(Audit.id.desc()).limit(limit + 1)
    if before_id is not None:
        statement = statement.where(Audit.id < before_id)
    rows = [to_row(audit) for audit in session.scalars(statement)]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def find_revision(session: Session, audit_id: int) -> int | None:
    """Give the number of the audit that revises this one, where there is one not cancelled."""
    return session.scalar(
        select(Audit.id)
        .where(Audit.revises_id == audit_id, Audit.state != AuditState.CANCELLED)
        .order_by(Audit.id.desc())
        .limit(1)
    )


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
    register = CodeIndex(
        session.connection(),
        {v for code in places for v in place_values(code)}
        | {v for who in people for v in custodian_values(who)},
    )
    if places:
        ids = {code: _location_id(register.find_place(place_values(code), now)) for code in places}
        unknown = [code for code, id_ in ids.items() if id_ is None]
        if unknown:
            errors["scope.locations"] = [f"No place is known as {code!r}." for code in unknown]
        conditions.append(Asset.location_id.in_(inside_places(session, ids.values())))
    if people:
        holders = {who: register.find_custodian(custodian_values(who), now).id for who in people}
        unknown = [who for who, id_ in holders.items() if id_ is None]
        if unknown:
            errors["scope.custodians"] = [f"Nobody is known as {who!r}." for who in unknown]
        conditions.append(Asset.custodian_id.in_([i for i in holders.values() if i is not None]))
    categories = [str(name) for name in scope.get("categories") or []]
    if categories:
        # Compared here: SQLite lowers the case of ASCII alone.
        wanted = {name.casefold() for name in categories}
        known = {
            name.casefold(): id_
            for id_, name in session.execute(select(Category.id, Category.name))
            if name.casefold() in wanted
        }
        unknown = [name for name in categories if name.casefold() not in known]
        if unknown:
            errors["scope.categories"] = [f"There is no category {name!r}." for name in unknown]
        conditions.append(Asset.category_id.in_(known.values()))
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


def _location_id(meaning: Meaning) -> int | None:
    return meaning.id if meaning.kind == "location" else None


def inside_places(session: Session, ids: Iterable[int | None]) -> Select[int]:
    """Give the select of the ids of places and of all places inside them."""
    wanted = [i for i in ids if i is not None]
    paths = session.scalars(select(Location.path).where(Location.id.in_(wanted))).all()
    outermost = [p for p in paths if not any(p != q and p.startswith(q) for q in paths)]
    conditions = [Location.path.startswith(path) for path in outermost]
    return select(Location.id).where(or_(false(), *conditions))


def count_scope(session: Session, scope: Mapping[str, Any], *, now: datetime) -> int:
    """Count the assets that a scope covers now."""
    condition = scope_condition(session, scope, now=now)
    return session.scalar(select(func.count(Asset.id)).where(condition)) or 0


# -- tallies -----------------------------------------------------------------------------------


def load_counts(session: Session, audit_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Count the findings of several audits by state, as the contract names the counts."""
    tallies = {audit_id: Tally() for audit_id in audit_ids}
    for audit_id, state, count in session.execute(
        select(Finding.audit_id, Finding.state, func.count())
        .where(Finding.audit_id.in_(list(audit_ids)))
        .group_by(Finding.audit_id, Finding.state)
    ):
        tallies[audit_id].add(state, count, 0)
    return {audit_id: tally.show_counts() for audit_id, tally in tallies.items()}


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

"""The scope of an audit: which assets it covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, true
from sqlalchemy.orm import Session

from scanner_app.domain.audits.holdings.holdings import covers_hardware
from scanner_app.domain.audits.scoping import read_narrowing
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import ENDED, Stage
from scanner_app.models import Asset, Audit, Category, Finding, Location
from scanner_app.queries.scanning.codes import CodeIndex, custodian_values, place_values

# The parts of a scope. They narrow each other; an empty part covers everything.
SCOPE_KEYS = ("locations", "categories", "custodians", "statuses")
# Whether it covers what an audit wrote off as lost.
LOST = "lost"
MAX_PART = 1000
Errors = dict[str, list[str]]


def scope_condition(
    session: Session, scope: Mapping[str, Any], *, now: datetime
) -> ColumnElement[bool]:
    """Return the condition that an asset that has a label is covered by a scope.

    :raises Invalid: as `covered_condition`.
    """
    covered = covered_condition(session, scope, now=now, is_placed=True)
    # What nobody can touch is in no room: an audit of rooms never misses it.
    kind = Asset.kind == AssetKind.HARDWARE
    return and_(covered, kind, true() if covers_hardware(scope) else false())


def covered_condition(
    session: Session, scope: Mapping[str, Any], *, now: datetime, is_placed: bool
) -> ColumnElement[bool]:
    """Return the condition that an asset is covered by a scope, whatever its kind.

    A location covers everything inside it. Retired and disposed assets are covered only if the
    scope names their stage, and those that an audit wrote off only if it says `lost`.

    :param is_placed: whether locations narrow it; what has no place is in none.
    :raises Invalid: a location, category, custodian or stage does not exist, or a part is too long.
    """
    check_lengths(scope)
    parts = {key: [str(value) for value in scope.get(key) or []] for key in SCOPE_KEYS}
    codes = register_of_scope(session, scope)
    errors: Errors = {}
    conditions = [_status_condition(parts["statuses"], errors), *_narrow(scope, now)]
    if not scope.get(LOST):
        conditions.append(or_(Asset.lost_since.is_(None), Asset.status != Stage.MISSING))
    if parts["locations"]:
        ids = find_locations(codes, parts["locations"], now)
        _require(ids, "locations", "There is no location {!r}.", errors)
        if is_placed:
            conditions.append(Asset.location_id.in_(inside_places(session, ids.values())))
    if parts["custodians"]:
        ids = find_custodians(codes, parts["custodians"], now)
        _require(ids, "custodians", "There is no person {!r}.", errors)
        conditions.append(Asset.custodian_id.in_([i for i in ids.values() if i is not None]))
    if parts["categories"]:
        ids = _find_categories(session, parts["categories"])
        _require(ids, "categories", "There is no category {!r}.", errors)
        conditions.append(Asset.category_id.in_([i for i in ids.values() if i is not None]))
    if errors:
        raise Invalid("The scope names something that does not exist.", errors=errors)
    return and_(*conditions)


def _narrow(scope: Mapping[str, Any], now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions of what narrows a scope beside its lists.

    :raises Invalid: a part of it cannot be used.
    """
    narrowing = read_narrowing(scope)
    conditions: list[ColumnElement[bool]] = []
    if narrowing.value_from is not None:
        conditions.append(Asset.purchase_cost_cents >= narrowing.value_from)
    if narrowing.value_to is not None:
        conditions.append(Asset.purchase_cost_cents <= narrowing.value_to)
    if conditions:
        conditions.append(Asset.currency == narrowing.currency)
    if narrowing.not_seen_for_days is not None:
        since = now - timedelta(days=narrowing.not_seen_for_days)
        conditions.append(or_(Asset.last_seen_at.is_(None), Asset.last_seen_at < since))
    if narrowing.never_audited:
        audited = select(Finding.id).join(Audit, Audit.id == Finding.audit_id)
        audited = audited.where(
            Finding.asset_id == Asset.id, Finding.is_expected, Audit.state == AuditState.CLOSED
        )
        conditions.append(not_(audited.exists()))
    return conditions


def check_lengths(scope: Mapping[str, Any]) -> None:
    """Raise if a part names more than the database is asked for at once.

    :raises Invalid: a part is too long.
    """
    errors = {
        key: [f"Name at most {MAX_PART:,}, or a location above them."]
        for key in SCOPE_KEYS
        if len(scope.get(key) or []) > MAX_PART
    }
    if errors:
        raise Invalid("The scope is too long.", errors=errors)


def register_of_scope(session: Session, scope: Mapping[str, Any]) -> CodeIndex:
    """Return an index of everything that the codes of a scope may mean."""
    places = [str(code) for code in scope.get("locations") or []]
    people = [str(who) for who in scope.get("custodians") or []]
    return CodeIndex(
        session.connection(),
        {v for code in places for v in place_values(code)}
        | {v for who in people for v in custodian_values(who)},
    )


def find_locations(codes: CodeIndex, wanted: Sequence[str], now: datetime) -> dict[str, int | None]:
    """Return the id of each location by the code that a scope names it by."""
    found = {code: codes.find_place(place_values(code), now) for code in wanted}
    return {code: m.id if m.kind == "location" else None for code, m in found.items()}


def find_custodians(
    codes: CodeIndex, wanted: Sequence[str], now: datetime
) -> dict[str, int | None]:
    """Return the id of each person by the text that a scope names them by."""
    return {who: codes.find_custodian(custodian_values(who), now).id for who in wanted}


def _find_categories(session: Session, wanted: Sequence[str]) -> dict[str, int | None]:
    # Compared in Python: SQLite lowers the case of ASCII letters only.
    folded = {name.casefold() for name in wanted}
    known = {
        name.casefold(): id_
        for id_, name in session.execute(select(Category.id, Category.name))
        if name.casefold() in folded
    }
    return {name: known.get(name.casefold()) for name in wanted}


def _status_condition(statuses: Sequence[str], errors: Errors) -> ColumnElement[bool]:
    if not statuses:
        return Asset.status.not_in(list(ENDED))
    stages = {stage.value: stage for stage in Stage}
    _require({s: 1 if s in stages else None for s in statuses}, "statuses",
             "There is no status {!r}.", errors)  # fmt: skip
    return Asset.status.in_([stages[s] for s in statuses if s in stages])


def _require(ids: Mapping[str, int | None], key: str, message: str, errors: Errors) -> None:
    unknown = [name for name, id_ in ids.items() if id_ is None]
    if unknown:
        errors[f"scope.{key}"] = [message.format(name) for name in unknown]


def inside_places(session: Session, ids: Iterable[int | None]) -> Select[int]:
    """Return the select of the ids of locations and of all locations inside them."""
    wanted = [i for i in ids if i is not None]
    paths = session.scalars(select(Location.path).where(Location.id.in_(wanted))).all()
    outermost = [p for p in paths if not any(p != q and p.startswith(q) for q in paths)]
    conditions = [Location.path.startswith(path) for path in outermost]
    return select(Location.id).where(or_(false(), *conditions))


def count_scope(session: Session, scope: Mapping[str, Any], *, now: datetime) -> int:
    """Count the assets that a scope covers now."""
    condition = scope_condition(session, scope, now=now)
    return session.scalar(select(func.count(Asset.id)).where(condition)) or 0


def list_scope_rooms(
    session: Session, scope: Mapping[str, Any], *, now: datetime, limit: int
) -> list[tuple[str | None, int]]:
    """Return the locations that a scope covers now, by full name, each with its assets.

    The name is None for assets without a location.
    """
    condition = scope_condition(session, scope, now=now)
    rows = session.execute(
        select(Location.full_name, func.count(Asset.id))
        .select_from(Asset)
        .outerjoin(Location, Location.id == Asset.location_id)
        .where(condition)
        .group_by(Location.id, Location.full_name)
        .order_by(Location.full_name, Location.id)
        .limit(limit)
    )
    return [(name, count) for name, count in rows]

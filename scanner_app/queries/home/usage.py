"""What is where, how much of its time a thing is assigned to somebody, and what lies idle.

Each is one walk through the register, grouped by an indexed column. Figures of locations are those
of everything inside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from scanner_app.domain.register.lifecycle import ENDED, THERE, Stage
from scanner_app.domain.register.usage import BY, By
from scanner_app.models import Asset, AssetModel, Category, Custody, Location
from scanner_app.queries.place_tree import find_children, load_tree

DAY = timedelta(days=1)
EPOCH_IN_JULIAN_DAYS = 2440587.5


class days(FunctionElement[float]):  # noqa: N801 - a function of SQL
    """A moment or a day as days since 1970."""

    type = Float()
    inherit_cache = True
    name = "days"


@compiles(days, "sqlite")
def _days_of_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"(julianday({compiler.process(element.clauses, **kw)}) - {EPOCH_IN_JULIAN_DAYS})"


@compiles(days, "postgresql")
def _days_of_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"(extract(epoch FROM {compiler.process(element.clauses, **kw)}) / 86400.0)"


class none_below(FunctionElement[float]):  # noqa: N801 - a function of SQL
    """A number, 0 in place of one below 0. Its argument is computed once, unlike in a CASE."""

    type = Float()
    inherit_cache = True
    name = "none_below"


@compiles(none_below, "sqlite")
def _none_below_of_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"max(0.0, {compiler.process(element.clauses, **kw)})"


@compiles(none_below, "postgresql")
def _none_below_of_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"greatest(0.0, {compiler.process(element.clauses, **kw)})"


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """What is in a location and inside it; `code` None: without a location."""

    code: str | None
    name: str
    by_stage: Mapping[str, int]
    values: Mapping[str, int]
    has_more: bool = False

    @property
    def total(self) -> int:
        return sum(self.by_stage.values())


@dataclass(frozen=True, slots=True)
class UsageRow:
    """How long the assets of a group were assigned, of how long they were owned, in days.

    :param key: what a list is narrowed by: the name of a category, the id of a model, a code.
    """

    key: str | None
    name: str
    assets: int
    used: float
    owned: float

    @property
    def share(self) -> float | None:
        return self.used / self.owned if self.owned else None


@dataclass(frozen=True, slots=True)
class IdleRow:
    """How many assets of a group lie in stock unseen."""

    key: str | None
    name: str
    count: int


def load_places(session: Session, inside: int | None) -> list[PlaceRow]:
    """Return what is in each location of a level, by name.

    :param inside: the id of the location around them; None: the sites, and what has no location.
    """
    tree = load_tree(session)
    top = find_children(tree, inside)
    stages: dict[int | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    values: dict[int | None, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    cost, at = func.sum(Asset.purchase_cost_cents), Asset.location_id + 0
    rows = session.execute(
        select(at, Asset.status, Asset.currency, func.count(), cost).group_by(
            at, Asset.status, Asset.currency
        )
    )
    for place, stage, currency, count, cents in rows:
        # What is in the location itself and in none of its parts has a row as well.
        if place is None:
            around = None
            is_left_out = inside is not None or stage not in _LOCATED
        else:
            around = inside if place == inside else top.get(place)
            is_left_out = around is None
        if is_left_out:
            continue
        stages[around][stage.value] += count
        if cents:
            values[around][currency or ""] += int(cents)
    parents = {row.parent_id for row in tree.values()}
    found = [
        PlaceRow(
            tree[id_].code if id_ is not None else None,
            tree[id_].name if id_ is not None else "No location",
            dict(by_stage),
            dict(values[id_]),
            id_ in parents and id_ != inside,
        )
        for id_, by_stage in stages.items()
    ]
    return sorted(found, key=lambda row: (row.code is None, row.name.casefold()))


def load_usage(session: Session, by: By, *, since: datetime, now: datetime) -> list[UsageRow]:
    """Return how much each group was used since a moment, the least used first."""
    start, end = since.timestamp() / 86400, now.timestamp() / 86400
    group, close = _group(session, by)
    sums: dict[Any, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    # Text is compared before it is read as a day: most things were bought before the span.
    # Most things were owned all the time: they are only counted, and what is less is taken off.
    for key, count in _count_all(session, by):
        _add(sums[close(key)], (count, 0.0, count * (end - start)))
    bought = Asset.purchase_date > since.date()
    added = and_(Asset.purchase_date.is_(None), Asset.created_at > since)
    gone = and_(Asset.status.in_(sorted(ENDED)), Asset.state_at < now)
    begun = case((bought, days(Asset.purchase_date)), (added, days(Asset.created_at)), else_=start)
    owned = _length(begun, case((gone, days(Asset.state_at)), else_=end))
    statement = (
        select(group, func.sum((end - start) - owned))
        .where(or_(bought, added, gone))
        .group_by(group)
    )
    for key, less in session.execute(_join(statement, by)):
        _add(sums[close(key)], (0, 0.0, -(less or 0.0)))
    first = case((Custody.started_at > since, days(Custody.started_at)), else_=start)
    last = case((Custody.ended_at < now, days(Custody.ended_at)), else_=end)
    spans = (
        select(group, func.sum(_length(first, last)))
        .select_from(Custody)
        # Not the bare column: its index would lead from each asset to all that it ever was through,
        # and most of that ended before the span.
        .join(Asset, Asset.id == Custody.asset_id + 0)
        .where(Custody.started_at < now, (Custody.ended_at.is_(None)) | (Custody.ended_at > since))
        .group_by(group)
    )
    for key, length in session.execute(_join(spans, by)):
        _add(sums[close(key)], (0, length or 0.0, 0.0))
    names = _load_names(session, by)
    rows = [
        UsageRow(*names(key), assets=int(count), used=float(used_days), owned=float(owned_days))
        for key, (count, used_days, owned_days) in sums.items()
        if count
    ]
    return sorted(rows, key=lambda row: (row.share is None, row.share, row.name.casefold()))


def load_idle(session: Session, by: By, *, unseen_since: datetime) -> list[IdleRow]:
    """Return how much of each group lies in stock and was not seen since, the most first."""
    group, close = _group(session, by)
    unseen = Asset.last_seen_at.is_(None) | (Asset.last_seen_at < unseen_since)
    sums: dict[Any, int] = defaultdict(int)
    statement = (
        select(group, func.count(Asset.id))
        .where(Asset.status == Stage.IN_STOCK, unseen)
        .group_by(group)
    )
    for key, count in session.execute(_join(statement, by)):
        sums[close(key)] += count
    names = _load_names(session, by)
    rows = [IdleRow(*names(key), count=count) for key, count in sums.items()]
    return sorted(rows, key=lambda row: (-row.count, row.name.casefold()))


# As the list of what lacks a location counts.
_LOCATED = THERE - ENDED


def _length(first: ColumnElement[Any], last: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return how many days lie between two moments, none if the first is the later one."""
    return none_below(last - first)


def _add(sums: list[float], more: Iterable[float]) -> None:
    for index, number in enumerate(more):
        sums[index] += number


def _group(session: Session, by: By) -> tuple[ColumnElement[Any], Callable[[Any], Any]]:
    """Return what assets are grouped by, and what makes a group of its value.

    Not the bare column: its index would lead through the table in its order.
    """
    if by is By.MODEL:
        return Asset.model_id + 0, lambda key: key
    if by is By.CATEGORY:
        return func.coalesce(Asset.category_id, AssetModel.category_id), lambda key: key
    sites = find_children(load_tree(session), None)
    return Asset.location_id + 0, sites.get


def _count_all(session: Session, by: By) -> Iterable[Any]:
    """Return how many assets each group has, by its index alone; of a category in two parts."""
    column: Any = Asset.model_id if by is By.MODEL else Asset.location_id
    if by is By.CATEGORY:
        column = Asset.category_id
    own: Any = select(column, func.count()).group_by(column)
    if by is not By.CATEGORY:
        return session.execute(own).all()
    of_model = (
        select(AssetModel.category_id, func.count(Asset.id))
        .select_from(Asset)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where((Asset.category_id + 0).is_(None))
        .group_by(AssetModel.category_id)
    )
    has_own = own.where(Asset.category_id.is_not(None))
    return [*session.execute(has_own), *session.execute(of_model)]


def _join(statement: Any, by: By) -> Any:
    """Return a select with the models of assets, where a category may be that of the model."""
    if by is not By.CATEGORY:
        return statement
    return statement.outerjoin(AssetModel, AssetModel.id == Asset.model_id)


def _load_names(session: Session, by: By) -> Callable[[Any], tuple[str | None, str]]:
    """Return what gives the key of a list and the name of each group."""
    found: dict[Any, tuple[str | None, str]] = {None: (None, f"No {BY[by].noun}")}
    if by is By.CATEGORY:
        for id_, name in session.execute(select(Category.id, Category.name)):
            found[id_] = (name, name)
    elif by is By.MODEL:
        models = select(AssetModel.id, AssetModel.manufacturer, AssetModel.name)
        for id_, maker, name in session.execute(models):
            found[id_] = (str(id_), " ".join(filter(None, (maker, name))))
    else:
        sites = select(Location.id, Location.code, Location.name)
        for id_, code, name in session.execute(sites.where(Location.parent_id.is_(None))):
            found[id_] = (code, name)
    return lambda key: found.get(key, found[None])

"""The rules of lending, the closed days and the time zones, as they hold at a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.loan_rules import (
    COLUMNS,
    LoanRule,
    ResolvedRule,
    resolve,
)
from scanner_app.models import Asset, AssetModel, ClosedDay, LendingRule, Location, Person

_RULES = select(
    LendingRule.id,
    LendingRule.place_id,
    LendingRule.person_group,
    LendingRule.category_id,
    *(getattr(LendingRule, column) for column in COLUMNS),
).order_by(LendingRule.id)


def path_ids(path: str) -> tuple[int, ...]:
    """Return the ids of a location's path (`/1/5/`), from the root down."""
    return tuple(int(part) for part in path.strip("/").split("/") if part)


@dataclass(frozen=True, slots=True)
class Lending:
    """All rules, closed days and time zones, and of some people and assets what rules ask for.

    :param zones: the time zone of each location that sets one.
    :param closed: the closed days by location; None for those of all.
    :param groups: the department by the person's id; `categories` the category by the asset's id.
    """

    rules: tuple[LoanRule, ...]
    default_zone: str
    zones: dict[int, str] = field(default_factory=dict)
    closed: dict[int | None, frozenset[date]] = field(default_factory=dict)
    groups: dict[int, str | None] = field(default_factory=dict)
    categories: dict[int, int | None] = field(default_factory=dict)

    def rule_at(
        self, path: str, *, person_id: int | None = None, asset_id: int | None = None
    ) -> ResolvedRule:
        """Return what holds at a place, for a person and an asset that were loaded."""
        return resolve(
            self.rules,
            places=path_ids(path),
            group=self.groups.get(person_id) if person_id is not None else None,
            category_id=self.categories.get(asset_id) if asset_id is not None else None,
        )

    def zone_at(self, path: str) -> str:
        """Return the time zone of the nearest location up the tree that sets one."""
        return next(
            (self.zones[i] for i in reversed(path_ids(path)) if i in self.zones), self.default_zone
        )

    def closed_at(self, path: str) -> frozenset[date]:
        """Return the closed days of a place and of all that contain it."""
        return frozenset[date]().union(
            *(self.closed.get(i, frozenset()) for i in (None, *path_ids(path)))
        )


def load_rules(session: Session | Connection) -> tuple[LoanRule, ...]:
    """Return all rules, the oldest first."""
    return tuple(LoanRule(*row) for row in session.execute(_RULES))


def load_lending(
    session: Session | Connection,
    *,
    zone: str,
    person_ids: Iterable[int] = (),
    asset_ids: Iterable[int] = (),
) -> Lending:
    """Return the rules, and what they ask for of these people and assets.

    :param zone: the time zone of places that have none.
    """
    rules = load_rules(session)
    zones = select(Location.id, Location.time_zone).where(Location.time_zone.is_not(None))
    closed: dict[int | None, set[date]] = defaultdict(set)
    for location_id, day in session.execute(select(ClosedDay.location_id, ClosedDay.on)):
        closed[location_id].add(day)
    people, assets = sorted(set(person_ids)), sorted(set(asset_ids))
    groups = select(Person.id, Person.department).where(Person.id.in_(people))
    # An asset without a category has that of its model.
    category = func.coalesce(Asset.category_id, AssetModel.category_id)
    categories = (
        select(Asset.id, category)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(Asset.id.in_(assets))
    )
    return Lending(
        rules,
        zone,
        {id_: text or "" for id_, text in session.execute(zones)},
        {id_: frozenset(days) for id_, days in closed.items()},
        {id_: text for id_, text in session.execute(groups)} if people else {},  # noqa: C416 - mypy
        {id_: text for id_, text in session.execute(categories)} if assets else {},  # noqa: C416 - mypy
    )


def is_empty(rules: Sequence[LoanRule]) -> bool:
    """Return whether no rule says anything, so that lending goes on as without rules."""
    return all(getattr(rule, column) is None for rule in rules for column in COLUMNS)


def has_length(rules: Sequence[LoanRule]) -> bool:
    """Return whether a rule says how long a loan lasts, anywhere."""
    columns = ("loan_days", "loan_hours", "due_on")
    return any(getattr(rule, column) is not None for rule in rules for column in columns)

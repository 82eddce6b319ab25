"""What falls due in which budget year, what it costs, and what speaks for replacing each thing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from statistics import median_low
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.choices import CHOICES, Choice
from scanner_app.domain.costs.rates import Rates
from scanner_app.domain.costs.replacement import (
    DUE_REASONS,
    DueReason,
    LifeFacts,
    SignRow,
    count_points,
    find_budget_year,
    find_due_day,
    inflate,
    list_signs,
)
from scanner_app.domain.lifecycle.maintenances import is_failure
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.months import MONTHS_A_YEAR, add_months
from scanner_app.domain.settings import Organisation
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    DepreciationRule,
    DepreciationUse,
    DeviceHealth,
    ExchangeRate,
    PlanDecision,
    ReplacementPrice,
    Task,
)
from scanner_app.queries.costs.asset import load_rates
from scanner_app.queries.register.narrowing import is_there

NO_CATEGORY = "No category"


@dataclass(frozen=True, slots=True)
class DueRow:
    """One thing that falls due in a year.

    :param cents: what a new one costs in that year, in the base currency; None if nothing says.
    """

    year: int
    asset_tag: str
    name: str
    category: str
    due: date
    reason: DueReason
    cents: int | None
    signs: tuple[SignRow, ...]
    decision: str

    @property
    def points(self) -> int:
        return count_points(self.signs)

    @property
    def why(self) -> str:
        return DUE_REASONS[self.reason].label


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The years ahead.

    :param years: by budget year and category, what new things cost, in hundredths.
    :param counts: how many things fall due in each year.
    :param unpriced: of these, how many have no price.
    :param undated: how many things have no due day.
    :param rows: what falls due in the chosen year, the most urgent first.
    """

    years: dict[int, dict[str, int]]
    counts: dict[int, int]
    unpriced: dict[int, int]
    undated: int
    rows: tuple[DueRow, ...]


def load_roadmap(
    session: Session,
    organisation: Organisation,
    *,
    today: date,
    year: int | None,
    every_year: bool = False,
) -> Roadmap:
    """Return the roadmap, with the things of one year, or of every year."""
    assets = _load_assets(session)
    planner = _Planner(session, organisation, today)
    prices = _Prices(session, assets, organisation.currency)
    inflation = Decimal(organisation.inflation_percent)
    years: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counts: dict[int, int] = defaultdict(int)
    unpriced: dict[int, int] = defaultdict(int)
    undated, rows = 0, []
    for asset in assets:
        planned = planner.plan(planner.read_facts(asset))
        if planned is None:
            undated += 1
            continue
        in_year, price = planned[2], prices.find(asset)
        counts[in_year] += 1
        cents = None
        if price is None:
            unpriced[in_year] += 1
        else:
            cents = inflate(price, inflation, in_year - planner.this_year)
        years[in_year][asset.category or NO_CATEGORY] += cents or 0
        if every_year or in_year == year:
            rows.append(planner.make_row(asset, planned, cents))
    rows.sort(key=lambda row: (-row.points, row.due, row.asset_tag))
    return Roadmap(
        {y: dict(found) for y, found in sorted(years.items())},
        dict(counts),
        dict(unpriced),
        undated,
        tuple(rows),
    )


Planned = tuple[date, DueReason, int]


class _Planner:
    """Finds the budget year of things. Many are bought on one day, so answers are kept."""

    def __init__(self, session: Session, organisation: Organisation, today: date) -> None:
        self.lives, self.decisions = _load_lives(session), _load_decisions(session)
        self.failures = _count_failures(session, today)
        self.model_ends = _load_model_ends(session)
        self.today, self.first_month = today, organisation.fiscal_month
        self.this_year = self._find_year(today)
        self.known: dict[LifeFacts, Planned | None] = {}

    def _find_year(self, due: date) -> int:
        return find_budget_year(due, today=self.today, first_month=self.first_month)

    def read_facts(self, asset: Row[Any]) -> LifeFacts:
        decision = self.decisions.get(asset.id)
        model, category = (True, asset.model_id), (False, asset.category_id)
        return LifeFacts(
            asset.purchase_date,
            self.lives.get(model) or self.lives.get(category),
            _find_first(asset.eol_date, self.model_ends.get(asset.model_id)),
            asset.warranty_months,
            decision.until_on if decision else None,
            self.failures.get(asset.id, 0),
        )

    def plan(self, facts: LifeFacts) -> Planned | None:
        if facts not in self.known:
            found = find_due_day(facts)
            self.known[facts] = None if found is None else (*found, self._find_year(found[0]))
        return self.known[facts]

    def make_row(self, asset: Row[Any], planned: Planned, cents: int | None) -> DueRow:
        decision = self.decisions.get(asset.id)
        return DueRow(
            planned[2],
            asset.asset_tag,
            asset.name or asset.model or "",
            asset.category or NO_CATEGORY,
            planned[0],
            planned[1],
            cents,
            list_signs(self.read_facts(asset), self.today),
            CHOICES[Choice(decision.decision)].label if decision else "",
        )


def _load_assets(session: Session) -> list[Row[Any]]:
    category = func.coalesce(Asset.category_id, AssetModel.category_id)
    return list(
        session.execute(
            select(
                Asset.id,
                Asset.asset_tag,
                Asset.name,
                Asset.model_id,
                AssetModel.name.label("model"),
                category.label("category_id"),
                Category.name.label("category"),
                Asset.purchase_date,
                Asset.eol_date,
                Asset.warranty_months,
                Asset.purchase_cost_cents,
                Asset.currency,
            )
            .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
            .outerjoin(Category, Category.id == category)
            .where(is_there())
        )
    )


def _load_lives(session: Session) -> dict[tuple[bool, int | None], int]:
    """Return the useful life by model (True) or category (False), in months."""
    rows = session.execute(
        select(DepreciationUse.model_id, DepreciationUse.category_id, DepreciationRule.months)
        .join(DepreciationRule, DepreciationRule.id == DepreciationUse.rule_id)
        .where(DepreciationRule.months > 0)
    )
    return {
        (model is not None, model if model is not None else category): months
        for model, category, months in rows
    }


def _count_failures(session: Session, today: date) -> dict[int | None, int]:
    """Return how often each asset was repaired in the last 12 months. Few were."""
    since = datetime.combine(add_months(today, -MONTHS_A_YEAR), time(), UTC)
    rows = session.execute(
        select(Task.asset_id, Task.key, Task.data).where(
            Task.kind == TaskKind.MAINTENANCE,
            Task.state == TaskState.DONE,
            Task.closed_at >= since,
        )
    )
    return Counter(asset_id for asset_id, key, data in rows if is_failure(key, data))


def _load_model_ends(session: Session) -> dict[int | None, date]:
    """Return when the maker's support of models ends, as the check of devices found it."""
    rows = session.execute(
        select(Asset.model_id, func.max(DeviceHealth.model_ends_on))
        .join(DeviceHealth, DeviceHealth.asset_id == Asset.id)
        .where(DeviceHealth.model_ends_on.is_not(None))
        .group_by(Asset.model_id)
    )
    return {model_id: ends_on for model_id, ends_on in rows if ends_on is not None}


def _find_first(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def find_marks(session: Session) -> tuple[int, tuple[object, ...]]:
    """Return the newest number of an asset, and what changes with each rule, price and decision.

    The first says whether the register is large, the second whether a kept roadmap still holds.
    """
    newest = session.scalar(select(func.max(Asset.id))) or 0
    prices = session.execute(select(ReplacementPrice.model_id, ReplacementPrice.amount_cents))
    return newest, (
        session.scalar(select(func.max(PlanDecision.id))),
        tuple(session.execute(select(func.count(), func.max(ExchangeRate.on_day))).one()),
        tuple(sorted(_load_lives(session).items(), key=str)),
        tuple(sorted(tuple(row) for row in prices)),
    )


def _load_decisions(session: Session) -> dict[int, PlanDecision]:
    """Return the newest decision of each asset that has one."""
    newest = select(func.max(PlanDecision.id)).group_by(PlanDecision.asset_id)
    rows = session.scalars(select(PlanDecision).where(PlanDecision.id.in_(newest)))
    return {row.asset_id: row for row in rows}


class _Prices:
    """What a new thing costs: as set for its model, else as last paid, else as others cost."""

    def __init__(self, session: Session, assets: Iterable[Row[Any]], base: str) -> None:
        self.by_model = dict(
            session.execute(select(ReplacementPrice.model_id, ReplacementPrice.amount_cents)).all()
        )
        rates = load_rates(session, base)
        newest: dict[int, date] = {}
        paid: dict[int | None, list[int]] = defaultdict(list)
        self.last_paid: dict[int, int] = {}
        for asset in assets:
            cents = _to_base(asset, rates)
            if cents is None:
                continue
            paid[asset.category_id].append(cents)
            model, on = asset.model_id, asset.purchase_date
            if model is not None and newest.get(model, date.min) <= on:
                newest[model], self.last_paid[model] = on, cents
        self.by_category = {category: median_low(found) for category, found in paid.items()}

    def find(self, asset: Row[Any]) -> int | None:
        for known in (self.by_model, self.last_paid):
            if asset.model_id in known:
                return known[asset.model_id]
        return self.by_category.get(asset.category_id)


def _to_base(asset: Row[Any], rates: Rates) -> int | None:
    if not asset.purchase_cost_cents or asset.purchase_date is None:
        return None
    currency = asset.currency or rates.base
    return rates.to_base(asset.purchase_cost_cents, currency, asset.purchase_date)

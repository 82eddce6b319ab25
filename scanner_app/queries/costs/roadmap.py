"""What falls due in which budget year, what it costs, and what speaks for replacing each thing.

Things that are alike (one model, bought on one day, and so on) are counted by the database: they
fall due on one day, and cost the same. Only what is shown is read one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.choices import CHOICES, Choice
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
from scanner_app.domain.settings import Organisation
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    ExchangeRate,
    PlanDecision,
    ReplacementPrice,
)
from scanner_app.queries.costs.lives import (
    count_failures,
    load_decisions,
    load_lives,
    load_model_ends,
)
from scanner_app.queries.costs.prices import Prices
from scanner_app.queries.register.narrowing import is_there
from scanner_app.sql.value_list import is_one_of

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


class Alike(NamedTuple):
    """What sets the due day and the price of a thing, apart from a decision about it."""

    model_id: int | None
    category_id: int | None
    purchase_date: date | None
    eol_date: date | None
    warranty_months: int | None


Planned = tuple[date, DueReason, int]
CATEGORY = func.coalesce(Asset.category_id, AssetModel.category_id)
ALIKE = (Asset.model_id, CATEGORY, Asset.purchase_date, Asset.eol_date, Asset.warranty_months)


def load_roadmap(
    session: Session,
    organisation: Organisation,
    *,
    today: date,
    year: int | None,
    every_year: bool = False,
    limit: int | None = None,
) -> Roadmap:
    """Return the roadmap, with the things of one year, or of every year.

    :param limit: how many of the most urgent things are returned; None: all.
    """
    planner = _Planner(session, organisation, today)
    counts = planner.count_alike(session)
    prices = Prices(
        session, organisation.currency, {(a.model_id, a.category_id) for a, _ in counts}
    )
    sums = _Sums(planner, prices, Decimal(organisation.inflation_percent), _load_names(session))
    for (alike, until_on), count in counts.items():
        sums.add(alike, planner.plan(planner.read_facts(alike, until_on)), count)
    rows: list[DueRow] = []
    if every_year or year is not None:
        rows = _list_rows(session, planner, sums, counts, None if every_year else year, limit)
    return Roadmap(
        {y: dict(found) for y, found in sorted(sums.years.items())},
        dict(sums.counts),
        dict(sums.unpriced),
        sums.undated,
        tuple(rows),
    )


class _Planner:
    """Finds the budget year of things."""

    def __init__(self, session: Session, organisation: Organisation, today: date) -> None:
        self.lives, self.decisions = load_lives(session), load_decisions(session)
        self.failures = count_failures(session, today)
        self.model_ends = load_model_ends(session)
        self.today, self.first_month = today, organisation.fiscal_month
        self.this_year = self._find_year(today)
        self.known: dict[LifeFacts, Planned | None] = {}

    def count_alike(self, session: Session) -> Counter[tuple[Alike, date | None]]:
        """Return how many things are alike, by what they are and until when they are kept."""
        counts: Counter[tuple[Alike, date | None]] = Counter()
        for row in session.execute(_from_assets(*ALIKE, func.count()).group_by(*ALIKE)):
            counts[Alike(*row[:-1]), None] = row[-1]
        kept = {id_: one.until_on for id_, one in self.decisions.items() if one.until_on}
        for row in _load_some(session, kept):
            counts[_read_alike(row), None] -= 1
            counts[_read_alike(row), kept[row.id]] += 1
        return +counts

    def _find_year(self, due: date) -> int:
        return find_budget_year(due, today=self.today, first_month=self.first_month)

    def read_facts(self, alike: Alike, until_on: date | None, failures: int = 0) -> LifeFacts:
        model, category = (True, alike.model_id), (False, alike.category_id)
        return LifeFacts(
            alike.purchase_date,
            self.lives.get(model) or self.lives.get(category),
            _find_first(alike.eol_date, self.model_ends.get(alike.model_id)),
            alike.warranty_months,
            until_on,
            failures,
        )

    def plan(self, facts: LifeFacts) -> Planned | None:
        if facts not in self.known:
            found = find_due_day(facts)
            self.known[facts] = None if found is None else (*found, self._find_year(found[0]))
        return self.known[facts]

    def read_row(self, row: Any) -> tuple[LifeFacts, Planned | None]:
        """Return what is known of one thing, and when it is due."""
        decision = self.decisions.get(row.id)
        facts = self.read_facts(
            _read_alike(row), decision.until_on if decision else None, self.failures.get(row.id, 0)
        )
        return facts, self.plan(facts)


class _Sums:
    """What falls due in each year, and what it costs."""

    def __init__(
        self, planner: _Planner, prices: Prices, inflation: Decimal, names: dict[int | None, str]
    ) -> None:
        self.planner, self.prices, self.inflation, self.names = planner, prices, inflation, names
        self.years: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.counts: Counter[int] = Counter()
        self.unpriced: Counter[int] = Counter()
        self.undated = 0

    def find_cost(self, alike: Alike, year: int) -> int | None:
        price = self.prices.find(alike.model_id, alike.category_id)
        ahead = year - self.planner.this_year
        return None if price is None else inflate(price, self.inflation, ahead)

    def find_name(self, alike: Alike) -> str:
        return self.names.get(alike.category_id, NO_CATEGORY)

    def add(self, alike: Alike, planned: Planned | None, count: int) -> None:
        if planned is None:
            self.undated += count
            return
        year = planned[2]
        cents = self.find_cost(alike, year)
        self.counts[year] += count
        if cents is None:
            self.unpriced[year] += count
        self.years[year][self.find_name(alike)] += (cents or 0) * count


def _list_rows(
    session: Session,
    planner: _Planner,
    sums: _Sums,
    counts: Counter[tuple[Alike, date | None]],
    year: int | None,
    limit: int | None,
) -> list[DueRow]:
    """Return the things of a year, or of every year, the most urgent first."""
    wanted, days = _choose_alike(planner, counts, year, limit)
    # What failed or was decided about may be more urgent than what it is like: all of it is read.
    single = {*planner.failures, *planner.decisions}
    found = {row.id: row for row in _load_some(session, single)}
    for row in session.execute(_select_rows().where(*_were_bought(days))):
        if row.id not in single and _read_alike(row) in wanted:
            found[row.id] = row
    rows = []
    for row in found.values():
        facts, planned = planner.read_row(row)
        if planned is not None and (year is None or planned[2] == year):
            rows.append(_make_row(planner, sums, row, facts, planned))
    rows.sort(key=lambda row: (-row.points, row.due, row.asset_tag))
    return rows if limit is None else rows[:limit]


def _choose_alike(
    planner: _Planner,
    counts: Counter[tuple[Alike, date | None]],
    year: int | None,
    limit: int | None,
) -> tuple[set[Alike], set[date | None]]:
    """Return which things of a year are the most urgent, as many as are shown, and their days."""
    ranked = []
    for (alike, until_on), count in counts.items():
        facts = planner.read_facts(alike, until_on)
        planned = planner.plan(facts)
        if until_on is None and planned is not None and (year is None or planned[2] == year):
            points = count_points(list_signs(facts, planner.today))
            ranked.append((-points, planned[0], count, alike))
    ranked.sort(key=lambda one: one[:2])
    wanted: set[Alike] = set()
    seen = 0
    last: tuple[int, date] | None = None
    for points, due, count, alike in ranked:
        # Among equals the tag decides, so all of them are looked at. What failed is counted twice.
        if limit is not None and seen >= limit + len(planner.failures) and (points, due) != last:
            break
        wanted.add(alike)
        seen, last = seen + count, (points, due)
    return wanted, {alike.purchase_date for alike in wanted}


def _were_bought(days: Collection[date | None]) -> list[Any]:
    """Return conditions of what was bought on one of some days, where they are few."""
    if None in days or len(days) > MAX_DAYS:
        return []
    return [Asset.purchase_date.in_(sorted(day for day in days if day is not None))]


MAX_DAYS = 200


def _make_row(
    planner: _Planner, sums: _Sums, row: Any, facts: LifeFacts, planned: Planned
) -> DueRow:
    decision, alike = planner.decisions.get(row.id), _read_alike(row)
    return DueRow(
        planned[2],
        row.asset_tag,
        row.name or row.model or "",
        sums.find_name(alike),
        planned[0],
        planned[1],
        sums.find_cost(alike, planned[2]),
        list_signs(facts, planner.today),
        CHOICES[Choice(decision.decision)].label if decision else "",
    )


def _from_assets(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Asset)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(is_there())
    )


def _select_rows() -> Any:
    names = (Asset.id, Asset.asset_tag, Asset.name, AssetModel.name.label("model"))
    return _from_assets(*names, *ALIKE)


def _load_some(session: Session, ids: Iterable[int | None]) -> Iterable[Any]:
    known = [id_ for id_ in ids if id_ is not None]
    if not known:
        return []
    found: list[Any] = list(
        session.execute(_select_rows().where(is_one_of(Asset.id.expression, known)))
    )
    return found


def _read_alike(row: Any) -> Alike:
    return Alike(*row[-len(ALIKE) :])


def _load_names(session: Session) -> dict[int | None, str]:
    return {row.id: row.name for row in session.execute(select(Category.id, Category.name))}


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
        tuple(sorted(load_lives(session).items(), key=str)),
        tuple(sorted(tuple(row) for row in prices)),
    )

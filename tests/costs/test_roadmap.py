"""The roadmap counts what is alike at once: it says what looking at each asset alone would say."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select

from scanner_app.domain.costs.choices import Choice
from scanner_app.domain.costs.depreciation import Method, YearKind
from scanner_app.domain.costs.replacement import (
    LifeFacts,
    count_points,
    find_budget_year,
    find_due_day,
    inflate,
    list_signs,
)
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.settings import Organisation
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    DepreciationRule,
    DepreciationUse,
    ExchangeRate,
    PlanDecision,
    ReplacementPrice,
    Task,
)
from scanner_app.queries.costs.roadmap import load_roadmap
from tests.support.register import add_asset

TODAY, NOW = date(2026, 11, 29), datetime(2026, 11, 29, 9, tzinfo=UTC)
HERE = Organisation(currency="EUR", inflation_percent=3, fiscal_month=4)
DAYS = (None, date(2021, 6, 1), date(2022, 11, 29), date(2023, 9, 1), date(2025, 2, 3))


def fill(session, random: Random) -> None:
    """Add assets of four models, one of them without a category, and what sets their days."""
    laptop, phone = Category(name="Laptop"), Category(name="Phone")
    session.add_all([laptop, phone])
    session.flush()
    models = [
        AssetModel(name=f"M{n}", category_id=one)
        for n, one in enumerate((laptop.id, laptop.id, phone.id, None))
    ]
    rule = DepreciationRule(
        name="R", method=Method.STRAIGHT_LINE, months=48, salvage_percent="0", percents="",
        year=YearKind.FROM_START, created_at=NOW, actor_name="Sam",
    )  # fmt: skip
    session.add_all([*models, rule])
    session.flush()
    session.add(DepreciationUse(rule_id=rule.id, category_id=laptop.id))
    session.add(
        ReplacementPrice(model_id=models[1].id, amount_cents=1500_00, set_at=NOW, actor_name="Sam")
    )
    session.add(
        ExchangeRate(
            base="EUR", currency="USD", on_day=DAYS[3], per_base="1.25", recorded_at=NOW,
            actor_name="Sam",
        )
    )  # fmt: skip
    for n in range(60):
        asset = session.get_one(Asset, add_asset(session, f"A-{n:02}", now=NOW))
        asset.model_id = random.choice([None, *(model.id for model in models)])
        asset.category_id = random.choice([None, None, phone.id])
        asset.purchase_date = random.choice(DAYS)
        asset.eol_date = random.choice([None, None, date(2027, 1, 31)])
        asset.warranty_months = random.choice([None, 36])
        asset.purchase_cost_cents = random.choice([None, 1000_00, 1100_00])
        asset.currency = random.choice(["EUR", None, "USD"])
        asset.status = random.choice([Stage.IN_STOCK] * 5 + [Stage.RETIRED])
        if n % 7 == 0:
            session.add(
                PlanDecision(
                    asset_id=asset.id, decision=random.choice([Choice.KEEP, Choice.REPLACE]),
                    until_on=random.choice([None, date(2028, 5, 1)]), reason="x", decided_at=NOW,
                    actor="x", actor_name="Sam",
                )
            )  # fmt: skip
        repair(session, asset.id, random.choice([0, 0, 0, 1, 3]))
    session.flush()


def repair(session, asset_id: int, times: int) -> None:
    for number in range(times):
        session.add(
            Task(
                key=f"maintenance:{asset_id}-{number}", kind=TaskKind.MAINTENANCE,
                state=TaskState.DONE, title="Repair", asset_id=asset_id, opened_by="Tom",
                started_at=NOW - timedelta(days=40), closed_at=NOW - timedelta(days=30),
            )
        )  # fmt: skip


def find_price(assets, models, category):
    """Return what finds the price of a new one for an asset, by looking at all of them."""

    def paid(asset):
        if not asset.purchase_cost_cents or not asset.purchase_date:
            return None
        if asset.currency == "USD":
            return (
                round(asset.purchase_cost_cents / 1.25) if asset.purchase_date == DAYS[3] else None
            )
        return asset.purchase_cost_cents

    def price(asset):
        if asset.model_id and models[asset.model_id].name == "M1":
            return 1500_00
        same = [
            (one.purchase_date, paid(one))
            for one in assets
            if asset.model_id and one.model_id == asset.model_id and paid(one) is not None
        ]
        if same:
            return max(same)[1]
        alike = sorted(
            paid(o) for o in assets if category(o) == category(asset) and paid(o) is not None
        )
        return alike[(len(alike) - 1) // 2] if alike else None

    return price


def expect(session):
    """Look at each asset alone, and return counts, costs and rows by year."""
    assets = session.scalars(select(Asset).where(Asset.status == Stage.IN_STOCK)).all()
    models = {model.id: model for model in session.scalars(select(AssetModel))}
    names = {one.id: one.name for one in session.scalars(select(Category))}
    decisions = {one.asset_id: one for one in session.scalars(select(PlanDecision))}
    failures = Counter(session.scalars(select(Task.asset_id)))

    def category(asset):
        return asset.category_id or (models[asset.model_id].category_id if asset.model_id else None)

    price = find_price(assets, models, category)
    counts, costs, rows, undated = Counter(), defaultdict(Counter), defaultdict(list), 0
    for asset in assets:
        decision = decisions.get(asset.id)
        facts = LifeFacts(
            asset.purchase_date, 48 if names.get(category(asset)) == "Laptop" else None,
            asset.eol_date, asset.warranty_months, decision.until_on if decision else None,
            failures[asset.id],
        )  # fmt: skip
        found = find_due_day(facts)
        if found is None:
            undated += 1
            continue
        year = find_budget_year(found[0], today=TODAY, first_month=4)
        cents = price(asset)
        cents = None if cents is None else inflate(cents, Decimal(3), year - 2027)
        counts[year] += 1
        costs[year][names.get(category(asset), "No category")] += cents or 0
        points = count_points(list_signs(facts, TODAY))
        rows[year].append((-points, found[0], asset.asset_tag, cents))
    return counts, costs, {year: sorted(found) for year, found in rows.items()}, undated


@pytest.mark.parametrize("seed", range(4))
def test_says_what_looking_at_each_asset_alone_says(work, seed):
    with work() as session:
        fill(session, Random(seed))
        counts, costs, rows, undated = expect(session)
        assert len(counts) > 1

        for year in (*counts, 2060):
            for limit in (None, 1, 3, 500):
                found = load_roadmap(session, HERE, today=TODAY, year=year, limit=limit)
                assert found.counts == counts
                assert found.undated == undated
                assert found.years == {one: dict(sums) for one, sums in costs.items()}
                shown = [(-r.points, r.due, r.asset_tag, r.cents) for r in found.rows]
                assert shown == rows.get(year, [])[:limit], (year, limit)
        every = load_roadmap(session, HERE, today=TODAY, year=None, every_year=True).rows
        assert len(every) == sum(counts.values())
        assert {row.year for row in every} == set(counts)

"""Which rule of losing value is that of an asset, on both databases."""

from __future__ import annotations

from sqlalchemy import select, update

from scanner_app.domain.costs.depreciation import Method, YearKind
from scanner_app.models import Asset, AssetModel, Category, DepreciationRule, DepreciationUse
from scanner_app.queries.costs.asset import find_rule
from tests.support.register import add_asset


def test_that_of_its_model_goes_before_that_of_its_category(work, now):
    with work() as session:
        asset_id = add_asset(session, "A-1", now=now)
        category = Category(name="Laptop")
        session.add(category)
        session.flush()
        model = AssetModel(name="T14", category_id=category.id)
        session.add(model)
        session.flush()
        assert find_rule(session, asset_id) is None

        session.execute(update(Asset).values(model_id=model.id))
        for name, use in (
            ("by category", {"category_id": category.id}),
            ("by model", {"model_id": model.id}),
        ):
            rule = DepreciationRule(
                name=name, method=Method.STRAIGHT_LINE, months=48, salvage_percent="0",
                percents="", year=next(iter(YearKind)), created_at=now, actor_name="Ana",
            )  # fmt: skip
            session.add(rule)
            session.flush()
            session.add(DepreciationUse(rule_id=rule.id, **use))
            session.flush()
            assert find_rule(session, asset_id).name == name
        assert session.scalar(select(Asset.category_id)) is None

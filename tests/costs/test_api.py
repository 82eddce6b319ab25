"""Costs for programs: totals with their shares, book values, expenses, rates and the roadmap."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest

from scanner_app.models import Asset, AssetModel, Category
from tests.costs.test_pages import add_rule
from tests.costs.test_shares import cover, make_contract
from tests.support import on_both
from tests.support.register import add_asset

database = on_both.database
NEW = {"asset": "LT-1", "kind": "part", "on": "2026-01-05", "amount": "75.00", "currency": "EUR"}


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture
def laptop(work, now):
    """Bought for 1,200.00 on 15 January 2025."""
    with work() as session:
        category = Category(name="Laptop")
        session.add(category)
        session.flush()
        model = AssetModel(name="T14", category_id=category.id)
        session.add(model)
        session.flush()
        asset = session.get_one(Asset, add_asset(session, "LT-1", now=now))
        asset.model_id, asset.purchase_date = model.id, date(2025, 1, 15)
        asset.purchase_cost_cents, asset.currency = 1200_00, "EUR"


def spend(api, **more):
    return api.post("/expenses", json={**NEW, "id": str(uuid.uuid4()), **more})


@pytest.mark.usefixtures("laptop")
class TestExpenses:
    def test_are_added_once_listed_and_withdrawn(self, api):
        first = spend(api, note="Battery")
        again = spend(api, note="Battery", id=first.json["id"])
        other = spend(api, id=first.json["id"], amount="76.00")
        income = spend(api, kind="proceeds", amount="25.50")

        assert [one.status_code for one in (first, again, other, income)] == [201, 201, 409, 201]
        assert other.json["code"] == "id_taken"
        listed = api.get("/expenses?asset=LT-1").json["items"]
        assert [(one["kind"], one["amount"]) for one in listed] == [
            ("proceeds", "25.50"), ("part", "75.00"),
        ]  # fmt: skip
        assert (
            len(api.get("/expenses?kind=part&since=2026-01-05&until=2026-01-05").json["items"]) == 1
        )
        assert api.get("/expenses?since=2026-01-06").json["items"] == []
        assert api.get("/assets/LT-1/costs").json["total"] == "1249.50"

        path = f"/expenses/{first.json['id']}"
        assert [api.delete(path).status_code for _ in range(2)] == [204, 404]
        assert api.get("/assets/LT-1/costs").json["total"] == "1174.50"
        assert api.get("/expenses?kind=part").json["items"][0]["is_withdrawn"] is True

    @pytest.mark.either_database
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"amount": "1.234,56"}, "amount"), ({"amount": "0.001"}, "amount"),
         ({"kind": "x"}, "kind"), ({"on": "yesterday"}, "on"), ({"on": "1969-12-31"}, "on"),
         ({"currency": "eur"}, "currency"), ({"id": "1"}, "id"), ({"asset": ""}, "asset")],
    )  # fmt: skip
    def test_name_the_field_that_cannot_be_used(self, api, wrong, field):
        answer = spend(api, **wrong)
        assert answer.status_code == 422
        assert field in answer.json["errors"]

    @pytest.mark.either_database
    def test_of_an_unknown_asset_are_not_found(self, api):
        assert spend(api, asset="NO-1").status_code == 404
        assert api.get("/expenses?asset=NO-1").status_code == 404
        for end in ("costs", "book-value", "health"):
            assert api.get(f"/assets/NO-1/{end}").status_code == 404

    @pytest.mark.either_database
    def test_are_added_by_who_edits_the_register_and_rates_by_admins(self, api_as):
        viewer, stock = api_as("viewer"), api_as("stockroom")
        rates = {"items": [{"currency": "USD", "on": "2026-11-27", "per_base": "1.08"}]}

        assert spend(viewer).status_code == 403
        assert viewer.get("/assets/LT-1/costs").status_code == 200
        assert spend(stock).status_code == 201
        assert stock.post("/rates", json=rates).status_code == 403


@pytest.mark.usefixtures("laptop")
def test_a_total_names_its_shares(api, work, now):
    with work() as session:
        for tag in ("LT-2", "LT-3"):
            add_asset(session, tag, now=now)
        contract = make_contract(session)
        for tag, day in (("LT-1", 1), ("LT-2", 1), ("LT-3", 183)):
            cover(session, contract, tag, date.fromordinal(date(2025, 12, 31).toordinal() + day))

    costs = api.get("/assets/LT-1/costs").json

    assert (costs["total"], costs["contracts"], costs["currency"]) == ("1599.78", "399.78", "EUR")
    assert costs["by_kind"] == {"purchase": "1200.00"}
    assert costs["shares"] == [
        {"contract": "SUP-1", "term": 1, "licence": None, "days": 365, "of_days": 913,
         "of_amount": "1000.00", "amount": "399.78"}
    ]  # fmt: skip


@pytest.mark.usefixtures("laptop")
class TestBookValue:
    def test_is_that_of_scenario_8_on_any_day(self, api, admin):
        assert "a rule for its category" in api.get("/assets/LT-1/book-value").json["reason"]
        add_rule(admin, months="36", salvage_percent="10")

        found = {
            day: api.get(f"/assets/LT-1/book-value?on={day}").json["value"]
            for day in ("2026-11-14", "2026-11-15", "2028-01-15", "2025-01-14")
        }

        assert found == {
            "2026-11-14": "570.00", "2026-11-15": "540.00", "2028-01-15": "120.00",
            "2025-01-14": None,
        }  # fmt: skip
        early = api.get("/assets/LT-1/book-value?on=2025-01-14").json
        assert (early["reason"], early["method"]) == ("It was not bought yet.", "straight_line")
        assert api.get("/assets/LT-1/book-value?on=soon").status_code == 422


@pytest.mark.usefixtures("laptop")
def test_rates_convert_and_the_same_again_changes_none(api):
    rates = {"items": [{"currency": "USD", "on": "2026-11-27", "per_base": "1.08"}]}
    spend(api, amount="100.00", currency="USD", on="2026-11-28")
    assert api.get("/assets/LT-1/costs").json["without_rate"] == {"USD": 1}

    assert [api.post("/rates", json=rates).json for _ in range(2)] == [
        {"changed": 1},
        {"changed": 0},
    ]

    assert api.get("/rates").json == {"base": "EUR", "items": rates["items"], "next": None}
    assert api.get("/assets/LT-1/costs").json["by_kind"]["part"] == "92.59"
    for wrong in ({"currency": "usd"}, {"per_base": "0"}, {"per_base": "x"}, {"on": "x"}):
        bad = {"items": [{**rates["items"][0], **wrong}]}
        assert api.post("/rates", json=bad).status_code == 422


@pytest.mark.usefixtures("laptop")
def test_the_roadmap_lists_years_and_what_is_due_in_one(api, admin, today):
    assert api.get("/roadmap").json["items"] == []
    add_rule(admin, months="36")
    year = max(2028, today.year)

    found = api.get("/roadmap").json
    due = api.get(f"/roadmap/{year}").json

    assert found["made_at"] is None
    assert found["items"] == [
        {"year": year, "assets": 1, "without_price": 0, "cost": "1200.00",
         "by_category": {"Laptop": "1200.00"}}
    ]  # fmt: skip
    assert api.get(f"/roadmap?from={year + 1}").json["items"] == []
    assert api.get(f"/roadmap?to={year - 1}").json["items"] == []
    assert [(one["asset"], one["due"], one["why"]) for one in due["items"]] == [
        ("LT-1", "2028-01-15", "life")
    ]
    assert api.get("/roadmap?from=x").status_code == 422

"""The pages of costs: expenses, book value, choices, rules, rates and the roadmap."""

from __future__ import annotations

import html
import io
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select

from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.edge.kept import roadmap
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    DepreciationUse,
    ExchangeRate,
    Expense,
    PlanDecision,
    Task,
)
from tests.support import on_both
from tests.support.register import add_asset

database = on_both.database

ECB = "Date,USD,JPY,CYP,\n2026-11-27,1.08,163.5,N/A,\n2026-11-26,1.07,163.1,N/A,\n"
RULE = {"name": "Laptops", "method": "straight_line", "months": "48", "salvage_percent": "10"}


@pytest.fixture
def today() -> date:
    """The day of the pages: their clock is the server's."""
    return datetime.now(UTC).date()


@pytest.fixture
def laptops(work, now, today):
    """Three laptops of one model: bought long ago, of late, and never."""
    with work() as session:
        category = Category(name="Laptop")
        session.add(category)
        session.flush()
        model = AssetModel(name="T14", category_id=category.id)
        session.add(model)
        session.flush()
        for tag, bought in (
            ("LT-1", date(today.year - 5, 1, 15)),
            ("LT-2", date(today.year - 1, 1, 15)),
            ("LT-3", None),
        ):
            asset = session.get_one(Asset, add_asset(session, tag, now=now))
            asset.model_id, asset.purchase_date = model.id, bought
            if bought:
                asset.purchase_cost_cents, asset.currency = 1200_00, "EUR"


def add_rule(admin, **more):
    return admin.post("/admin/costs", data={"step": "save", "categories": "Laptop", **RULE, **more})


def spend(client, tag="LT-1", **more):
    form = {
        "id": str(uuid.uuid4()),
        "kind": "part",
        "on": "2026-01-05",
        "amount": "75",
        "currency": "EUR",
    }
    return client.post(f"/assets/{tag}/costs", data={**form, **more})


@pytest.mark.usefixtures("laptops")
class TestExpenses:
    def test_add_up_with_what_the_record_says_it_was_bought_for(self, admin):
        assert spend(admin).status_code == 303
        assert spend(admin, kind="proceeds", amount="25.50").status_code == 303

        text = admin.get("/assets/LT-1/costs").text

        assert "1,249.50" in text  # 1,200 + 75 - 25.50
        assert "from the record" in text

    def test_a_cost_without_a_currency_is_in_that_of_the_organisation(self, admin, work):
        add_rule(admin)
        with work() as session:
            for asset in session.scalars(select(Asset)):
                asset.currency = None

        text = admin.get("/assets/LT-1/costs").text

        assert "from the record" in text
        assert "None" not in text

    def test_a_purchase_that_is_entered_counts_instead(self, admin):
        spend(admin, kind="purchase", amount="900")

        assert ">900.00 <" in admin.get("/assets/LT-1/costs").text

    def test_sent_again_counts_once_and_withdrawn_counts_no_more(self, admin, work):
        number = str(uuid.uuid4())
        for _ in range(2):
            assert spend(admin, id=number).status_code == 303
        assert spend(admin, id=number, amount="76").status_code == 409
        withdraw = {"id": number, "step": "withdraw"}
        assert admin.post("/assets/LT-2/costs", data=withdraw).status_code == 404
        assert admin.post("/assets/LT-1/costs", data=withdraw).status_code == 303
        assert admin.post("/assets/LT-1/costs", data=withdraw).status_code == 404

        with work() as session:
            [row] = session.scalars(select(Expense))
            assert (row.amount_cents, row.withdrawn_by is not None) == (75_00, True)
        text = admin.get("/assets/LT-1/costs").text
        assert "Withdrawn" in text
        assert ">1,200.00 <" in text

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [("kind", "bribe", "Choose one"), ("on", "31/12/2026", "Enter a date"),
         ("on", "1066-10-14", "from 1970"), ("amount", "1,50", "1234.50"),
         ("amount", "-1", "0 or more"), ("currency", "euro", "three letters"),
         ("note", "x" * 201, "200 characters")],
    )  # fmt: skip
    def test_what_cannot_be_read_is_told_and_kept(self, admin, work, field, value, words):
        answer = spend(admin, **{field: value})

        assert answer.status_code == 422
        assert words in answer.text
        if field != "kind":
            assert f'value="{value}"' in answer.text
        with work() as session:
            assert session.scalars(select(Expense)).all() == []

    def test_who_may_only_read_may_not_spend(self, page_as):
        for role in ("viewer", "technician", "auditor"):
            client = page_as(role)
            assert spend(client).status_code == 403
            assert "Add an expense" not in client.get("/assets/LT-1/costs").text


@pytest.mark.usefixtures("laptops")
class TestRates:
    def upload(self, admin, text: str):
        file = (io.BytesIO(text.encode()), "rates.csv")
        return admin.post("/admin/costs", data={"step": "rates", "file": file})

    def test_of_the_central_bank_are_read_and_again_change_nothing(self, admin, work):
        for words in ("4 rates are read; 4 are new", "4 rates are read; 0 are new"):
            assert self.upload(admin, ECB).status_code == 303
            assert words in admin.get("/admin/costs").text
        plain = "Currency,Date,Per Base\nUSD,2026-11-27,1.09\n"
        assert self.upload(admin, plain).status_code == 303

        with work() as session:
            rates = {
                (r.currency, str(r.on_day)): r.per_base
                for r in session.scalars(select(ExchangeRate))
            }
        assert rates["USD", "2026-11-27"] == "1.09"
        assert len(rates) == 4

    @pytest.mark.parametrize("end", ["\r", "\r\n"])
    def test_are_read_with_the_line_ends_of_other_systems(self, admin, end):
        assert self.upload(admin, ECB.replace("\n", end)).status_code == 303
        assert "4 rates are read" in admin.get("/admin/costs").text

    def test_change_a_total_in_another_currency(self, admin):
        spend(admin, "LT-3", amount="100", currency="USD", on="2026-11-28")
        assert "1 amount in USD has no rate" in admin.get("/assets/LT-3/costs").text

        self.upload(admin, ECB)

        assert ">92.59 <" in admin.get("/assets/LT-3/costs").text

    @pytest.mark.parametrize(
        ("text", "words"),
        [("", "first line"), ("a,b\n", "first line"), ("Currency,Date,Per Base\n", "no rates"),
         ("Currency,Date,Per Base\nUSD,27.11.2026,1\n", "Line 2"),
         ("Currency,Date,Per Base\n\nUSD,2026-11-27,0\n", "Line 3"),
         ("Currency,Date,Per Base\nUSD,2026-11-27,nan\n", "Line 2"),
         ("Currency,Date,Per Base\nUSD,2026-11-27,1.08\nUSD,2026-11-27,1.09\n", "two rates of USD"),
         ("Currency,Date,Per Base\ndollar,2026-11-27,1\n", "Line 2"),
         # An amount at such a rate has a million digits: no page could show it.
         ("Currency,Date,Per Base\nUSD,2026-11-27,1e-999999\n", "Line 2"),
         (f"Currency,Date,Per Base\nUSD,2026-11-27,1.{'0' * 1000}\n", "Line 2"),
         (f"Currency,Date,Per Base\nUSD,2026-11-27,{'1' * 200_000}\n", "not CSV")],
    )  # fmt: skip
    def test_a_file_of_another_form_names_its_line(self, admin, text, words):
        answer = self.upload(admin, text)

        assert answer.status_code == 422
        assert words in answer.text


@pytest.mark.usefixtures("laptops")
class TestRules:
    def test_give_a_book_value(self, admin, today):
        assert "a rule for its category" in admin.get("/assets/LT-2/costs").text
        assert add_rule(admin).status_code == 303

        text = admin.get("/assets/LT-2/costs").text

        months = 12 + today.month - 1 - (today.day < 15)
        worth = 1200 - 1080 * min(months, 48) / 48
        assert f">{worth:,.2f} <" in text
        assert "Not known: its cost, the day it was bought." in admin.get("/assets/LT-3/costs").text

    def test_a_category_has_one(self, admin, work):
        add_rule(admin)
        add_rule(admin, name="Others", months="12")

        with work() as session:
            assert len(session.scalars(select(DepreciationUse)).all()) == 1
        text = admin.get("/admin/costs").text
        assert re.search(r"Others.*?12 months · Laptop", text, re.DOTALL)
        assert add_rule(admin).status_code == 422  # the name is taken
        number = re.search(r"rule=(\d+)", text)[1]
        assert admin.post("/admin/costs", data={"step": "remove", "id": number}).status_code == 303

    def test_a_model_may_have_another_than_its_category(self, admin):
        add_rule(admin)
        add_rule(admin, name="T14", months="12", salvage_percent="0", models="T14", categories=[])

        assert ">0.00 <" in admin.get("/assets/LT-1/costs").text
        assert "T14" in admin.get("/admin/costs").text

    def test_what_cannot_be_used_is_told(self, admin):
        for wrong, words in (
            ({"months": "0"}, "Enter 1 to 600 months"),
            ({"months": "1.5"}, "whole number"),
            ({"method": "magic"}, "Choose one of the list"),
            ({"salvage_percent": "ten"}, "a number such as"),
            ({"salvage": "ten"}, "1234.50"),
            ({"method": "table", "percents": "50 x"}, "spaces between"),
            ({"name": " "}, "Give it a name"),
            ({"models": "Rocket"}, "does not exist"),
            ({"categories": "Rocket"}, "does not exist"),
        ):
            answer = add_rule(admin, **wrong)
            assert answer.status_code == 422, wrong
            assert words in answer.text


@pytest.mark.usefixtures("laptops")
class TestChoices:
    PLANS: ClassVar = {
        "keep_price": "250", "keep_costs": "260 380 520", "keep_resales": "120 40 0",
        "upgrade_price": "410", "upgrade_costs": "110 170 330", "upgrade_resales": "180 90 20",
        "replace_price": "1200", "replace_costs": "60 90 160 300 480",
        "replace_resales": "700 450 280 120 0",
    }  # fmt: skip

    def test_are_compared_and_one_is_advised(self, page_as):
        text = page_as("viewer").get("/assets/LT-1/choices", query_string=self.PLANS).text

        assert "Upgrade it: upgrade 325.49, keep 410.00, replace 480.17 EUR a year" in text
        assert "costs less than a new one for 2 more years" in text

    def test_of_which_one_cannot_be_read_are_told(self, admin):
        for wrong in ({"keep_costs": "1 x"}, {"keep_costs": "1"}, {"keep_price": "-1"}):
            answer = admin.get("/assets/LT-1/choices", query_string={**self.PLANS, **wrong})
            assert answer.status_code == 422
            assert "1200" in answer.text

    def test_a_decision_that_is_refused_leaves_the_comparison(self, admin):
        shown = admin.get("/assets/LT-1/choices", query_string=self.PLANS).text
        action = re.search(r'method="post" action="(/assets/LT-1/choices\?[^"]+)"', shown)[1]

        refused = admin.post(html.unescape(action), data={"decision": "keep", "reason": "Why"})

        assert refused.status_code == 422
        assert "Enter a day to come" in refused.text
        assert "Upgrade it: upgrade 325.49" in refused.text
        assert 'value="260 380 520"' in refused.text

    def test_a_decision_is_recorded_with_its_reason(self, admin, work, today):
        form = {"decision": "keep", "until_on": f"{today.year + 1}-01-31", "reason": "It is quick."}
        for wrong in (
            {"decision": ""},
            {"until_on": ""},
            {"until_on": "2020-01-01"},
            {"reason": " "},
        ):
            assert admin.post("/assets/LT-1/choices", data={**form, **wrong}).status_code == 422
        assert admin.post("/assets/LT-1/choices", data=form).status_code == 303

        assert "It is quick." in admin.get("/assets/LT-1/costs").text
        with work() as session:
            assert session.scalars(select(PlanDecision.until_on)).one() == date(
                today.year + 1, 1, 31
            )


@pytest.mark.usefixtures("laptops")
class TestMistypedYears:
    """One asset with an impossible year must not take a page away from everyone."""

    @pytest.mark.parametrize("bought", [date.min, date(1, 1, 3), date(9990, 12, 31), date.max])
    def test_of_one_asset_stop_no_page(self, admin, work, bought):
        add_rule(admin)
        with work() as session:
            asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-1")).one()
            asset.purchase_date, asset.warranty_months = bought, 36

        for path in ("/roadmap", "/roadmap?year=9999", "/assets/LT-1/costs", "/assets/LT-1", "/"):
            assert admin.get(path).status_code == 200, path

    @pytest.mark.parametrize("year", ["9" * 5000, "²", "-1", "", "99999"])
    def test_in_an_address_show_the_running_year(self, admin, year):
        assert admin.get("/roadmap", query_string={"year": year}).status_code == 200


@pytest.mark.usefixtures("laptops")
class TestRoadmap:
    def test_names_what_is_due_and_moves_what_is_kept(self, admin, today):
        assert "Nothing has a due day yet" in admin.get("/roadmap").text
        add_rule(admin)

        this_year = admin.get("/roadmap").text
        later = admin.get(f"/roadmap?year={today.year + 3}").text

        assert "LT-1" in this_year  # bought 5 years ago for 4: overdue, so it is due now
        assert "its useful life is over (25)" in this_year
        assert "1,200.00" in this_year
        assert "1 thing without a due day is left out" in this_year
        assert "LT-2" in later
        form = {
            "assets": "LT-1",
            "until_on": f"{today.year + 2}-06-30",
            "reason": "Budget",
            "year": "",
        }
        assert admin.post("/roadmap", data={**form, "assets": []}).status_code == 422
        assert admin.post("/roadmap", data=form).status_code == 303
        assert "Nothing falls due" in admin.get("/roadmap").text
        assert "LT-1" in admin.get(f"/roadmap?year={today.year + 2}").text

    def test_counts_the_repairs_of_the_last_12_months(self, admin, work, today):
        add_rule(admin)
        now = datetime.now(UTC)
        with work() as session:
            asset_id = session.scalars(select(Asset.id).where(Asset.asset_tag == "LT-1")).one()
            for number, (days, state) in enumerate(
                [(10, TaskState.DONE), (300, TaskState.DONE), (400, TaskState.DONE),
                 (5, TaskState.CANCELLED)]
            ):  # fmt: skip
                ended = now - timedelta(days=days)
                session.add(
                    Task(
                        key=f"maintenance:{number}", kind=TaskKind.MAINTENANCE, state=state, title="Repair",
                        asset_id=asset_id, started_at=ended, opened_by="Tom", closed_at=ended,
                    )
                )  # fmt: skip

        assert "repaired twice in 12 months (10)" in admin.get("/roadmap").text

    @pytest.mark.either_database
    def test_of_a_large_register_is_kept_until_a_rule_changes(self, admin, monkeypatch):
        monkeypatch.setattr(roadmap, "MAX_LIVE", 0)
        add_rule(admin)
        for _ in range(2):
            kept = admin.get("/roadmap").text
            assert "LT-1" in kept
            assert "As of" in kept
        monkeypatch.setattr(roadmap, "load_roadmap", None)  # it is not computed again
        assert "LT-1" in admin.get("/roadmap").text
        monkeypatch.undo()
        monkeypatch.setattr(roadmap, "MAX_LIVE", 0)
        assert add_rule(admin, name="Longer", months="120").status_code == 303
        assert "Nothing falls due" in admin.get("/roadmap").text

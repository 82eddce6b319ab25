"""Contracts on their pages: added, changed, renewed, what they cover, and their papers."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.money import show_money
from scanner_app.models import Contract
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.contracts.coverage import end_coverage
from scanner_app.storage.database import reading, unit_of_work
from tests.contracts.conftest import FAR

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


class TestForms:
    @pytest.mark.either_database
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": " "}, "name"),
            ({"starts_on": ""}, "starts_on"),
            ({"ends_on": "2096-03-31"}, "ends_on"),
            ({"ends_on": "", "renewal": "express"}, "ends_on"),
            ({"notice_days": "366"}, "notice_days"),
            ({"renewal_months": ""}, "renewal_months"),
            ({"price": "1.234,56"}, "price"),
            ({"price": "0.001"}, "price"),
            ({"price": "-1"}, "price"),
            ({"currency": "EURO"}, "currency"),
            ({"number": "../x"}, "number"),
            ({"owner": "nobody@example.org"}, "owner"),
            ({"starts_on": "0001-01-01"}, "starts_on"),
            ({"kind": "x"}, "kind"),
        ],
    )
    def test_name_the_field_that_cannot_be_used(self, admin, wrong, field):
        answer = admin.post("/contracts", data=FAR | wrong)

        assert answer.status_code == 422
        marked = answer.text.split(f'name="{field}"', 1)[1].split("</div>", 1)[0]
        assert 'class="error"' in marked

    @pytest.mark.either_database
    def test_give_the_next_number_and_keep_a_draft(self, admin, desk):
        first = admin.post("/contracts", data=FAR | {"number": "", "state": "draft"})
        again = admin.post("/contracts", data=FAR | {"number": "ct-0001"})

        assert first.headers["Location"] == "/contracts/CT-0001"
        assert again.status_code == 409
        assert "Draft" in admin.get("/contracts/CT-0001").text
        assert "CT-0001" in admin.get("/contracts?view=drafts").text
        assert "CT-0001" not in admin.get("/contracts").text

    def test_change_the_newest_term_and_keep_the_ones_before(self, app, admin, far):
        admin.post(f"/contracts/{far}/renewal", data={"price": "1300"})
        form = FAR | {"starts_on": "2097-04-01", "ends_on": "2098-03-31", "name": "Support"}
        overlap = admin.post(f"/contracts/{far}/edit", data=form | {"starts_on": "2097-03-31"})
        changed = admin.post(f"/contracts/{far}/edit", data=form | {"price": "1400"})

        assert (overlap.status_code, changed.status_code) == (409, 303)
        with app.app_context(), reading() as session:
            rows = session.scalars(select(Contract).order_by(Contract.term)).all()
            prices = [show_money(row.price_cents) for row in rows]
            assert prices == ["1200.00", "1400.00"]
            assert {row.name for row in rows} == {"Support"}
        text = admin.get(f"/contracts/{far}").text
        assert "<del>1300.00</del><ins>1400.00</ins>" in text
        assert "<h2>Next</h2>" in text  # it has not begun


class TestSteps:
    @pytest.mark.either_database
    @pytest.mark.parametrize("wanted", ["draft", "cancelled", "x"])
    def test_that_do_not_lead_on_are_refused(self, admin, far, wanted):
        answer = admin.post(f"/contracts/{far}/state", data={"state": wanted, "reason": "x"})

        assert answer.status_code in (409, 422)

    def test_end_a_contract_today_and_refuse_a_renewal(self, admin, far, terms):
        reason = {"state": "ended", "reason": "Sold"}
        ended = admin.post(f"/contracts/{far}/state", data=reason)
        renewed = admin.post(f"/contracts/{far}/renewal", data={"ends_on": "2099-01-01"})

        assert (ended.status_code, renewed.status_code) == (303, 409)
        [(_, _, state)] = terms(far)
        assert state == "ended"

    def test_end_the_running_term_of_a_contract_that_was_renewed_ahead(self, admin, terms, desk):
        today = datetime.now(UTC).date()
        begun = {"number": "SUP-9", "starts_on": str(today - timedelta(days=30))}
        admin.post("/contracts", data=FAR | begun)
        renewed = admin.post("/contracts/SUP-9/renewal", data={"ends_on": "2099-01-01"})
        ended = admin.post("/contracts/SUP-9/state", data={"state": "ended", "reason": "Sold"})

        assert (renewed.status_code, ended.status_code) == (303, 303)
        [(_, first_ends, first), (_, _, second)] = terms("SUP-9")
        assert (first_ends, first, second) == (str(today), "ended", "ended")

    def test_take_a_notice_back(self, admin, far, terms):
        path = f"/contracts/{far}/state"
        admin.post(path, data={"state": "notice_given", "reason": "Too dear"})
        back = admin.post(path, data={"state": "active"})

        assert back.status_code == 303
        assert terms(far) == [(1, "2097-03-31", "active")]

    def test_renew_until_the_day_that_is_given(self, admin, far, terms):
        past = admin.post(f"/contracts/{far}/renewal", data={"ends_on": "2097-03-31"})
        done = admin.post(f"/contracts/{far}/renewal", data={"ends_on": "2097-12-31"})

        assert (past.status_code, done.status_code) == (422, 303)
        assert terms(far)[1] == (2, "2097-12-31", "active")


class TestCoverage:
    def test_names_what_covers_an_asset_too(self, admin, far):
        admin.post("/contracts", data=FAR | {"number": "SUP-2"})
        admin.post("/contracts/SUP-2/assets", data={"assets": "LT-1"})
        both = admin.post(f"/contracts/{far}/assets", data={"assets": "LT-1, LT-2\nLT-3"})
        text = admin.get(f"/contracts/{far}").text
        wrong = admin.post(f"/contracts/{far}/assets", data={"assets": "LT-4\nNOPE"})

        assert (both.status_code, wrong.status_code) == (303, 422)
        assert "LT-1 is covered by SUP-2 too (support), on 365 of these days." in text
        assert "/assets/LT-3" in text
        assert "/assets/LT-4" not in wrong.text
        assert f"/contracts/{far}" in admin.get("/assets/LT-2").text

    def test_ends_with_yesterday_and_when_a_thing_is_gone(self, app, admin, far, api):
        admin.post(f"/contracts/{far}/assets", data={"assets": "LT-1", "from_on": "2026-01-01"})
        admin.post(f"/contracts/{far}/assets", data={"assets": "LT-2", "from_on": "2096-01-01"})
        for tag in ("LT-1", "LT-2"):
            admin.post(f"/contracts/{far}/assets/removal", data={"asset": tag})
        [left] = api.get(f"/contracts/{far}/assets").json["items"]
        again = admin.post(f"/contracts/{far}/assets/removal", data={"asset": "LT-1"})

        assert left["asset"] == "LT-1"
        assert left["until_on"] is not None
        assert again.status_code == 422
        admin.post(f"/contracts/{far}/assets", data={"assets": "LT-3", "from_on": "2026-01-01"})
        with app.app_context(), unit_of_work() as session:
            gone = [find_asset_id(session, "LT-3")]
            assert end_coverage(session, asset_ids=gone, today=date(2026, 5, 1)) == 1
        rows = api.get(f"/contracts/{far}/assets").json["items"]
        assert [row["until_on"] for row in rows if row["asset"] == "LT-3"] == ["2026-05-01"]


@pytest.mark.either_database
def test_papers_are_kept_as_downloads_and_taken_off(admin, far):
    path = f"/contracts/{far}/papers"
    added = admin.post(path, data={"file": (io.BytesIO(PDF), "signed.pdf")})
    wrong = admin.post(path, data={"file": (io.BytesIO(b"<html>"), "evil.pdf")})
    page = admin.get(f"/contracts/{far}").text
    href = page.split("/contracts/papers/")[1][:36]
    sent = admin.get(f"/contracts/papers/{href}")
    removed = admin.post(f"/contracts/papers/{href}/removal")

    assert (added.status_code, wrong.status_code, removed.status_code) == (303, 303, 303)
    assert sent.data == PDF
    assert "attachment" in sent.headers["Content-Disposition"]
    assert "sandbox" in sent.headers["Content-Security-Policy"]
    assert admin.get(f"/contracts/papers/{href}").status_code == 404
    assert page.count("/contracts/papers/") == 2


@pytest.mark.either_database
def test_renewals_show_what_to_decide_by_month(admin, desk):
    today = datetime.now(UTC).date()
    soon = {
        "starts_on": str(today - timedelta(days=100)),
        "ends_on": str(today + timedelta(days=200)),
    }
    admin.post("/contracts", data=FAR | soon)
    admin.post("/contracts", data=FAR | soon | {"number": "OLD", "notice_days": "250"})
    text = admin.get("/renewals").text
    act_by = today + timedelta(days=110)

    assert act_by.strftime("%B %Y") in text
    assert (
        text.index("The day to act is past")
        < text.index("/contracts/OLD")
        < text.index("/contracts/SUP-1")
    )

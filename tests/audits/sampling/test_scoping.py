"""What narrows a scope beside its lists: value, last sighting, earlier audits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from scanner_app.domain.audits.scoping import read_narrowing, say_scope
from scanner_app.domain.errors import Invalid
from scanner_app.models import Asset
from tests.audits.steps import close, open_audit, reject_all


class TestWords:
    def test_keeps_only_what_it_says(self):
        given = {"value_from": "99.5", "value_to": "", "currency": "eur", "not_seen_for_days": "30"}

        assert read_narrowing(given).to_json() == {
            "value_from": "99.50", "currency": "EUR", "not_seen_for_days": 30,
        }  # fmt: skip
        assert read_narrowing({"currency": "EUR"}).to_json() == {}

    @pytest.mark.parametrize(
        ("given", "key"),
        [
            ({"value_from": "5"}, "scope.currency"),
            ({"value_from": "5", "currency": "Euro"}, "scope.currency"),
            ({"value_from": "x", "currency": "EUR"}, "scope.value_from"),
            ({"value_from": "5", "value_to": "4.99", "currency": "EUR"}, "scope.value_to"),
            ({"not_seen_for_days": 0}, "scope.not_seen_for_days"),
            ({"not_seen_for_days": "-1"}, "scope.not_seen_for_days"),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, given, key):
        with pytest.raises(Invalid) as error:
            read_narrowing(given)
        assert key in error.value.errors

    def test_says_a_scope_in_one_line(self):
        scope = {"locations": ["HQ"], "categories": [], "value_to": "1000", "currency": "EUR",
                 "never_audited": True, "lost": True}  # fmt: skip
        assert say_scope(scope) == (
            "locations: HQ; worth at most 1,000.00 EUR; expected by no closed audit; what is lost, too"
        )
        assert say_scope({"locations": []}) == "everything that is not retired or disposed"


def expected(api, **scope) -> list[str]:
    audit = open_audit(api, scope={"locations": ["HQ"], **scope})
    items = api.get(f"/audits/{audit}/findings").json["items"]
    return sorted(item["asset"] for item in items if item["expected"])


@pytest.mark.usefixtures("office")
def test_leaves_what_is_worth_so_much_was_not_seen_or_never_audited(api, admin, work):
    with work() as session:
        for tag, currency in (("A-1", "EUR"), ("A-2", "EUR"), ("A-3", "JPY"), ("B-1", "EUR")):
            session.execute(update(Asset).where(Asset.asset_tag == tag).values(currency=currency))
        days = timedelta(days=30)
        for tag, seen in (("A-1", datetime.now(UTC)), ("A-2", datetime.now(UTC) - days)):
            session.execute(update(Asset).where(Asset.asset_tag == tag).values(last_seen_at=seen))

    assert expected(api, value_from="100", currency="EUR") == ["A-1", "A-2"]
    assert expected(api, value_from="50", value_to="199.99", currency="EUR") == ["A-1", "B-1"]
    assert expected(api, not_seen_for_days=29, categories=[]) == ["A-2", "A-3", "B-1", "B-2", "B-3"]
    assert expected(api, not_seen_for_days=31) == ["A-3", "B-1", "B-2", "B-3"]
    room = open_audit(api, scope={"locations": ["R-1"]})
    assert expected(api, never_audited=True) == ["A-1", "A-2", "A-3", "B-1", "B-2", "B-3"]
    api.post(f"/audits/{room}/reconciliation")
    reject_all(api, room)
    close(api, room)
    assert expected(api, never_audited=True) == ["B-1", "B-2", "B-3"]

    form = {"name": "Costly", "value_from": "100", "currency": "eur", "not_seen_for_days": "7"}
    made = admin.post("/audits", data=form)
    page = admin.get(made.headers["Location"]).text
    assert "worth at least 100.00 EUR" in page
    assert "not seen for 7 days, or never" in page
    refused = admin.post("/audits", data={**form, "currency": ""})
    assert refused.status_code == 422
    assert "Enter the currency of the amounts, such as EUR." in refused.text

"""The rules of lending as pages and the API change them, and the answer to "which rule decides?"."""

from __future__ import annotations

import re
import uuid

import pytest
from sqlalchemy import select

from scanner_app.models import Act, LendingRule
from tests.support.register import add_asset, add_location, add_person


@pytest.fixture
def office(work, now):
    with work() as session:
        site = add_location(session, "HQ", "Head office", now=now)
        store = add_location(session, "ST", "Stockroom", parent=site, now=now)
        add_person(session, "1001", "Ana Wagner", now=now)
        add_asset(session, "LT-1", location=store, now=now)


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestApi:
    def test_adds_changes_and_deletes_a_rule(self, api):
        made = api.post("/loan-rules", json={"place": "HQ", "loan_days": 7})
        assert (made.status_code, made.json["loan_days"], made.json["is_default"]) == (
            201,
            7,
            False,
        )
        path = f"/loan-rules/{made.json['id']}"

        again = api.post("/loan-rules", json={"place": "HQ", "loan_days": 9})
        changed = api.put(path, json={"place": "HQ", "loan_hours": 4, "signature": "needed"})

        assert (again.status_code, again.json["code"]) == (409, "rule_exists")
        assert (changed.json["loan_days"], changed.json["loan_hours"]) == (None, 4)
        assert api.delete(path).status_code == 204
        assert api.get(path).status_code == 404

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"loan_days": 7}, "place"),
            ({"place": "NO", "loan_days": 7}, "place"),
            ({"category": "Nothing", "loan_days": 7}, "category"),
            ({"place": "HQ", "loan_days": 7, "loan_hours": 4}, "loan_hours"),
            ({"place": "HQ", "loan_days": -1}, "loan_days"),
            ({"place": "HQ", "signature": "perhaps"}, "signature"),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, api, body, field):
        answer = api.post("/loan-rules", json=body)

        assert answer.status_code == 422
        assert field in answer.json["errors"]

    def test_refuses_a_rule_that_says_nothing(self, api):
        assert api.post("/loan-rules", json={"place": "HQ"}).status_code == 422

    def test_keeps_the_default_rule(self, api):
        [default] = api.get("/loan-rules").json["items"]

        answer = api.delete(f"/loan-rules/{default['id']}")

        assert default["is_default"]
        assert answer.status_code == 409

    def test_tells_which_rule_decides(self, api):
        [default] = api.get("/loan-rules").json["items"]
        api.put(f"/loan-rules/{default['id']}", json={"loan_days": 14, "most_items": 5})
        rule = api.post("/loan-rules", json={"place": "ST", "loan_days": 3}).json["id"]

        found = api.get("/loan-rules/resolved?asset=LT-1&person=1001").json

        decided = {one["column"]: (one["value"], one["rule"]) for one in found["columns"]}
        assert decided["loan_days"] == ("3 days", rule)
        assert decided["most_items"] == ("5 things", default["id"])
        assert decided["extensions"] == ("no limit", None)

    def test_notes_who_changed_what(self, api, work):
        api.post("/loan-rules", json={"place": "HQ", "loan_days": 7})

        with work() as session:
            act = session.scalars(select(Act).where(Act.kind == "lending_changed")).one()
            assert act.about["changes"]["loan_days"] == ["", "7 days"]


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestPages:
    def test_saves_a_rule_and_shows_who_decides(self, admin):
        admin.post("/lending/new", data={"place": "ST", "loan_days": "3"})
        text = admin.get("/lending?asset=LT-1").text

        assert "Days: 3 days" in text
        assert re.search(
            r"3 days</td>\s*<td[^>]*><a href=\"/lending/\d+\"><bdi>Head office / Stockroom", text
        )

    def test_keeps_what_was_typed_beside_what_is_wrong(self, admin):
        answer = admin.post("/lending/new", data={"place": "ST", "loan_days": "soon"})

        assert answer.status_code == 422
        assert 'value="soon"' in answer.text
        assert "Enter a whole number from 0 to 3,650." in answer.text

    def test_closes_days_and_opens_them_again(self, admin, work):
        admin.post(
            "/lending/closed-days",
            data={"first": "2030-12-24", "last": "2030-12-26", "name": "Holidays"},
        )
        text = admin.get("/lending").text
        found = re.findall(r"/lending/closed-days/(\d+)/removal", text)
        admin.post(f"/lending/closed-days/{found[0]}/removal")

        assert len(found) == 3
        assert len(re.findall(r"/lending/closed-days/\d+/removal", admin.get("/lending").text)) == 2

    @pytest.mark.parametrize(
        ("zone", "status"), [("Europe/Berlin", 303), ("Europe/Atlantis", 422), ("", 303)]
    )
    def test_takes_a_time_zone_that_exists(self, admin, zone, status):
        answer = admin.post("/lending/zones", data={"zone_place": "HQ", "zone": zone})

        assert answer.status_code == status

    def test_extends_and_hands_on_from_the_page_of_an_asset(self, admin, api, now):
        scan = {
            "scan_id": str(uuid.uuid4()),
            "code": "LT-1",
            "intent": "check_out",
            "scanned_at": now.isoformat(),
            "custodian": "1001",
        }
        api.post("/scans", json={"scans": [scan]})

        admin.post("/loans/extend", data={"asset_tag": "LT-1", "due_on": "2031-01-10"})
        text = admin.get("/assets/LT-1").text
        admin.post(
            "/loans/transfer", data={"asset_tag": "LT-1", "person": "1001", "back_to": "1001"}
        )
        person = admin.get("/people/1001").text

        assert "due back" in text
        assert "Extend or hand on" in text
        assert "is with Ana Wagner already." in person

    @pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
    def test_extends_to_no_day_at_the_end_of_time(self, admin, day):
        for zone, before in (("America/New_York", "UTC"), ("Asia/Tokyo", "America/New_York")):
            admin.post("/settings", data={"time_zone": zone, "seen_time_zone": before})
            answer = admin.post("/loans/extend", data={"asset_tag": "LT-1", "due_on": day})
            assert answer.status_code == 303


class TestCategories:
    def test_keep_their_rules_when_they_are_merged(self, api, admin, work):
        api.post("/assets", json={"asset_tag": "C-1", "category": "Camera"})
        api.post("/assets", json={"asset_tag": "C-2", "category": "Cameras"})
        api.post("/loan-rules", json={"category": "Camera", "loan_days": 2})
        admin.post(
            "/admin/values",
            data={"kind": "category", "old": "Camera", "new": "Cameras", "step": "apply"},
        )

        rules = [rule for rule in api.get("/loan-rules").json["items"] if not rule["is_default"]]
        assert [(rule["category"], rule["loan_days"]) for rule in rules] == [("Cameras", 2)]
        with work() as session:
            assert session.scalars(select(LendingRule.selectors)).all()[-1].startswith("||")

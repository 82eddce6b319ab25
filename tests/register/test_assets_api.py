"""The register over HTTP: assets listed, created, changed, and their history."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import STEPS, Stage
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location, add_person

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def fill_office(session: Session) -> None:
    site = add_location(session, "HQ", "Headquarters", now=NOW)
    room = add_location(session, "R-1", "Room 1", parent=site, now=NOW)
    add_location(session, "R-2", "Room 2", parent=site, now=NOW)
    ana = add_person(session, "1001", "Ana Lima", badge="B-77", email="ana@example.org", now=NOW)
    add_asset(
        session,
        "LT-1",
        name="Laptop one",
        serial="C02XYZ",
        location=room,
        home=room,
        custodian=ana,
        status=Stage.IN_USE,
        cost=123450,
        identifiers=[("epc", "3034257BF7194E4000001A85")],
        now=NOW,
    )
    add_asset(session, "LT-2", name="Laptop two", location=room, now=NOW)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


def problem(response, status: int) -> dict:
    assert response.status_code == status, response.get_json()
    assert response.content_type == "application/problem+json"
    body = response.get_json()
    assert body["status"] == status
    assert body["detail"]
    return body


FIELDS = {
    "asset_tag", "name", "serial_number", "category", "manufacturer", "model", "status",
    "location", "home_location", "custodian", "purchase_date", "purchase_cost", "currency",
    "supplier", "order_number", "warranty_months", "eol_date", "notes", "identifiers", "custom",
    "custodian_name", "location_name", "last_seen_at", "last_seen_location", "due_at", "condition",
}  # fmt: skip


class TestGetAsset:
    def test_gives_every_field_of_the_contract(self, api, office):
        asset = api.get("/assets/lt-1").get_json()

        assert asset.keys() >= FIELDS
        assert asset["asset_tag"] == "LT-1"
        assert asset["custodian"] == "1001"
        assert asset["custodian_name"] == "Ana Lima"
        assert (asset["location"], asset["location_name"]) == ("R-1", "Room 1")
        assert asset["purchase_cost"] == "1234.50"
        assert {"scheme": "epc", "value": "3034257BF7194E4000001A85"} in asset["identifiers"]

    @pytest.mark.parametrize("tag", ["nope", "a%00b", "%ED%A0%80", "x" * 3000, "LT-1/more"])
    def test_answers_404_for_what_is_no_tag(self, api, office, tag):
        problem(api.get(f"/assets/{tag}"), 404)

    def test_finds_a_tag_with_a_slash(self, api, work):
        with work() as session:
            add_asset(session, "IT/2024/7", now=NOW)

        assert api.get("/assets/IT/2024/7").get_json()["asset_tag"] == "IT/2024/7"
        assert api.get("/assets/IT%2F2024%2F7/history").status_code == 200


BAD_FIELDS = [
    ("asset_tag", ""),
    ("asset_tag", "a\x00b"),
    ("asset_tag", "x" * 65),
    ("asset_tag", "A\u202eB"),
    ("asset_tag", 5),
    ("status", "lost"),
    ("location", "nowhere"),
    ("custodian", "nobody"),
    ("purchase_cost", "1.234"),
    ("purchase_cost", "-1"),
    ("purchase_cost", "1e999999"),
    ("purchase_cost", "NaN"),
    ("purchase_cost", True),
    ("purchase_cost", 10**15),
    ("purchase_date", "yesterday"),
    ("warranty_months", 1.5),
    ("warranty_months", 10**9),
    ("currency", "euro"),
    ("identifiers", [{"scheme": "badge", "value": "1"}]),
    ("identifiers", [{"scheme": "epc", "value": "1", "is_admin": True}]),
    ("custom", {"Serial": "x"}),
    ("custom", {"A": ["x"]}),
    ("id", 7),
    ("created_at", "2020-01-01T00:00:00Z"),
    ("last_seen_at", "2020-01-01T00:00:00Z"),
]


class TestPostAsset:
    def test_takes_every_field_and_gives_it_back(self, api, office):
        sent = {
            "asset_tag": "NB-7",
            "name": "Notebook",
            "serial_number": "SN-7",
            "category": "Laptops",
            "manufacturer": "Lenovo",
            "model": "ThinkPad T14",
            "model_number": "20W0",
            "status": "in_use",
            "location": "R-2",
            "home_location": "R-1",
            "custodian": "1001",
            "purchase_date": "2025-05-01",
            "purchase_cost": "1499.90",
            "currency": "EUR",
            "supplier": "Shop",
            "order_number": "PO-1",
            "warranty_months": 36,
            "eol_date": "2029-05-01",
            "notes": "two\nlines",
            "identifiers": [{"scheme": "epc", "value": "aabb"}],
            "custom": {"Colour": "grey"},
        }

        created = api.post("/assets", json=sent)

        assert created.status_code == 201
        body = created.get_json()
        codes = body.pop("identifiers")
        assert {name: body[name] for name in sent if name != "identifiers"} == {
            name: value for name, value in sent.items() if name != "identifiers"
        }
        assert codes == [
            {"scheme": "tag", "value": "NB-7"},
            {"scheme": "serial", "value": "SN-7"},
            {"scheme": "epc", "value": "AABB"},
        ]
        assert api.get("/assets/nb-7").get_json() == {**body, "identifiers": codes}

    @pytest.mark.parametrize("custodian", ["1001", "ANA@example.org", "b-77"])
    def test_finds_the_custodian_by_number_mail_or_badge(self, api, office, custodian):
        body = api.post("/assets", json={"asset_tag": "X", "custodian": custodian}).get_json()

        assert (body["custodian"], body["status"]) == ("1001", "in_use")

    def test_refuses_a_field_with_its_name(self, api, office):
        for field, value in BAD_FIELDS:
            body = problem(api.post("/assets", json={"asset_tag": "X-1", field: value}), 422)

            assert any(name.split(".")[0] == field for name in body["errors"]), (field, value, body)
        problem(api.get("/assets/X-1"), 404)

    def test_refuses_a_tag_that_is_taken(self, api, office):
        assert problem(api.post("/assets", json={"asset_tag": "lt-1"}), 409)["code"] == "tag_taken"

    def test_takes_a_number_as_money_to_the_cent(self, api):
        body = api.post("/assets", json={"asset_tag": "X", "purchase_cost": 0.1}).get_json()

        assert body["purchase_cost"] == "0.10"

    @pytest.mark.parametrize("role", ["technician", "viewer", "auditor", "reader", "approver"])
    def test_is_not_for_roles_that_do_not_edit(self, api_as, role):
        problem(api_as(role).post("/assets", json={"asset_tag": "X"}), 403)

    def test_uses_a_model_that_is_known(self, api):
        for tag, model in (("A", "ThinkPad T14"), ("B", "thinkpad t14")):
            api.post("/assets", json={"asset_tag": tag, "model": model, "manufacturer": "Lenovo"})
        api.post("/assets", json={"asset_tag": "C", "model": "ThinkPad T14"})

        models = [api.get(f"/assets/{tag}").get_json() for tag in "ABC"]
        assert {(m["model"], m["manufacturer"]) for m in models} == {("ThinkPad T14", "Lenovo")}


class TestPatchAsset:
    def test_changes_what_is_named_and_nothing_else(self, api, office):
        before = api.get("/assets/LT-1").get_json()

        after = api.patch("/assets/LT-1", json={"notes": "dented", "location": "R-2"}).get_json()

        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"notes", "location", "location_name", "updated_at"}

    def test_with_what_get_answered_changes_nothing(self, api, office):
        before = api.get("/assets/LT-1").get_json()
        read_only = {
            "custodian_name", "location_name", "last_seen_at", "last_seen_location", "due_at",
            "condition", "lost_since", "created_at", "updated_at",
        }  # fmt: skip

        sent = {name: value for name, value in before.items() if name not in read_only}
        after = api.patch("/assets/LT-1", json=sent).get_json()

        assert after == before
        assert len(api.get("/assets/LT-1/history").get_json()["items"]) == 3

    def test_renames_and_keeps_the_asset(self, api, office):
        assert api.patch("/assets/LT-1", json={"asset_tag": "NEW-1"}).status_code == 200

        problem(api.get("/assets/LT-1"), 404)
        assert api.get("/assets/NEW-1").get_json()["serial_number"] == "C02XYZ"

    def test_sets_all_further_codes_and_keeps_tag_and_serial(self, api, office):
        sent = {"identifiers": [{"scheme": "alias", "value": "old 7"}]}

        codes = api.patch("/assets/LT-1", json=sent).get_json()["identifiers"]

        assert [(code["scheme"], code["value"]) for code in codes] == [
            ("tag", "LT-1"),
            ("serial", "C02XYZ"),
            ("alias", "OLD 7"),
        ]

    def test_merges_custom_fields(self, api, office):
        api.patch("/assets/LT-1", json={"custom": {"A": "1", "B": 2}})

        body = api.patch("/assets/LT-1", json={"custom": {"A": None, "C": True}}).get_json()

        assert body["custom"] == {"B": "2", "C": "yes"}

    def test_follows_the_steps_of_the_lifecycle(self, api, work):
        pairs = [(current, wanted) for current in Stage for wanted in Stage]
        with work() as session:
            for number, (current, _) in enumerate(pairs):
                add_asset(session, f"S-{number}", status=current, now=NOW)

        for number, (current, wanted) in enumerate(pairs):
            response = api.patch(f"/assets/S-{number}", json={"status": wanted.value})

            if wanted is current or wanted in STEPS[current]:
                assert response.get_json()["status"] == wanted.value
            else:
                assert problem(response, 409)["code"] == "no_such_step"
                assert api.get(f"/assets/S-{number}").get_json()["status"] == current.value

    def test_gives_and_takes_as_a_checkout_and_a_checkin_do(self, api, office):
        given = api.patch("/assets/LT-2", json={"custodian": "1001"}).get_json()
        taken = api.patch("/assets/LT-2", json={"custodian": None}).get_json()

        assert (given["status"], given["custodian"]) == ("in_use", "1001")
        assert (taken["status"], taken["custodian"]) == ("in_stock", None)

    def test_ends_custody_where_nobody_can_hold_the_asset(self, api, office):
        body = api.patch("/assets/LT-1", json={"status": "retired"}).get_json()

        assert (body["status"], body["custodian"]) == ("retired", None)
        again = api.patch("/assets/LT-1", json={"custodian": "1001"})
        assert problem(again, 409)["code"] == "asset_retired"

    def test_refuses_an_empty_tag_and_a_foreign_field(self, api, office):
        assert (
            "asset_tag"
            in problem(api.patch("/assets/LT-1", json={"asset_tag": None}), 422)["errors"]
        )
        assert "site_id" in problem(api.patch("/assets/LT-1", json={"site_id": 1}), 422)["errors"]

    def test_says_that_there_is_no_such_asset(self, api):
        problem(api.patch("/assets/none", json={"name": "x"}), 404)


BAD_QUERIES = [
    "sort=name;select",
    "sort=(select 1)",
    "limit=0",
    "limit=501",
    "limit=1e9",
    "limit=99999999999999999999",
    "limit=-1",
    "cursor=forged",
    "cursor=WyJ0YWciLCAiQSIsIDFd0",
    "cursor=WyJ0YWciLCAiQSIsIDk5OTk5OTk5OTk5OTk5OV0",
    "cursor=%00",
    "status=lost",
    "q=%00",
]


class TestListAssets:
    def test_pages_through_everything_once(self, api, work):
        with work() as session:
            for number in range(25):
                add_asset(session, f"T-{number:02d}", name=f"n{number % 3}", now=NOW)

        for sort in ("tag", "-tag", "name", "-name", "updated", "-updated"):
            seen, cursor = [], ""
            while cursor is not None:
                page = api.get(f"/assets?limit=7&sort={sort}&cursor={cursor}").get_json()
                seen += [item["asset_tag"] for item in page["items"]]
                cursor = page["next"]
            assert len(seen) == 25
            assert len(set(seen)) == 25

    def test_pages_through_all_that_share_a_serial(self, api, work):
        with work() as session:
            for number in range(9):
                add_asset(session, f"T-{number}", serial="DEFAULT", now=NOW)

        seen, cursor = [], ""
        while cursor is not None:
            page = api.get(f"/assets?q=default&limit=2&sort=-name&cursor={cursor}").get_json()
            seen += [item["asset_tag"] for item in page["items"]]
            cursor = page["next"]

        assert seen == [f"T-{number}" for number in range(9)]

    def test_narrows_by_status_place_with_inside_and_custodian(self, api, office):
        def tags(query):
            return [item["asset_tag"] for item in api.get(f"/assets?{query}").get_json()["items"]]

        assert tags("status=in_use") == ["LT-1"]
        assert tags("location=hq") == ["LT-1", "LT-2"]
        assert tags("location=R-2") == []
        assert tags("custodian=1001") == ["LT-1"]
        assert tags("q=two") == ["LT-2"]

    def test_refuses_what_it_does_not_know(self, api):
        for query in BAD_QUERIES:
            problem(api.get(f"/assets?{query}"), 422)

    def test_refuses_a_cursor_of_another_order(self, api, office):
        cursor = api.get("/assets?limit=1").get_json()["next"]

        problem(api.get(f"/assets?limit=1&sort=name&cursor={cursor}"), 422)


class TestHistory:
    def test_tells_scans_changes_and_spans_in_one_order(self, api, office):
        moment = datetime.now(UTC)

        def scan(number, **fields):
            return {
                "scan_id": str(uuid.uuid4()),
                "code": "LT-1",
                "scanned_at": (moment + timedelta(milliseconds=number)).isoformat(),
                **fields,
            }

        scans = [
            scan(1, intent="check_in", location="R-2"),
            scan(2, intent="check_in"),
            scan(3, intent="sighting", location="R-1"),
        ]
        scans.append(scan(4, intent="void", voids=scans[2]["scan_id"]))
        assert api.post("/scans", json={"scans": scans}).status_code == 200
        api.patch("/assets/LT-1", json={"notes": "x"})

        items = api.get("/assets/LT-1/history").get_json()["items"]

        told = [(item["kind"], item["details"].get("outcome"), item["is_undone"]) for item in items]
        assert ("scan", "refused", False) in told
        assert ("scan", "noted", True) in told
        assert ("change", None, False) in told
        assert [item["at"] for item in items] == sorted((i["at"] for i in items), reverse=True)
        custody = next(item for item in items if item["kind"] == "custody")
        assert custody["ended_at"] is not None
        places = [i["details"]["location"] for i in items if i["kind"] == "placement"]
        assert places == ["R-2", "R-1"]
        change = next(i for i in items if i["details"].get("change") == "edited")
        assert change["details"]["changes"] == {"notes": [None, "x"]}
        assert change["actor"] == "test admin"

    def test_pages_without_loss(self, api, office):
        for number in range(6):
            api.patch("/assets/LT-1", json={"notes": str(number)})
        whole = api.get("/assets/LT-1/history").get_json()["items"]

        seen, cursor = [], ""
        while cursor is not None:
            page = api.get(f"/assets/LT-1/history?limit=2&cursor={cursor}").get_json()
            seen += page["items"]
            cursor = page["next"]

        assert seen == whole

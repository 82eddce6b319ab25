"""An audit from its scope to its sealed report, through the API."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.edge.state import app_state
from scanner_app.models import Asset, RegisterChange
from scanner_app.storage.database import reading
from tests.audits.steps import START, decide, later, open_audit, scan, state_of
from tests.support.register import add_asset, add_location


@pytest.mark.usefixtures("office")
class TestFindings:
    def test_findings_start_as_missing_and_follow_the_scans(self, api):
        audit = open_audit(api)

        assert scan(api, "A-1", audit)["finding"] == {"state": "verified", "flags": []}
        assert scan(api, "A-2", audit, "R-1-S")["finding"]["state"] == "verified"
        assert scan(api, "B-1", audit)["finding"]["state"] == "misplaced"
        assert scan(api, "FAR-1", audit)["finding"]["state"] == "unexpected"
        assert scan(api, "OLD-1", audit)["finding"] == {"state": "unexpected", "flags": ["retired"]}
        assert scan(api, "NOBODY", audit)["finding"]["state"] == "unregistered"
        counts = api.get(f"/audits/{audit}").json["counts"]
        assert counts == {
            "expected": 6,
            "verified": 2,
            "misplaced": 1,
            "missing": 3,
            "unexpected": 2,
            "unregistered": 1,
        }

    def test_accuracy_follows_the_definitions(self, api):
        audit = open_audit(api)
        scan(api, "A-3", audit)
        scan(api, "B-1", audit)
        scan(api, "NOBODY", audit)

        accuracy = api.get(f"/audits/{audit}").json["accuracy"]

        assert accuracy == {
            "existence": round(2 / 6, 6),
            "location_accuracy": round(1 / 6, 6),
            "register_completeness": round(2 / 3, 6),
            "existence_by_value": round(350 / 750, 6),
            "location_accuracy_by_value": round(300 / 750, 6),
        }

    def test_accuracy_of_nothing_is_not_applicable(self, api, work):
        with work() as session:
            add_location(session, "EMPTY", "Empty room", now=START)
        audit = open_audit(api, scope={"locations": ["EMPTY"]})

        accuracy = api.get(f"/audits/{audit}").json["accuracy"]

        assert set(accuracy.values()) == {None}

    def test_the_newest_sighting_decides_whatever_arrives_last(self, api):
        audit = open_audit(api)
        scan(api, "A-1", audit, "R-2", minute=9)

        late = scan(api, "A-1", audit, "R-1", minute=3)

        assert late["finding"]["state"] == "misplaced"
        assert state_of(api, audit, "A-1")[0] == "misplaced"

    def test_a_second_sighting_is_answered_as_already_scanned(self, api):
        audit = open_audit(api)
        scan(api, "A-1", audit)

        again = scan(api, "A-1", audit, minute=1)

        assert (again["answer"], again["finding"]["state"]) == ("already_scanned", "verified")

    def test_another_custodian_is_flagged(self, api):
        audit = open_audit(api)

        result = scan(api, "B-1", audit, "R-2", custodian="1002")

        assert result["finding"] == {"state": "verified", "flags": ["wrong_custodian"]}

    def test_an_undo_removes_the_sighting(self, api):
        audit = open_audit(api)
        seen, odd = scan(api, "A-1", audit), scan(api, "FAR-1", audit)

        for one in (seen, odd):
            scan(api, "undo", audit=audit, location=None, intent="void", voids=one["scan_id"])

        assert state_of(api, audit, "A-1")[0] == "missing"
        assert api.get(f"/audits/{audit}").json["counts"]["unexpected"] == 0

    def test_the_expected_list_is_frozen(self, api):
        audit = open_audit(api)

        api.post(
            "/scans",
            json={
                "scans": [
                    {
                        "scan_id": str(uuid.uuid4()),
                        "code": "A-1",
                        "intent": "move",
                        "location": "AWAY",
                        "scanned_at": (START + timedelta(hours=1)).isoformat(),
                    }
                ]
            },
        )

        assert scan(api, "A-1", audit, "R-1", minute=5)["finding"]["state"] == "verified"

    def test_a_scan_for_an_audit_that_is_not_counting_is_kept(self, api):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")

        result = scan(api, "A-1", audit, scanned_at=later())

        assert (result["outcome"], result["refusal"]) == ("refused", "audit_not_counting")
        assert result["message"].endswith("was saved but will not be counted.")
        assert state_of(api, audit, "A-1")[0] == "missing"

    def test_an_undo_after_counting_ended_says_that_nothing_was_undone(self, api):
        audit = open_audit(api)
        counted = scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/reconciliation")

        undo = scan(
            api, "A-1", audit, None, intent="void", voids=counted["scan_id"], scanned_at=later()
        )

        assert (undo["outcome"], undo["refusal"]) == ("refused", "audit_not_counting")
        assert undo["message"].startswith("Counting has ended, so the scan of A-1 ")
        assert undo["message"].endswith(" was not undone. Tell an auditor.")
        assert state_of(api, audit, "A-1")[0] == "verified"


@pytest.mark.usefixtures("office")
class TestClosure:
    def reconcile(self, api) -> int:
        audit = open_audit(api)
        for tag in ("A-1", "A-2"):
            scan(api, tag, audit)
        for tag in ("B-1", "B-2"):
            scan(api, tag, audit, "R-2")
        scan(api, "B-3", audit, "R-1")
        scan(api, "STICKER-9", audit, "R-1")
        answer = api.post(f"/audits/{audit}/reconciliation")
        assert answer.json["proposals"] == {"decided": 0, "total": 3}
        return audit

    def test_closing_is_refused_while_a_proposal_is_undecided(self, api):
        audit = self.reconcile(api)

        answer = api.post(f"/audits/{audit}/closure")

        assert (answer.status_code, answer.json["code"]) == (409, "undecided_findings")
        assert "Accept or reject each first" in answer.json["detail"]

    def test_closing_applies_what_was_accepted_and_nothing_else(self, api, app):
        audit = self.reconcile(api)
        assert decide(api, audit, "B-3", "accept").status_code == 200
        assert decide(api, audit, "A-3", "reject", "on loan").status_code == 200
        assert (
            decide(
                api,
                audit,
                "STICKER-9",
                "accept",
                asset={"asset_tag": "NEW-1", "name": "Found laptop"},
            ).status_code
            == 200
        )

        answer = api.post(f"/audits/{audit}/closure")

        assert (answer.status_code, answer.json["state"]) == (200, "closed")
        assert api.get("/assets/B-3").json["location"] == "R-1"
        assert api.get("/assets/A-3").json["status"] == "in_stock"
        assert api.get("/assets/NEW-1").json["location"] == "R-1"
        with app.app_context(), reading() as session:
            changes = session.scalar(
                select(func.count())
                .select_from(RegisterChange)
                .where(RegisterChange.audit_id == audit)
            )
        assert changes == 1

    def test_closing_marks_missing_assets_as_missing(self, api):
        audit = self.reconcile(api)
        for tag, decision in (("A-3", "accept"), ("B-3", "reject"), ("STICKER-9", "reject")):
            decide(api, audit, tag, decision)

        api.post(f"/audits/{audit}/closure")

        assert api.get("/assets/A-3").json["status"] == "missing"

    def test_closing_does_everything_or_nothing(self, api, app, work):
        audit = self.reconcile(api)
        decide(api, audit, "B-3", "accept")
        decide(api, audit, "A-3", "accept")
        decide(api, audit, "STICKER-9", "accept", asset={"asset_tag": "NEW-1"})
        with work() as session:
            add_asset(session, "NEW-1", now=START)

        answer = api.post(f"/audits/{audit}/closure")

        assert answer.status_code == 409
        assert api.get(f"/audits/{audit}").json["state"] == "reconciling"
        assert api.get("/assets/A-3").json["status"] == "in_stock"

    def test_a_rejection_needs_a_reason(self, api):
        audit = self.reconcile(api)

        answer = decide(api, audit, "A-3", "reject", None)

        assert (answer.status_code, list(answer.json["errors"])) == (422, ["reason"])

    def test_an_audit_is_closed_once_if_many_close_it_together(self, api, app):
        audit = self.reconcile(api)
        for tag in ("A-3", "B-3", "STICKER-9"):
            decide(api, audit, tag, "reject")
        answers: list[int] = []

        def close() -> None:
            client = type(api)(app.test_client(), "")
            client.headers = api.headers
            answers.append(client.post(f"/audits/{audit}/closure").status_code)

        threads = [threading.Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answers) == [200, 409, 409, 409]

    def test_a_closed_audit_cannot_be_changed(self, api, work):
        audit = self.reconcile(api)
        for tag in ("A-3", "B-3", "STICKER-9"):
            decide(api, audit, tag, "reject")
        api.post(f"/audits/{audit}/closure")

        assert decide(api, audit, "A-3", "accept").json["code"] == "audit_closed"
        assert api.post(f"/audits/{audit}/counting").status_code == 409
        assert "closed already" in api.post(f"/audits/{audit}/closure").json["detail"]
        for statement in (
            f"UPDATE audit SET name = 'x' WHERE id = {audit}",
            f"DELETE FROM finding WHERE audit_id = {audit}",
            f"UPDATE finding SET state = 'verified' WHERE audit_id = {audit}",
            "UPDATE seal SET sha256 = 'x'",
        ):
            with pytest.raises(DBAPIError), work() as session:
                session.execute(text(statement))

    def test_a_revision_sets_up_the_next_audit(self, api):
        audit = self.reconcile(api)
        assert api.post(f"/audits/{audit}/revision").status_code == 409
        for tag in ("A-3", "B-3", "STICKER-9"):
            decide(api, audit, tag, "reject")
        api.post(f"/audits/{audit}/closure")

        answer = api.post(f"/audits/{audit}/revision")

        assert (answer.status_code, answer.json["state"], answer.json["revises"]) == (
            201,
            "draft",
            audit,
        )


@pytest.mark.usefixtures("office")
class TestScope:
    def test_expects_only_assets_in_its_locations_and_categories(self, api):
        for scope, expected in (
            ({}, 7),
            ({"locations": ["R-1"]}, 3),
            ({"locations": ["HQ"]}, 6),
            ({"custodians": ["1001"]}, 3),
            ({"statuses": ["retired"]}, 1),
            ({"locations": ["R-2"], "custodians": ["1001"]}, 3),
        ):
            audit = open_audit(api, scope=scope)

            assert api.get(f"/audits/{audit}").json["counts"]["expected"] == expected, scope

    @pytest.mark.parametrize("part", ["locations", "categories", "custodians", "statuses"])
    def test_a_scope_names_at_most_a_thousand_of_each(self, api, part):
        names = ["in_stock"] * 1000 if part == "statuses" else [f"N-{n}" for n in range(1000)]

        at_limit = api.post("/audits", json={"name": "X", "scope": {part: names}})
        above = api.post("/audits", json={"name": "X", "scope": {part: [*names, names[0]]}})

        if part == "statuses":
            assert at_limit.status_code == 201
        else:
            assert "There is no" in str(at_limit.json["errors"])  # each was looked for
        assert above.status_code == 422
        assert "at most 1,000" in str(above.json["errors"]), above.json

    def test_a_scope_that_names_something_unknown_is_refused(self, api):
        for scope, field in (
            ({"locations": ["NOWHERE"]}, "scope.locations"),
            ({"categories": ["X"]}, "scope.categories"),
            ({"custodians": ["9"]}, "scope.custodians"),
            ({"statuses": ["burnt"]}, "scope.statuses.0"),
            ({"rooms": []}, "scope.rooms"),
        ):
            answer = api.post("/audits", json={"name": "X", "scope": scope})

            assert answer.status_code == 422, scope
            assert field in answer.json["errors"], answer.json

    def test_closing_needs_a_second_person_if_the_setting_says_so(self, api, app):
        app_state(app).settings = type(app_state(app).settings)(
            **{f: getattr(app_state(app).settings, f) for f in app_state(app).settings.__slots__}
            | {"closure_needs_two": True}
        )
        audit = open_audit(api, scope={"locations": ["AWAY"]})
        scan(api, "FAR-1", audit, "AWAY")
        api.post(f"/audits/{audit}/reconciliation")

        answer = api.post(f"/audits/{audit}/closure")

        assert (answer.status_code, answer.json["code"]) == (409, "second_person_required")
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Asset.id))) == 8

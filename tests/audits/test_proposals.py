"""Proposals follow the register of today; a decision that it has overtaken is not applied."""

from __future__ import annotations

import pytest

from tests.audits.steps import START, close, decide, find, open_audit, reject_all, scan
from tests.support.register import add_asset, add_location


@pytest.mark.usefixtures("office")
class TestProposals:
    def test_proposals_name_what_they_would_set(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1", custodian="1002")
        api.post(f"/audits/{audit}/reconciliation")

        found = find(api, audit, "B-1")

        assert (found["proposal"], found["proposed"]) == (
            "move",
            {"location": "R-1", "custodian": "1002"},
        )

    def test_nothing_is_proposed_for_what_a_scan_has_moved_already(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1", intent="move")
        api.post(f"/audits/{audit}/reconciliation")

        found = find(api, audit, "B-1")

        assert (found["state"], found["proposal"]) == ("misplaced", None)

    def test_a_missing_asset_that_is_seen_is_taken_back(self, api, work):
        api.patch("/assets/A-1", json={"status": "missing"})
        audit = open_audit(api)
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/reconciliation")
        assert find(api, audit, "A-1")["proposal"] == "reinstate"
        decide(api, audit, "A-1", "accept")
        reject_all(api, audit)

        close(api, audit)

        assert api.get("/assets/A-1").json["status"] == "in_stock"

    def test_a_retired_asset_that_is_seen_is_taken_back(self, api):
        audit = open_audit(api)
        scan(api, "OLD-1", audit, "R-2")
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "OLD-1", "accept")
        reject_all(api, audit)

        close(api, audit)

        asset = api.get("/assets/OLD-1").json
        assert (asset["status"], asset["location"]) == ("in_stock", "R-2")

    def test_an_asset_is_assigned_to_the_person_it_was_seen_with(self, api):
        audit = open_audit(api)
        scan(api, "A-1", audit, "R-1", custodian="1002")
        api.post(f"/audits/{audit}/reconciliation")
        assert find(api, audit, "A-1")["proposal"] == "reassign"
        decide(api, audit, "A-1", "accept")
        reject_all(api, audit)

        close(api, audit)

        asset = api.get("/assets/A-1").json
        assert (asset["custodian"], asset["status"]) == ("1002", "in_use")
        history = api.get("/assets/A-1/history").json
        assert "audited" in str(history)

    def test_a_decision_is_kept_through_more_counting_if_its_proposal_is_the_same(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "B-1", "accept")
        decide(api, audit, "A-1", "accept")

        api.post(f"/audits/{audit}/counting")
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/reconciliation")

        assert find(api, audit, "B-1")["decision"] == "accept"
        assert (find(api, audit, "A-1")["proposal"], find(api, audit, "A-1")["decision"]) == (
            None,
            None,
        )

    def test_a_decision_falls_with_its_proposal_when_the_asset_is_counted_elsewhere(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1", minute=1)
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "B-1", "accept")

        api.post(f"/audits/{audit}/counting")
        scan(api, "B-1", audit, "R-1-S", minute=2)
        api.post(f"/audits/{audit}/reconciliation")

        found = find(api, audit, "B-1")
        assert (found["proposal"], found["decision"]) == ("move", None)

    @pytest.mark.parametrize(
        ("change", "proposal"),
        [
            ({"custodian": "1002"}, "move"),
            ({"status": "in_maintenance"}, "move"),
            ({"name": "Other"}, "move"),
            ({"location": "AWAY"}, None),
            ({"location": "R-1"}, None),
        ],
        ids=lambda value: str(value),
    )
    def test_only_a_later_move_says_that_the_register_knows_better(self, api, change, proposal):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1")

        assert api.patch("/assets/B-1", json=change).status_code == 200
        api.post(f"/audits/{audit}/reconciliation")

        assert find(api, audit, "B-1")["proposal"] == proposal

    def test_a_move_before_the_count_does_not_say_so(self, api):
        audit = open_audit(api)
        scan(api, "B-1", None, "AWAY", minute=1, intent="move")
        scan(api, "B-1", audit, "R-1", minute=2)
        api.post(f"/audits/{audit}/reconciliation")

        assert find(api, audit, "B-1")["proposal"] == "move"

    def test_decisions_that_the_register_has_overtaken_are_undecided_again(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "B-1", "accept")
        decide(api, audit, "A-1", "accept")
        reject_all(api, audit)
        api.patch("/assets/B-1", json={"location": "AWAY"})

        refused = api.post(f"/audits/{audit}/closure")

        assert (refused.status_code, refused.json["code"]) == (409, "register_changed")
        assert "B-1" in refused.json["detail"]
        assert api.get("/assets/A-1").json["status"] == "in_stock"
        assert find(api, audit, "B-1")["proposal"] is None
        close(api, audit)
        assert api.get("/assets/B-1").json["location"] == "AWAY"
        assert api.get("/assets/A-1").json["status"] == "missing"

    def test_the_scanned_code_becomes_a_code_of_the_new_asset(self, api):
        audit = open_audit(api)
        scan(api, "sticker-9", audit, "R-2")
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "sticker-9", "accept", asset={"asset_tag": "NEW-1", "name": "Found"})
        reject_all(api, audit)

        close(api, audit)

        known = api.get("/identify?code=STICKER-9").json
        assert (known["kind"], known["asset"]["asset_tag"]) == ("asset", "NEW-1")


@pytest.mark.usefixtures("office")
class TestDecisions:
    def test_many_decisions_are_made_together_or_not_at_all(self, api, app):
        audit = open_audit(api)
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/reconciliation")
        good, none = find(api, audit, "A-2")["id"], find(api, audit, "A-1")["id"]

        answer = api.patch(f"/audits/{audit}/findings/{none}", json={"decision": "accept"})

        assert answer.status_code == 422
        assert find(api, audit, "A-2")["decision"] is None
        assert api.patch(
            f"/audits/{audit + 1}/findings/{good}", json={"decision": "accept"}
        ).status_code == 404  # fmt: skip

    def test_a_taken_tag_is_refused_when_it_is_entered(self, api):
        audit = open_audit(api)
        scan(api, "STICKER-9", audit)
        api.post(f"/audits/{audit}/reconciliation")

        taken = decide(api, audit, "STICKER-9", "accept", asset={"asset_tag": "a-1"})

        assert (taken.status_code, taken.json["code"]) == (409, "tag_taken")

    def test_a_new_asset_needs_its_tag(self, api):
        audit = open_audit(api)
        scan(api, "STICKER-9", audit)
        api.post(f"/audits/{audit}/reconciliation")

        assert decide(api, audit, "STICKER-9", "accept").status_code == 422
        answer = decide(api, audit, "STICKER-9", "accept", asset={"asset_tag": "N-1", "x": 1})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["asset.x"])

    def test_only_auditors_may_decide(self, api, api_as):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")
        one = find(api, audit, "A-1")["id"]

        for role, status in (("technician", 403), ("approver", 403), ("auditor", 200)):
            answer = api_as(role).patch(
                f"/audits/{audit}/findings/{one}", json={"decision": "accept"}
            )
            assert answer.status_code == status, role


@pytest.mark.usefixtures("office")
class TestRevision:
    def test_an_audit_is_revised_once(self, api):
        audit = open_audit(api, scope={"locations": ["AWAY"]})
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        first = api.post(f"/audits/{audit}/revision").json

        again = api.post(f"/audits/{audit}/revision")

        assert first["name"] == "Spring, revision"
        assert (again.status_code, again.json["code"]) == (409, "already_revised")
        api.post(f"/audits/{first['id']}/cancellation")
        assert api.post(f"/audits/{audit}/revision").status_code == 201

    def test_a_revision_holds_the_hash_of_the_report_that_it_revises(self, api):
        audit = open_audit(api, scope={"locations": ["AWAY"]})
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        following = api.post(f"/audits/{audit}/revision").json["id"]

        preliminary = api.get(f"/audits/{following}/report.json").json

        sealed = api.get(f"/audits/{audit}/report.json").json["seal"]["sha256"]
        assert preliminary["audit"]["previous_report_sha256"] == sealed


@pytest.mark.usefixtures("office")
class TestScope:
    def test_a_scope_ignores_upper_and_lower_case_in_any_script(self, api, work):
        api.post("/assets", json={"asset_tag": "E-1", "category": "Écran"})

        audit = open_audit(api, scope={"categories": ["éCRAN"]})

        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 1

    def test_a_scope_of_overlapping_locations_counts_each_asset_once(self, api):
        audit = open_audit(api, scope={"locations": ["HQ", "R-1", "r-1-s"]})

        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 6

    def test_a_scope_is_not_confused_by_paths_that_start_alike(self, api, work):
        with work() as session:
            for number in range(20):
                add_location(session, f"P-{number}", f"Place {number}", now=START)
            place = add_location(session, "P-LAST", "Last", now=START)
            add_asset(session, "LT-1", location=place, now=START)

        audit = open_audit(api, scope={"locations": ["P-1"]})

        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 0

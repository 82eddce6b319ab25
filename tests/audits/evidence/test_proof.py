"""What a scan proves: when it was made, in which audit, and how exactly it names a place."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.audits.steps import (
    START,
    close,
    decide,
    find,
    later,
    open_audit,
    reject_all,
    scan,
    state_of,
)

OUTSIDE = ["outside_scan"]
# Everything that shows an asset without counting in the audit; and what does not show it.
SHOWS = {
    "checked out at the desk": {"intent": "check_out", "custodian": "1002"},
    "seen": {"intent": "sighting"},
    "moved": {"intent": "move", "location": "R-2"},
    "looked up": {"intent": "lookup", "location": None},
    "refused by its state": {"intent": "check_in"},
}
SHOWS_NOT = {
    "before the count": {"scanned_at": (START - timedelta(minutes=1)).isoformat()},
    "refused for what it names": {"location": "NOWHERE"},
    "a check-in that names no place": {"intent": "check_in", "location": None},
}


def accept_all(api, audit: int) -> None:
    for item in api.get(f"/audits/{audit}/findings").json["items"]:
        if item["proposal"] and not item["decision"]:
            body = {"decision": "accept", "reason": "looked for"}
            assert api.patch(f"/audits/{audit}/findings/{item['id']}", json=body).status_code == 200


# Locks decide what closing sees of a scan that comes meanwhile, so these run on both databases.
@pytest.mark.usefixtures("office")
class TestOutsideScan:
    @pytest.mark.parametrize("case", [*SHOWS, *SHOWS_NOT])
    def test_is_said_at_the_finding_and_not_proposed_as_missing(self, api, case):
        audit = open_audit(api)
        made = scan(api, "A-1", None, **{**SHOWS, **SHOWS_NOT}[case])
        api.post(f"/audits/{audit}/reconciliation")

        found = find(api, audit, "A-1")

        assert found["state"] == "missing"
        if case in SHOWS_NOT:
            assert (found["flags"], found["proposal"], found["outside_scan"]) == (
                [], "mark_missing", None,
            )  # fmt: skip
            return
        assert (found["flags"], found["proposal"]) == (OUTSIDE, None)
        assert found["outside_scan"]["scan_id"] == made["scan_id"]
        assert found["outside_scan"]["by"] == "test admin"

    def test_nothing_that_was_scanned_is_marked_missing_when_all_is_accepted(self, api):
        audit = open_audit(api)
        other = open_audit(api, name="Beside")
        scan(api, "A-1", None, intent="move", location="AWAY")
        scan(api, "A-2", other)
        api.post(f"/audits/{audit}/reconciliation")
        accept_all(api, audit)
        scan(api, "A-3", None, scanned_at=later())

        refused = api.post(f"/audits/{audit}/closure")

        assert (refused.status_code, refused.json["code"]) == (409, "register_changed")
        assert "A-3" in refused.json["detail"]
        close(api, audit)
        report = api.get(f"/audits/{audit}/report.json").json
        by_tag = {one["asset_tag"]: one for one in report["findings"]}
        for tag, place in (("A-1", "AWAY"), ("A-2", "R-1"), ("A-3", "R-1")):
            assert api.get(f"/assets/{tag}").json["status"] == "in_stock", tag
            assert by_tag[tag]["flags"] == OUTSIDE
            assert by_tag[tag]["outside_scan"]["location"] == place
        assert by_tag["A-2"]["outside_scan"]["audit"] == "Beside"
        assert api.get("/assets/B-1").json["status"] == "missing"

    def test_is_undone_with_its_scan(self, api):
        audit = open_audit(api)
        made = scan(api, "A-1", None)
        scan(api, "A-1", None, None, intent="void", voids=made["scan_id"])
        api.post(f"/audits/{audit}/reconciliation")

        assert find(api, audit, "A-1")["proposal"] == "mark_missing"

    def test_of_a_closed_count_still_shows_that_it_was_there(self, api):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")
        refused = scan(api, "A-1", audit, scanned_at=later())
        assert refused["refusal"] == "audit_not_counting"
        accept_all(api, audit)

        assert api.post(f"/audits/{audit}/closure").json["code"] == "register_changed"

        assert find(api, audit, "A-1")["flags"] == OUTSIDE

    @pytest.mark.parametrize(
        ("decision", "status"), [("present", "in_stock"), ("mark_missing", "missing")]
    )
    def test_is_decided_by_a_person_with_a_reason(self, api, decision, status):
        audit = open_audit(api)
        scan(api, "A-1", None)
        api.post(f"/audits/{audit}/reconciliation")

        bare = decide(api, audit, "A-1", decision, None)
        accepted = decide(api, audit, "A-1", "accept")
        other = decide(api, audit, "A-2", decision)
        done = decide(api, audit, "A-1", decision, "I looked")

        assert [bare.status_code, accepted.status_code, other.status_code] == [422, 422, 422]
        assert (done.status_code, done.json["decision"]) == (200, decision)
        reject_all(api, audit)
        close(api, audit)
        assert api.get("/assets/A-1").json["status"] == status
        assert find(api, audit, "A-1")["state"] == "missing"

    def test_that_is_newer_opens_the_decision_to_mark_it_missing(self, api):
        audit = open_audit(api)
        scan(api, "A-1", None)
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "A-1", "mark_missing", "only a label was found")
        reject_all(api, audit)
        newer = scan(api, "A-1", None, scanned_at=later())

        refused = api.post(f"/audits/{audit}/closure")

        found = find(api, audit, "A-1")
        assert refused.json["code"] == "register_changed"
        assert (found["decision"], found["outside_scan"]["scan_id"]) == (None, newer["scan_id"])


@pytest.mark.usefixtures("office")
class TestLateScan:
    def reconcile(self, api) -> tuple[int, datetime]:
        """Return an audit that is reconciled, and when its counting ended."""
        audit = open_audit(api)
        ended = api.post(f"/audits/{audit}/reconciliation").json["counting_ended_at"]
        return audit, datetime.fromisoformat(ended)

    def test_that_was_made_in_time_counts_and_opens_what_was_decided(self, api):
        audit, ended = self.reconcile(api)
        decide(api, audit, "A-1", "accept")
        decide(api, audit, "A-2", "accept")

        told = scan(api, "A-1", audit, scanned_at=(ended - timedelta(seconds=1)).isoformat())

        found = find(api, audit, "A-1")
        assert told["finding"] == {"state": "verified", "flags": ["late"]}
        assert (found["state"], found["proposal"], found["decision"]) == ("verified", None, None)
        assert find(api, audit, "A-2")["decision"] == "accept"

    def test_opens_a_decision_even_if_the_proposal_is_the_same(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "B-1", "accept")

        scan(api, "B-1", audit, "R-1", minute=1)

        found = find(api, audit, "B-1")
        assert (found["proposal"], found["decision"], found["flags"]) == ("move", None, ["late"])

    def test_makes_the_findings_of_extras_and_unknown_labels_with_their_proposals(self, api):
        audit, _ = self.reconcile(api)

        scan(api, "FAR-1", audit)
        scan(api, "STICKER-9", audit)

        assert find(api, audit, "FAR-1")["proposal"] == "move"
        assert find(api, audit, "STICKER-9")["proposal"] == "register"

    def test_that_was_made_after_the_end_is_refused_and_keeps_its_answer(self, api):
        audit, ended = self.reconcile(api)
        again = {
            "scan_id": str(uuid.uuid4()),
            "scanned_at": (ended + timedelta(milliseconds=1)).isoformat(),
        }

        first = scan(api, "A-1", audit, **again)
        api.post(f"/audits/{audit}/counting")
        second = scan(api, "A-1", audit, **again)

        assert first["refusal"] == second["refusal"] == "audit_not_counting"
        assert (first["status"], second["status"]) == ("recorded", "repeated")
        assert state_of(api, audit, "A-1")[0] == "missing"

    def test_is_undone_late_by_an_undo_that_was_made_in_time(self, api):
        audit = open_audit(api)
        counted = scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/reconciliation")
        assert find(api, audit, "A-1")["proposal"] is None

        scan(api, "A-1", audit, None, minute=1, intent="void", voids=counted["scan_id"])

        assert find(api, audit, "A-1")["proposal"] == "mark_missing"

    def test_that_made_an_extra_is_undone_with_it_and_its_decision(self, api):
        audit, _ = self.reconcile(api)
        extra = scan(api, "FAR-1", audit)
        decide(api, audit, "FAR-1", "accept")

        undo = scan(api, "FAR-1", audit, None, 1, intent="void", voids=extra["scan_id"])

        assert undo["outcome"] == "applied"
        assert api.get(f"/audits/{audit}").json["counts"]["unexpected"] == 0

    def test_is_an_act_with_its_scan_beside_the_decision_that_it_opened(self, api, admin):
        audit, _ = self.reconcile(api)
        decide(api, audit, "A-1", "accept")
        scan(api, "A-1", audit)

        finding = find(api, audit, "A-1")["id"]
        pages = [admin.get(f"/audits/{audit}{p}").text for p in ("", f"/findings/{finding}")]

        assert all("Late scans taken in" in page for page in pages)
        assert all("Decision opened again" in page for page in pages)

    def test_is_listed_with_both_times_and_whether_it_counts(self, api, admin):
        audit, _ = self.reconcile(api)
        taken = scan(api, "A-1", audit)
        refused = scan(api, "A-2", audit, scanned_at=later())

        page = admin.get(f"/audits/{audit}").text
        report = api.get(f"/audits/{audit}/report.json").json

        listed = {one["scan_id"]: one for one in report["late_scans"]}
        assert {i: one["counts"] for i, one in listed.items()} == {
            taken["scan_id"]: True, refused["scan_id"]: False,
        }  # fmt: skip
        one = listed[taken["scan_id"]]
        assert one["scanned_at"] < report["audit"]["counting_ended_at"] <= one["recorded_at"]
        assert "1 scan that was made in time arrived late" in page
        assert report["counted_by"][0]["delayed"] == 1
        assert report["audit"]["counting_spans"] == [
            [report["audit"]["counting_started_at"], report["audit"]["counting_ended_at"]]
        ]

    def test_keeps_its_flag_through_an_undo_of_another_scan(self, api):
        audit, _ = self.reconcile(api)
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/counting")
        wrong = scan(api, "A-1", audit, "R-2", minute=1)

        scan(api, "A-1", audit, None, minute=2, intent="void", voids=wrong["scan_id"])

        assert state_of(api, audit, "A-1") == ("verified", ["late"])


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("office")
class TestTimeOfAScan:
    @pytest.mark.parametrize(
        ("made", "counts"),
        [
            (datetime(2001, 1, 1, tzinfo=UTC), False),
            (START - timedelta(minutes=5, seconds=1), False),
            (START - timedelta(minutes=4), True),  # a phone whose clock is a little behind
            (START, True),
        ],
        ids=["years before", "before", "within the skew", "at the start"],
    )
    def test_that_is_before_the_count_is_no_evidence_in_it(self, api, made, counts):
        audit = open_audit(api)

        told = scan(api, "A-1", audit, scanned_at=made.isoformat())

        assert (told["refusal"] is None) is counts
        assert state_of(api, audit, "A-1")[0] == ("verified" if counts else "missing")
        listed = api.get(f"/audits/{audit}/report.json").json["late_scans"]
        assert [one["scan_id"] for one in listed] == ([] if counts else [told["scan_id"]])

    def test_that_is_ahead_of_ours_beats_no_true_one(self, api):
        audit = open_audit(api)
        ahead = (datetime.now(UTC) + timedelta(seconds=299)).isoformat()
        scan(api, "A-1", audit, "R-2", scanned_at=ahead)

        scan(api, "A-1", audit, "R-1", scanned_at=later())

        assert state_of(api, audit, "A-1")[0] == "verified"

    def test_that_is_ahead_of_ours_is_no_newer_after_an_undo(self, api):
        audit = open_audit(api)
        ahead = (datetime.now(UTC) + timedelta(seconds=299)).isoformat()
        scan(api, "A-1", audit, "R-2", scanned_at=ahead)
        scan(api, "A-1", audit, "R-1", scanned_at=later())
        wrong = scan(api, "A-1", audit, "AWAY", scanned_at=later())

        scan(api, "A-1", audit, None, 1, intent="void", voids=wrong["scan_id"])

        assert state_of(api, audit, "A-1")[0] == "verified"

    def test_is_judged_by_all_spans_of_a_count_that_was_resumed(self, api):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")
        between = later()
        api.post(f"/audits/{audit}/counting")
        start_of_second = api.get(f"/audits/{audit}").json["counting_started_at"]
        assert datetime.fromisoformat(start_of_second) == START

        assert scan(api, "A-1", audit)["finding"]["state"] == "verified"
        # Between the two, within the skew of the second.
        assert scan(api, "A-2", audit, scanned_at=between)["finding"]["state"] == "verified"

"""Scenario 20: missing in spring and autumn, written off, found in winter; a sample between."""

from __future__ import annotations

import pytest

from tests.audits.steps import close, decide, find, open_audit, reject_all, scan, start_at

FLAG = "missing_before"


def count(api, *seen: str, decision: str | None = "accept") -> int:
    """Count an audit in which only some are seen; decide what is missing, close it."""
    audit = open_audit(api)
    for tag in seen:
        scan(api, tag, audit)
    api.post(f"/audits/{audit}/reconciliation")
    if decision is None:
        return audit
    if find(api, audit, "A-2")["proposal"]:
        assert decide(api, audit, "A-2", decision).status_code == 200
    reject_all(api, audit)
    close(api, audit)
    return audit


@pytest.mark.usefixtures("office")
def test_what_is_missing_in_two_audits_running_is_flagged(api, admin):
    count(api, "A-1")
    autumn = count(api, "A-1", decision=None)

    assert find(api, autumn, "A-2")["flags"] == [FLAG]
    assert find(api, autumn, "A-2")["proposal"] == "write_off"
    # A-3 was missing too, and somebody refused to mark it: that is no proof of a loss.
    assert find(api, autumn, "A-3")["flags"] == []
    assert find(api, autumn, "A-3")["proposal"] == "mark_missing"
    assert find(api, autumn, "A-1")["flags"] == []

    decide(api, autumn, "A-2", "accept")
    closing = admin.get(f"/audits/{autumn}/closure").text.partition('id="write_off"')[2]
    assert "recorded in <bdi>" in closing
    assert "the code" not in closing


@pytest.mark.usefixtures("office")
def test_what_is_written_off_is_lost_and_reinstated_when_it_is_found(api, admin):
    count(api, "A-1")
    autumn = count(api, "A-1")
    lost = api.get("/assets/A-2").json

    assert lost["status"] == "missing"
    assert lost["lost_since"] == api.get(f"/audits/{autumn}").json["closed_at"][:10]
    assert "written off by an audit" in admin.get("/assets/A-2").text
    # It is expected no more, unless the scope says so; then there is nothing left to propose.
    again = count(api, "A-1", "A-3", decision=None)
    listed = [i["asset"] for i in api.get(f"/audits/{again}/findings").json["items"]]
    assert "A-2" not in listed
    wide = open_audit(api, scope={"locations": ["HQ"], "lost": True})
    api.post(f"/audits/{wide}/reconciliation")
    assert (find(api, wide, "A-2")["state"], find(api, wide, "A-2")["proposal"]) == (
        "missing", None,
    )  # fmt: skip

    winter = count(api, "A-1", "A-2")

    found = find(api, winter, "A-2")
    assert (found["state"], found["proposal"]) == ("unexpected", "reinstate")
    assert api.get("/assets/A-2").json["lost_since"] is None
    assert api.get("/assets/A-2").json["status"] == "in_stock"
    assert api.get(f"/audits/{winter}/report.json").json["found_again"] == ["A-2"]
    assert "Found again" in admin.get(f"/audits/{winter}").text


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
def test_a_loss_ends_with_any_other_status(api):
    count(api, "A-1")
    count(api, "A-1")
    assert api.patch("/assets/A-2", json={"status": "in_stock"}).status_code == 200

    assert api.get("/assets/A-2").json["lost_since"] is None


@pytest.mark.usefixtures("office")
def test_a_sample_that_did_not_draw_it_changes_nothing(api):
    count(api, "A-1")
    body = {"name": "Sample", "scope": {"locations": ["R-1"], "statuses": ["in_stock"]}}
    sample = api.post("/audits", json=body).json["id"]
    start_at(api, sample)
    api.post(f"/audits/{sample}/reconciliation")
    listed = [i["asset"] for i in api.get(f"/audits/{sample}/findings").json["items"]]
    assert "A-2" not in listed
    reject_all(api, sample)
    close(api, sample)

    autumn = count(api, "A-1", decision=None)

    assert find(api, autumn, "A-2")["flags"] == [FLAG]


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestIsNotFlagged:
    def test_what_was_seen_between(self, api):
        count(api, "A-1")
        count(api, "A-1", "A-2")

        # The scan between was made within the time of this count, too: it is named as such.
        flags = find(api, count(api, "A-1", decision=None), "A-2")["flags"]
        assert flags == ["outside_scan"]

    def test_what_is_found_again(self, api):
        count(api, "A-1")

        assert find(api, count(api, "A-2", decision=None), "A-2")["flags"] == []

    def test_what_is_missing_for_the_first_time(self, api):
        assert find(api, count(api, "A-1", decision=None), "A-2")["flags"] == []

    def test_what_was_missing_in_an_audit_that_is_still_open(self, api):
        count(api, "A-1", decision=None)

        assert find(api, count(api, "A-1", decision=None), "A-2")["flags"] == []

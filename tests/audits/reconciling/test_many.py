"""Decisions about many findings: which list they were made over, and the filters that make it."""

from __future__ import annotations

import hashlib
import json

import pytest

from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.seals.check import Broken
from tests.audits.late.test_late_scans import with_right_root
from tests.audits.reconciling.test_matches import match
from tests.audits.steps import close, decide, find, open_audit, reject_all, scan
from tests.seals.test_alterations import both

pytestmark = [pytest.mark.either_database, pytest.mark.usefixtures("office")]


def count(api) -> int:
    """A-1 by camera and B-1 typed in wrong rooms, GHOST by RFID and camera; the rest is missing."""
    audit = open_audit(api)
    scan(api, "A-1", audit, "R-2", source="camera")
    scan(api, "B-1", audit, "R-1", 1, source="typed")
    scan(api, "GHOST", audit, "R-1", 2, source="camera")
    scan(api, "B-2", audit, "R-2", 3, source="rfid")
    api.post(f"/audits/{audit}/reconciliation")
    return audit


def acts(api, audit: int) -> list[dict]:
    items = api.get(f"/audits/{audit}/report.json").json["acts"]["items"]
    return [one for one in items if one["kind"] == "decided"]


def tags(api, audit: int, query: str) -> list[str]:
    items = api.get(f"/audits/{audit}/findings?{query}").json["items"]
    return sorted(one["asset"] or one["code"] for one in items)


class TestLists:
    def test_of_a_filter_are_in_the_act_with_their_hash(self, api, admin, tmp_path):
        audit = count(api)
        body = {
            "filter": {"state": "missing", "location": "R-1"},
            "decision": "reject", "reason": "On loan.",
        }  # fmt: skip

        assert api.post(f"/audits/{audit}/decisions", json=body).json == {"decided": 2}

        ids = sorted(find(api, audit, tag)["id"] for tag in ("A-2", "A-3"))
        text = json.dumps([[i, "missing", "mark_missing"] for i in ids], separators=(",", ":"))
        [act] = acts(api, audit)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        assert act["about"]["list"] == {
            "filter": {"state": ["missing"], "location": "R-1", "undecided": True},
            "count": 2, "sha256": sha256,
        }  # fmt: skip
        trail = admin.get(f"/audits/{audit}").text
        assert f"all of “Missing”, location R-1, list {sha256[:8]}" in trail
        reject_all(api, audit)
        close(api, audit)
        report = api.get(f"/audits/{audit}/report.json")
        assert both(None, report.data, tmp_path) == ""
        forged = report.json
        [act] = [one for one in forged["acts"]["items"] if one["about"].get("list")]
        act["about"]["list"]["sha256"] = "0" * 64
        with pytest.raises(Broken, match=r"decisions: what was decided at .* is another list"):
            check_meaning(with_right_root(forged))

    def test_that_were_picked_name_no_filter_and_one_finding_is_no_list(self, api):
        audit = count(api)
        ids = [find(api, audit, tag)["id"] for tag in ("A-2", "B-3")]

        api.post(
            f"/audits/{audit}/decisions", json={"ids": ids, "decision": "reject", "reason": "x"}
        )
        decide(api, audit, "A-3", "reject")

        many, alone = acts(api, audit)
        assert (many["about"]["list"]["filter"], many["about"]["list"]["count"]) == (None, 2)
        assert "list" not in alone["about"]

    def test_of_the_page_name_its_filter_and_are_checked_as_long_as_they_hold(self, api, admin):
        audit = count(api)
        form = {
            "all": "on", "decision": "reject", "reason": "later", "many": "on",
            "state": "missing", "open": "yes", "value_from": "100",
        }  # fmt: skip

        admin.post(f"/audits/{audit}/decisions", data=form)

        [act] = acts(api, audit)
        assert act["about"]["list"]["filter"] == {
            "state": ["missing"], "value_from": "100.00", "undecided": True,
        }  # fmt: skip
        assert act["about"]["list"]["count"] == 2
        # One of them turns out to be the unknown label: its list is not what it was.
        assert match(api, audit, "GHOST", "A-2").status_code == 200
        reject_all(api, audit)
        close(api, audit)
        check_meaning(api.get(f"/audits/{audit}/report.json").json)

    @pytest.mark.parametrize("is_closed", [False, True])
    def test_that_were_counted_on_are_another_list_and_the_record_holds(
        self, api, tmp_path, is_closed
    ):
        audit = count(api)
        body = {"filter": {"state": "missing"}, "decision": "reject", "reason": "x"}
        assert api.post(f"/audits/{audit}/decisions", json=body).json == {"decided": 3}
        assert api.post(f"/audits/{audit}/counting").status_code == 200
        scan(api, "A-2", audit, "R-1", 9)

        if is_closed:
            api.post(f"/audits/{audit}/reconciliation")
            reject_all(api, audit)
            close(api, audit)
        else:
            ended = api.post(f"/audits/{audit}/cancellation", json={"reason": "y"})
            assert ended.status_code == 200, ended.text

        report = api.get(f"/audits/{audit}/report.json")
        assert both(None, report.data, tmp_path) == ""
        forged = report.json
        [act] = [one for one in forged["acts"]["items"] if one["about"].get("list")]
        act["about"]["list"]["count"] = 2
        with pytest.raises(Broken, match="is another list"):
            check_meaning(with_right_root(forged))


class TestFilters:
    def test_narrow_by_how_a_thing_is_known(self, api):
        audit = count(api)
        assert tags(api, audit, "evidence=held") == ["A-1", "GHOST"]
        assert tags(api, audit, "evidence=heard") == ["B-2"]
        assert tags(api, audit, "evidence=typed") == ["B-1"]
        scan(api, "A-3", None, "R-2", 30)
        api.post(f"/audits/{audit}/counting")
        api.post(f"/audits/{audit}/reconciliation")
        assert tags(api, audit, "evidence=outside") == ["A-3"]
        match(api, audit, "GHOST", "A-2")
        assert tags(api, audit, "evidence=held") == ["A-1", "A-2"]

    def test_narrow_by_place_person_value_day_and_later_changes(self, api):
        audit = count(api)
        assert tags(api, audit, "location=R-2&state=missing") == ["B-3"]
        assert tags(api, audit, "custodian=1001") == ["B-1", "B-2", "B-3"]
        assert tags(api, audit, "value_from=200") == ["A-2", "A-3"]
        assert tags(api, audit, "changed=true") == []
        moved = api.patch("/assets/A-2", json={"location": "R-1-S"})
        assert moved.status_code == 200, moved.text
        assert tags(api, audit, "changed=true") == ["A-2"]
        assert tags(api, audit, "due_to=2026-12-31") == []
        refused = api.get(f"/audits/{audit}/findings?location=NO&value_from=x")
        assert (refused.status_code, sorted(refused.json["errors"])) == (
            422, ["location", "value_from"],
        )  # fmt: skip

    def test_stay_on_the_page(self, api, admin):
        audit = count(api)
        page = admin.get(f"/audits/{audit}?state=misplaced&evidence=typed").text
        assert "B-1" in page
        assert ">A-1<" not in page
        assert 'name="evidence" value="typed"' in page
        assert admin.get(f"/audits/{audit}?evidence=odd&value_from=x&due_to=y").status_code == 200

"""Scans outside of an audit that count by its policy: what they prove, and what they do not."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.audits.evidence.outside import STATE_REFUSALS
from scanner_app.domain.audits.outside.presence import read_since
from scanner_app.domain.errors import Invalid
from scanner_app.domain.scanning import refusals
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import SigningKey, without_digest
from scanner_app.services.audits.planning import change_plan
from scanner_app.services.audits.setup import open_revision
from scanner_app.storage.database import unit_of_work
from tests.audits.conftest import fill_office
from tests.audits.steps import (
    START,
    close,
    decide,
    find,
    open_audit,
    reject_all,
    scan,
    start_at,
    state_of,
)
from tests.seals.closed_audits import seal_again, strip
from tests.seals.test_alterations import both

ANY = {"presence": "any_confirmed_scan"}
NOW = datetime.now(UTC)


@pytest.fixture
def contents():
    return fill_office


def reconcile(api, audit: int) -> None:
    assert api.post(f"/audits/{audit}/reconciliation").status_code == 200


def test_names_the_refusals_that_are_about_the_state_of_an_asset():
    assert {one.value for one in refusals.STATE_REFUSALS} == STATE_REFUSALS


def test_a_day_is_of_the_last_year_and_only_of_this_rule():
    today = NOW.date()

    def read(text: str, **rule: str) -> dict[str, str]:
        return read_since({**ANY, **rule, "presence_since": text}, today=today)

    oldest = today - timedelta(days=365)
    assert read(oldest.isoformat()) == {"presence_since": oldest.isoformat()}
    assert read("") == read(today.isoformat(), presence="audit_scans") == {}
    for text in (
        (oldest - timedelta(days=1)).isoformat(), (today + timedelta(days=1)).isoformat(), "x",
    ):  # fmt: skip
        with pytest.raises(Invalid) as error:
            read(text)
        assert list(error.value.errors) == ["policy.presence_since"]


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestAnyScan:
    def test_counts_as_a_sighting_apart_and_stands_in_the_record(self, api, admin, tmp_path):
        audit = open_audit(api, policy=ANY)
        scan(api, "B-1", audit, "R-2", 1)
        scan(api, "A-1", None, "R-1", 2)  # at the desk
        outside = scan(api, "A-2", None, "R-2", 3, source="camera")
        scan(api, "A-3", None, None, 4, intent="lookup")
        reconcile(api, audit)

        assert state_of(api, audit, "A-1") == ("verified", ["outside_scan"])
        found = find(api, audit, "A-2")
        assert (found["state"], found["flags"], found["proposal"]) == (
            "misplaced", ["outside_scan"], "move",
        )  # fmt: skip
        assert (found["sightings"], found["seen_location"]) == (0, "R-2")
        assert found["outside_scan"]["scan_id"] == outside["scan_id"]
        assert state_of(api, audit, "A-3") == ("verified", ["no_place", "outside_scan"])
        assert state_of(api, audit, "B-2")[0] == "missing"
        held = api.get(f"/audits/{audit}/findings?evidence=outside").json["items"]
        assert [one["asset"] for one in held] == ["A-1", "A-2", "A-3"]
        assert decide(api, audit, "A-2", "accept").status_code == 200
        reject_all(api, audit)
        close(api, audit)

        text = api.get(f"/audits/{audit}/report.json")
        report = text.json
        check_meaning(report)
        assert both(None, text.data, tmp_path) == ""
        assert report["policy"]["presence"] == "any_confirmed_scan"
        assert report["outside_scans"]["count"] == 3
        assert report["existence_without_outside"] == {"part": 1, "whole": 6}
        [figure] = [one for one in report["figures"] if one["name"] == "existence"]
        assert (figure["part"], figure["whole"]) == (4, 6)
        page = admin.get(f"/audits/{audit}").text
        assert "3 of 6 expected assets were scanned outside this audit alone" in page
        assert "Without that, 1 of 6 were seen." in page
        assert admin.get(f"/audits/{audit}/report.pdf").data.startswith(b"%PDF")
        assert api.get("/assets/A-2").json["location"] == "R-2"

    def test_is_refused_by_both_checks_where_it_may_not_count(self, api, tmp_path):
        audit = open_audit(api, policy=ANY)
        scan(api, "A-1", None, "R-1", 2)
        reconcile(api, audit)
        reject_all(api, audit)
        close(api, audit)
        text = api.get(f"/audits/{audit}/report.json").json

        def forge(change) -> str:
            report = strip(copy.deepcopy(text))
            change(report)
            items = report["outside_scans"]["items"]
            root = root_of_items(dump_canonical(without_digest(one)) for one in items)
            report["outside_scans"]["root"] = root.hex()
            return both(None, seal_again(report, SigningKey.make()), tmp_path)

        [item] = text["outside_scans"]["items"]
        may_not = f"scans: {item['scan_id']} counts and may not"

        def alter(**leaf: object):
            return lambda report: report["outside_scans"]["items"][0]["leaf"].update(leaf)

        before = (START - timedelta(seconds=1)).isoformat()
        assert forge(alter(effective_at=before)) == may_not
        assert forge(alter(refusal="unknown_location")) == may_not
        assert forge(alter(intent="void")) == may_not
        assert forge(alter(audit=audit)) == may_not
        assert forge(lambda report: report["policy"].update(presence="audit_scans")) == may_not
        assert forge(lambda report: report["outside_scans"]["items"][0].update(location="R-2")) == (
            "findings: A-1 does not follow from its scans"
        )

    def test_gives_way_to_a_scan_of_the_audit_and_to_counting_on(self, api):
        audit = open_audit(api, policy=ANY)
        scan(api, "A-1", None, "R-2", 30)
        reconcile(api, audit)
        assert state_of(api, audit, "A-1")[0] == "misplaced"

        scan(api, "A-1", audit, "R-1", 5)  # older, and arrived late

        assert state_of(api, audit, "A-1") == ("verified", ["late"])
        scan(api, "A-2", None, "R-2", 31)
        assert api.post(f"/audits/{audit}/counting").status_code == 200
        counts = api.get(f"/audits/{audit}").json["counts"]
        assert (counts["verified"], counts["missing"]) == (1, 5)
        reconcile(api, audit)
        assert state_of(api, audit, "A-2") == ("misplaced", ["outside_scan"])

    def test_keeps_a_decision_that_still_holds_when_counting_goes_on(self, api):
        audit = open_audit(api, policy=ANY)
        scan(api, "A-1", None, "R-2", 30)
        reconcile(api, audit)
        decide(api, audit, "A-1", "reject")

        api.post(f"/audits/{audit}/counting")
        reconcile(api, audit)

        assert find(api, audit, "A-1")["decision"] == "reject"

    def test_does_not_count_undone_too_old_too_weak_or_of_the_audit_itself(self, api):
        audit = open_audit(api, policy={**ANY, "least_evidence": "held", "late_scans": "hold"})
        wrong = scan(api, "A-1", None, "R-1", 1, source="camera")
        scan(api, "A-1", None, None, 2, intent="void", voids=wrong["scan_id"])
        scan(api, "A-2", None, "R-1", 3, source="typed")
        scan(api, "A-3", None, "R-1", -61, source="camera")
        reconcile(api, audit)
        held = scan(api, "B-1", audit, "R-2", 4, source="camera")
        api.post(f"/audits/{audit}/counting")
        reconcile(api, audit)

        assert "saved" in held["message"]
        for tag in ("A-1", "A-2", "A-3", "B-1"):
            assert state_of(api, audit, tag)[0] == "missing", tag

    def test_counts_since_the_day_of_the_policy(self, api):
        day = (NOW - timedelta(days=200)).date().isoformat()
        made = api.post(
            "/audits",
            json={
                "name": "Rolling", "scope": {"locations": ["HQ"]},
                "policy": {**ANY, "presence_since": day},
            },
        )  # fmt: skip
        audit = made.json["id"]
        assert made.json["policy"]["presence_since"] == day
        start_at(api, audit, NOW - timedelta(hours=1))
        for tag, days in (("A-1", 199), ("A-2", 201)):
            at = (NOW - timedelta(days=days)).isoformat()
            scan(api, tag, None, "R-1", scanned_at=at)
        reconcile(api, audit)

        assert state_of(api, audit, "A-1")[0] == "verified"
        assert state_of(api, audit, "A-2")[0] == "missing"
        refused = api.post(
            "/audits", json={"name": "Old", "policy": {**ANY, "presence_since": "2020-01-01"}}
        )
        assert list(refused.json["errors"]) == ["policy.presence_since"]

    def test_made_before_closing_opens_the_decision_to_mark_as_missing(self, app, api):
        audit = open_audit(api, policy=ANY)
        reconcile(api, audit)
        assert decide(api, audit, "A-1", "accept").status_code == 200
        reject_all(api, audit)
        scan(api, "A-1", None, "R-1", 40)

        refused = api.post(f"/audits/{audit}/closure")

        assert (refused.status_code, refused.json["code"]) == (409, "register_changed")
        found = find(api, audit, "A-1")
        assert (found["state"], found["decision"], found["proposal"]) == ("verified", None, None)

    def test_that_was_undone_before_closing_leaves_the_thing_missing(self, api):
        audit = open_audit(api, policy=ANY)
        wrong = scan(api, "A-1", None, "R-1", 2)
        reconcile(api, audit)
        reject_all(api, audit)
        assert state_of(api, audit, "A-1")[0] == "verified"
        scan(api, "A-1", None, None, 3, intent="void", voids=wrong["scan_id"])

        refused = api.post(f"/audits/{audit}/closure")

        assert (refused.status_code, refused.json["code"]) == (409, "register_changed")
        found = find(api, audit, "A-1")
        assert (found["state"], found["proposal"]) == ("missing", "mark_missing")
        reject_all(api, audit)
        close(api, audit)
        check_meaning(api.get(f"/audits/{audit}/report.json").json)

    def test_that_is_newer_and_says_the_same_is_the_one_of_the_record(self, api, tmp_path):
        audit = open_audit(api, policy=ANY)
        scan(api, "A-1", None, "R-1", 2)
        reconcile(api, audit)
        reject_all(api, audit)
        newer = scan(api, "A-1", None, "R-1", 3)

        close(api, audit)

        text = api.get(f"/audits/{audit}/report.json")
        assert both(None, text.data, tmp_path) == ""
        [item] = text.json["outside_scans"]["items"]
        assert item["scan_id"] == newer["scan_id"]

    def test_since_a_day_counts_in_a_revision_however_late(self, app, api):
        day = (NOW - timedelta(days=200)).date().isoformat()
        audit = open_audit(api, policy={**ANY, "presence_since": day})
        reconcile(api, audit)
        reject_all(api, audit)
        close(api, audit)
        late = NOW + timedelta(days=366)
        actor = Actor("user", 11, "Alice", Role.ADMIN, user_id=11)
        with app.app_context(), unit_of_work() as session:
            revision = open_revision(session, audit_id=audit, actor=actor, now=late).id

            def change(**policy: str) -> dict[str, str]:
                return change_plan(
                    session, audit_id=revision, sample=None, policy=policy, actor=actor, now=late
                ).policy

            assert change(statements="typed")["presence_since"] == day
            assert change(presence_since=day)["presence_since"] == day
            with pytest.raises(Invalid) as error:
                change(presence_since=(NOW - timedelta(days=1)).date().isoformat())
        assert list(error.value.errors) == ["policy.presence_since"]

    def test_is_only_shown_where_the_policy_does_not_take_it(self, app, api):
        audit = open_audit(api)
        scan(api, "A-1", None, "R-1", 2)
        reconcile(api, audit)
        assert state_of(api, audit, "A-1") == ("missing", ["outside_scan"])
        assert "outside_scans" not in api.get(f"/audits/{audit}/report.json").json

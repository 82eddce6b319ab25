"""Unknown labels: an old label of an asset is matched with it, a stranger's code is not ours."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.audits.checking import check_scans
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import without_digest
from tests.audits.steps import close, decide, find, open_audit, reject_all, scan
from tests.seals.test_alterations import both

EAN = "4006381333931"


def tags(api, audit: int) -> dict[str, str]:
    items = api.get(f"/audits/{audit}/findings").json["items"]
    return {item["asset"] or item["code"]: item["state"] for item in items}


def match(api, audit: int, code: str, tag: str, **more):
    found = find(api, audit, code)["id"]
    return api.post(f"/audits/{audit}/findings/{found}/match", json={"asset": tag, **more})


def show(api, audit: int) -> dict:
    return api.get(f"/audits/{audit}").json


def acts(api, audit: int) -> list[dict]:
    return api.get(f"/audits/{audit}/acts").json["items"]


def meaning(work, code: str) -> list[tuple[str, str]]:
    """Return the schemes by which a code means an asset now, with the asset's tag."""
    query = text(
        "SELECT i.scheme, a.asset_tag FROM identifier i JOIN asset a ON a.id = i.asset_id "
        "WHERE i.ended_at IS NULL AND i.value = :code"
    )
    with work() as session:
        return [tuple(row) for row in session.execute(query, {"code": code})]


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestAnOldLabel:
    """A-2 wears a label that the register does not know: A-2 is missing, the label unknown."""

    def count(self, api, place: str = "R-1") -> int:
        audit = open_audit(api)
        scan(api, "A-1", audit)
        scan(api, "OLD-LABEL-7", audit, place, minute=1)
        api.post(f"/audits/{audit}/reconciliation")
        assert tags(api, audit)["A-2"] == "missing"
        assert tags(api, audit)["OLD-LABEL-7"] == "unregistered"
        return audit

    def test_that_is_matched_makes_its_asset_seen_and_is_one_finding_less(self, api):
        audit = self.count(api)
        before = show(api, audit)["counts"]

        answer = match(api, audit, "OLD-LABEL-7", "a-2", note="serial read inside")

        assert answer.status_code == 200, answer.text
        assert (answer.json["asset"], answer.json["state"]) == ("A-2", "verified")
        after = show(api, audit)["counts"]
        assert "OLD-LABEL-7" not in tags(api, audit)
        assert after == {
            **before,
            "verified": before["verified"] + 1,
            "missing": before["missing"] - 1,
            "unregistered": 0,
        }
        [act] = [one for one in acts(api, audit) if one["kind"] == "matched"]
        assert act["message"] == "Label matched with an asset: OLD-LABEL-7 and A-2"
        assert (act["person"], act["text"]) == (acts(api, audit)[0]["person"], "serial read inside")

    def test_that_was_seen_elsewhere_proposes_a_move(self, api):
        audit = self.count(api, "R-2")

        found = match(api, audit, "OLD-LABEL-7", "A-2").json

        assert (found["state"], found["proposal"], found["proposed"]) == (
            "misplaced", "move", {"location": "R-2"},
        )  # fmt: skip

    def test_of_something_that_was_not_expected_makes_an_extra(self, api):
        audit = self.count(api)

        assert match(api, audit, "OLD-LABEL-7", "FAR-1").json["state"] == "unexpected"

    def test_opens_the_decision_that_was_made_about_its_asset(self, api):
        audit = self.count(api)
        assert decide(api, audit, "A-2", "accept").status_code == 200

        found = match(api, audit, "OLD-LABEL-7", "A-2").json

        assert (found["proposal"], found["decision"]) == (None, None)
        assert acts(api, audit)[-1]["kind"] == "decision_reopened"

    def test_is_taken_back_and_unknown_again(self, api):
        audit = self.count(api)
        before = tags(api, audit)
        match(api, audit, "OLD-LABEL-7", "A-2")
        [made] = api.get(f"/audits/{audit}/matches").json["items"]

        answer = api.delete(f"/audits/{audit}/matches/{made['id']}")

        assert answer.status_code == 204
        assert tags(api, audit) == before
        assert find(api, audit, "A-2")["proposal"] == "mark_missing"
        assert find(api, audit, "OLD-LABEL-7")["proposal"] == "register"
        assert api.get(f"/audits/{audit}/matches").json["items"] == []
        assert acts(api, audit)[-1]["kind"] == "unmatched"
        assert api.delete(f"/audits/{audit}/matches/{made['id']}").status_code == 404

    def test_taken_back_from_an_extra_leaves_no_finding_of_it(self, api):
        audit = self.count(api)
        match(api, audit, "OLD-LABEL-7", "FAR-1")
        [made] = api.get(f"/audits/{audit}/matches").json["items"]

        api.delete(f"/audits/{audit}/matches/{made['id']}")

        assert "FAR-1" not in tags(api, audit)

    def test_that_is_scanned_again_counts_for_its_asset(self, api):
        audit = self.count(api)
        match(api, audit, "OLD-LABEL-7", "A-2")
        api.post(f"/audits/{audit}/counting")

        scan(api, "OLD-LABEL-7", audit, "R-2", minute=2)

        assert tags(api, audit)["A-2"] == "misplaced"
        assert "OLD-LABEL-7" not in tags(api, audit)

    def test_whose_scan_is_undone_makes_its_asset_missing_again(self, api):
        audit = open_audit(api)
        made = scan(api, "OLD-LABEL-7", audit)
        api.post(f"/audits/{audit}/reconciliation")
        match(api, audit, "OLD-LABEL-7", "A-2")
        api.post(f"/audits/{audit}/counting")

        scan(api, "OLD-LABEL-7", audit, None, minute=2, intent="void", voids=made["scan_id"])

        assert tags(api, audit)["A-2"] == "missing"

    def test_together_with_the_assets_own_label_shows_two_things_with_one_name(self, api):
        audit = open_audit(api)
        scan(api, "A-2", audit, "R-1", device="one")
        scan(api, "OLD-LABEL-7", audit, "AWAY", minute=1, device="two")
        api.post(f"/audits/{audit}/reconciliation")

        found = match(api, audit, "OLD-LABEL-7", "A-2").json

        assert (found["state"], found["flags"]) == ("misplaced", ["impossible_travel"])

    @pytest.mark.parametrize("becomes_code", [True, False])
    def test_becomes_a_code_of_its_asset_at_closing_unless_it_is_replaced(
        self, api, work, becomes_code
    ):
        audit = self.count(api)
        match(api, audit, "OLD-LABEL-7", "A-2", becomes_code=becomes_code)
        assert meaning(work, "OLD-LABEL-7") == []
        reject_all(api, audit)

        close(api, audit)

        assert meaning(work, "OLD-LABEL-7") == ([("alias", "A-2")] if becomes_code else [])

    def test_that_others_took_meanwhile_stays_theirs(self, api, work):
        audit = self.count(api)
        match(api, audit, "OLD-LABEL-7", "A-2")
        codes = {"identifiers": [{"scheme": "alias", "value": "OLD-LABEL-7"}]}
        assert api.patch("/assets/B-1", json=codes).status_code == 200
        reject_all(api, audit)

        close(api, audit)

        assert meaning(work, "OLD-LABEL-7") == [("alias", "B-1")]

    @pytest.mark.parametrize(
        ("code", "body", "status"),
        [
            ("OLD-LABEL-7", {"asset": "NOBODY"}, 422),
            ("OLD-LABEL-7", {"asset": " "}, 422),
            ("OLD-LABEL-7", {}, 422),
            ("A-1", {"asset": "A-2"}, 422),
        ],
    )
    def test_is_matched_only_as_an_unknown_label_with_an_asset(self, api, code, body, status):
        audit = self.count(api)
        found = find(api, audit, code)["id"]
        before = tags(api, audit)

        answer = api.post(f"/audits/{audit}/findings/{found}/match", json=body)

        assert answer.status_code == status
        assert tags(api, audit) == before

    def test_is_matched_only_while_the_audit_is_reconciled(self, api):
        audit = self.count(api)
        api.post(f"/audits/{audit}/counting")

        answer = match(api, audit, "OLD-LABEL-7", "A-2")

        assert (answer.status_code, answer.json["code"]) == (409, "not_reconciling")


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestACodeThatIsNotOurs:
    def count(self, api) -> int:
        audit = open_audit(api)
        scan(api, "A-1", audit)
        scan(api, EAN, audit, minute=1)
        api.post(f"/audits/{audit}/reconciliation")
        return audit

    def test_leaves_completeness_and_is_listed_with_its_reason(self, api):
        audit = self.count(api)
        # One registered thing was seen, and one code: 1 of 2 before somebody says what it is.
        assert show(api, audit)["accuracy"]["register_completeness"] == 0.5

        assert decide(api, audit, EAN, "foreign", "a pen").status_code == 200

        shown = show(api, audit)
        assert shown["accuracy"]["register_completeness"] == 1.0
        assert (shown["foreign"], shown["counts"]["unregistered"]) == (1, 1)
        found = find(api, audit, EAN)
        assert (found["decision"], found["reason"]) == ("foreign", "a pen")

    def test_needs_a_reason_and_is_no_asset(self, api):
        audit = self.count(api)

        assert decide(api, audit, EAN, "foreign", "").status_code == 422
        assert decide(api, audit, "A-2", "foreign", "a pen").status_code == 422

    def test_adds_nothing_to_the_register(self, api, work):
        audit = self.count(api)
        decide(api, audit, EAN, "foreign", "a pen")
        reject_all(api, audit)

        close(api, audit)

        assert meaning(work, EAN) == []

    def test_is_known_to_the_next_audit(self, api, admin):
        first = self.count(api)
        assert find(api, first, EAN)["flags"] == []
        decide(api, first, EAN, "foreign", "a pen")
        reject_all(api, first)
        close(api, first)

        second = self.count(api)

        [found] = [
            one for one in api.get(f"/audits/{second}/findings").json["items"] if one["code"]
        ]
        row = admin.get(f"/audits/{second}").text
        alone = admin.get(f"/audits/{second}/findings/{found['id']}").text
        assert 'value="a pen"' in row
        assert 'value="a pen"' in alone
        assert found["flags"] == ["called_foreign"]
        assert find(api, second, EAN)["proposal"] == "register"

    def test_is_forgotten_by_an_audit_that_said_otherwise(self, api):
        for reason in ("a pen", None):
            audit = self.count(api)
            decide(api, audit, EAN, "foreign" if reason else "reject", reason or "who knows")
            reject_all(api, audit)
            close(api, audit)

        assert find(api, self.count(api), EAN)["flags"] == []


@pytest.mark.usefixtures("office")
def test_scenario_18_of_an_old_label_and_a_makers_code(api, work, tmp_path):
    """Old label on A-2, A-2 missing: verified, one finding less, its alias after closing; a
    foreign EAN leaves completeness as it was; the report passes both readings."""
    audit = open_audit(api)
    scan(api, "A-1", audit)
    scan(api, "OLD-LABEL-7", audit, minute=1)
    scan(api, EAN, audit, minute=2)
    api.post(f"/audits/{audit}/reconciliation")
    findings = len(tags(api, audit))
    match(api, audit, "OLD-LABEL-7", "A-2")
    decide(api, audit, EAN, "foreign", "a pen")

    assert tags(api, audit)["A-2"] == "verified"
    assert len(tags(api, audit)) == findings - 1
    assert show(api, audit)["accuracy"]["register_completeness"] == 1.0
    reject_all(api, audit)
    close(api, audit)
    assert meaning(work, "OLD-LABEL-7") == [("alias", "A-2")]

    sealed = api.get(f"/audits/{audit}/report.json").data
    report = json.loads(sealed)
    assert both(None, sealed, tmp_path) == ""
    [made] = report["matches"]
    assert (made["code"], made["asset_tag"], made["becomes_code"]) == ("OLD-LABEL-7", "A-2", True)
    [own] = [f["scan_ids"] for f in report["findings"] if f["asset_tag"] == "A-2"]
    assert made["scan_ids"] == own
    assert report["foreign"] == 1
    claim_without_a_match(report)
    with pytest.raises(Broken, match="is of an asset that nobody named"):
        check_scans(report)


def claim_without_a_match(report: dict) -> None:
    """Claim that the maker's code was on A-3, with every hash made right."""
    [item] = [one for one in report["scans"]["items"] if one["leaf"]["code"] == EAN]
    item["asset_tag"] = "A-3"
    root = root_of_items(dump_canonical(without_digest(one)) for one in report["scans"]["items"])
    report["scans"]["root"] = root.hex()


@pytest.mark.usefixtures("office")
def test_a_match_of_a_closed_audit_cannot_be_changed_in_the_database(api, work):
    audit = open_audit(api)
    scan(api, "OLD-LABEL-7", audit)
    api.post(f"/audits/{audit}/reconciliation")
    match(api, audit, "OLD-LABEL-7", "A-2")
    reject_all(api, audit)
    close(api, audit)

    for change in ("UPDATE audit_match SET becomes_code = becomes_code", "DELETE FROM audit_match"):
        with pytest.raises(DBAPIError, match="closed audit"), work() as session:
            session.execute(text(change))


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestOnThePages:
    def start(self, api) -> int:
        audit = open_audit(api)
        scan(api, "OLD-LABEL-7", audit)
        scan(api, EAN, audit, minute=1)
        api.post(f"/audits/{audit}/reconciliation")
        return audit

    def test_a_label_is_matched_from_its_row_and_taken_back_from_the_list(self, api, admin):
        audit = self.start(api)
        found = find(api, audit, "OLD-LABEL-7")["id"]
        form = {
            "asset": "A-2",
            "note": "serial read",
            "becomes_code": "on",
            "state": "unregistered",
        }

        done = admin.post(f"/audits/{audit}/findings/{found}/match", data=form)

        assert done.headers["Location"] == f"/audits/{audit}?state=unregistered"
        text = admin.get(f"/audits/{audit}").text
        assert "Matched labels" in text
        assert "serial read" in text
        assert "The label becomes a code of the asset." in text
        assert "labels matched" in admin.get(f"/audits/{audit}/closure").text
        [made] = api.get(f"/audits/{audit}/matches").json["items"]
        admin.post(f"/audits/{audit}/matches/{made['id']}/removal")
        assert "Matched labels" not in admin.get(f"/audits/{audit}").text

    def test_a_tag_that_does_not_exist_keeps_what_was_entered(self, api, admin):
        audit = self.start(api)
        found = find(api, audit, "OLD-LABEL-7")["id"]

        answer = admin.post(
            f"/audits/{audit}/findings/{found}/match", data={"asset": "ZZ-9", "note": "I know"}
        )

        assert answer.status_code == 422
        assert "No asset has the tag “ZZ-9”." in answer.text
        assert 'value="I know"' in answer.text

    def test_codes_are_called_not_ours_together_and_stand_so_in_the_report(self, api, admin):
        audit = self.start(api)
        many = {"all": "on", "state": "unregistered", "open": "yes", "decision": "foreign"}

        admin.post(f"/audits/{audit}/decisions", data={**many, "reason": "a shop's code"})

        assert {find(api, audit, code)["decision"] for code in (EAN, "OLD-LABEL-7")} == {"foreign"}
        assert "labels not ours" in admin.get(f"/audits/{audit}/closure").text
        reject_all(api, audit)
        close(api, audit)
        assert "2 labels are not ours" in admin.get(f"/audits/{audit}").text
        assert admin.get(f"/audits/{audit}/report.pdf").status_code == 200

"""Late scans that wait by policy, what phones still hold, and what misses the seal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.audits.late.unsent import Phone, say_left, say_unsent, say_waiting
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import SigningKey, without_digest
from scanner_app.models import Audit, AuditPhone
from scanner_app.services.audits.records.result_sheets import show_summary
from scanner_app.storage.database import unit_of_work
from tests.audits.conftest import fill_office
from tests.audits.steps import (
    START,
    decide,
    find,
    open_audit,
    reject_all,
    scan,
    state_of,
)
from tests.seals.closed_audits import seal_again, strip
from tests.seals.test_alterations import both

HOLD = {"late_scans": "hold"}


@pytest.fixture
def contents():
    return fill_office


def with_right_root(report: dict) -> dict:
    bare = strip(report)
    items = [dump_canonical(without_digest(one)) for one in bare["acts"]["items"]]
    bare["acts"]["root"] = root_of_items(items).hex()
    return bare


def report_of(api, audit: int) -> dict:
    return api.get(f"/audits/{audit}/report.json").json


@pytest.mark.usefixtures("office")
class TestHeld:
    def reconcile(self, api) -> int:
        audit = open_audit(api, policy=HOLD)
        scan(api, "A-3", audit)
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
        return audit

    def test_waits_and_changes_no_finding_until_one_act_takes_all_in(self, api, admin):
        """Scenario 10 under `hold`: what is decided meanwhile is open again."""
        audit = self.reconcile(api)
        decide(api, audit, "A-1", "accept")

        told = [scan(api, tag, audit) for tag in ("A-1", "FAR-1", "STICKER-9")]
        before = api.get(f"/audits/{audit}/late-scans").json["items"]
        page = admin.get(f"/audits/{audit}").text

        assert told[0]["finding"] is None
        assert "saved. Counting has ended" in told[0]["message"]
        assert [(one["waits"], one["counts"]) for one in before] == [(True, False)] * 3
        assert state_of(api, audit, "A-1")[0] == "missing"
        assert find(api, audit, "A-1")["decision"] == "accept"
        assert "Take in all 3" in page
        assert "STICKER-9" in page

        taken = api.post(f"/audits/{audit}/late-scans/admission", json={"reason": "Mia was below."})

        assert taken.json == {"admitted": 3}
        assert api.post(f"/audits/{audit}/late-scans/admission").json == {"admitted": 0}
        found = find(api, audit, "A-1")
        assert (found["state"], found["flags"], found["decision"]) == ("verified", ["late"], None)
        assert (find(api, audit, "FAR-1")["proposal"], find(api, audit, "STICKER-9")["proposal"]) == (
            "move", "register",
        )  # fmt: skip
        acts = api.get(f"/audits/{audit}/acts").json["items"]
        [act] = [one for one in acts if one["kind"] == "late_taken"]
        assert (act["text"], act["findings"]) == ("Mia was below.", 3)
        assert "Late scans taken in: 3 that had waited" in admin.get(f"/audits/{audit}").text

    def test_is_undone_while_it_waits_and_is_not_taken_in(self, api):
        audit = self.reconcile(api)
        wrong = scan(api, "A-1", audit)
        scan(api, "A-1", audit, None, 1, intent="void", voids=wrong["scan_id"])

        assert api.post(f"/audits/{audit}/late-scans/admission").json == {"admitted": 0}
        assert state_of(api, audit, "A-1")[0] == "missing"
        # Nobody left it out: the record says that it was undone, not that it waited.
        assert api.get(f"/audits/{audit}/late-scans").json["items"] == []
        reject_all(api, audit)
        assert api.post(f"/audits/{audit}/closure").status_code == 200
        report = report_of(api, audit)
        [undone] = [s for s in report["scans"]["items"] if s["scan_id"] == wrong["scan_id"]]
        assert (report["late_scans"], undone["counts"]) == ([], "undone")

    def test_prevents_closing_and_is_left_out_only_for_a_reason_in_the_record(
        self, app, api, admin, tmp_path
    ):
        audit = self.reconcile(api)
        scan(api, "A-1", audit)
        reject_all(api, audit)

        refused = api.post(f"/audits/{audit}/closure")
        page = admin.get(f"/audits/{audit}/closure").text
        closed = api.post(f"/audits/{audit}/closure", json={"reason": "The phone is disputed."})

        assert (refused.status_code, refused.json["code"]) == (409, "late_scans_waiting")
        assert "Why it is closed although scans wait" in page
        assert closed.status_code == 200
        report = report_of(api, audit)
        assert report["left_out"] == {
            "waiting": 1, "phones": [], "reason": "The phone is disputed.",
        }  # fmt: skip
        [late] = [one for one in report["scans"]["items"] if one["asset_tag"] == "A-1"]
        assert late["counts"] == "held"
        check_meaning(report)
        assert both(None, api.get(f"/audits/{audit}/report.json").data, tmp_path) == ""
        assert "1 late scan waited to be taken in." in admin.get(f"/audits/{audit}").text
        summary = [*show_summary(report).rows]
        assert ("Reason", "The phone is disputed.") in summary
        assert api.get(f"/audits/{audit}/report.pdf").status_code == 200
        again = api.post(f"/audits/{audit}/late-scans/admission")
        assert (again.status_code, again.json["code"]) == (409, "audit_closed")

    def test_that_counts_without_an_act_is_found_by_both_checks(self, api, tmp_path):
        audit = self.reconcile(api)
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/late-scans/admission")
        reject_all(api, audit)
        assert api.post(f"/audits/{audit}/closure").status_code == 200
        report = report_of(api, audit)
        check_meaning(report)
        assert both(None, api.get(f"/audits/{audit}/report.json").data, tmp_path) == ""

        for act in report["acts"]["items"]:
            act["about"].pop("admitted", None)
        [late] = [one for one in report["scans"]["items"] if one["asset_tag"] == "A-1"]
        forged = seal_again(with_right_root(report), SigningKey.make())
        assert both(None, forged, tmp_path) == f"scans: {late['scan_id']} counts and may not"

    def test_is_taken_in_once_whatever_the_sql_says(self, app, api):
        audit = self.reconcile(api)
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/late-scans/admission")
        for change in ("UPDATE late_admission SET act_id = NULL", "DELETE FROM late_admission"):
            with app.app_context(), pytest.raises(DBAPIError, match="taken in once"):
                with unit_of_work() as session:
                    session.execute(text(change))

    def test_of_a_blind_audit_tells_no_more_than_any(self, api, api_as):
        audit = open_audit(api, policy=HOLD, blind=True)
        api.post(f"/audits/{audit}/reconciliation")

        told = [scan(api_as("technician"), tag, audit) for tag in ("A-1", "FAR-1")]

        assert {one["finding"] for one in told} == {None}
        assert told[0]["message"].replace("A-1", "X") == told[1]["message"].replace("FAR-1", "X")
        assert "Counting has ended" in told[0]["message"]


@pytest.mark.usefixtures("office")
class TestMissedTheSeal:
    def test_is_shown_and_stands_beside_what_its_revision_misses(self, app, api, admin):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        assert api.post(f"/audits/{audit}/closure").status_code == 200
        sealed = report_of(api, audit)

        missed = scan(api, "A-1", audit)

        assert missed["refusal"] == "audit_not_counting"
        assert report_of(api, audit) == sealed
        [listed] = api.get(f"/audits/{audit}/late-scans").json["items"]
        assert (listed["in_time"], listed["counts"], listed["waits"]) == (True, False, False)
        assert "made in time and missed the seal" in admin.get(f"/audits/{audit}").text

        revision = api.post(f"/audits/{audit}/revision").json["id"]
        api.post(f"/audits/{revision}/counting")
        api.post(f"/audits/{revision}/reconciliation")
        found = find(api, revision, "A-1")
        assert (found["flags"], found["proposal"]) == (["outside_scan"], None)
        assert found["outside_scan"]["scan_id"] == missed["scan_id"]
        assert decide(api, revision, "A-1", "present").status_code == 200

    def test_is_not_said_of_what_was_made_in_a_pause_of_the_count(self, app, api, admin):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        pause = [START + timedelta(minutes=50), START + timedelta(minutes=70)]
        with app.app_context(), unit_of_work() as session:
            [(began, ended)] = session.scalars(select(Audit.counting_spans)).one()
            spans = [[began, pause[0].isoformat()], [pause[1].isoformat(), ended]]
            session.execute(update(Audit).values(counting_spans=spans))
        assert api.post(f"/audits/{audit}/closure").status_code == 200

        scan(api, "A-1", audit)  # an hour after the start
        scan(api, "A-2", audit, minute=11)

        page = admin.get(f"/audits/{audit}").text
        between = page.split("Scans that were made while the audit did not count")[1]
        assert "A-1" in between.split("</section>")[0]
        assert "A-2" in page.split("made in time and missed the seal")[1].split("</section>")[0]
        revision = api.post(f"/audits/{audit}/revision").json["id"]
        api.post(f"/audits/{revision}/counting")
        api.post(f"/audits/{revision}/reconciliation")
        assert find(api, revision, "A-1")["outside_scan"] is None
        assert find(api, revision, "A-2")["outside_scan"] is not None


@pytest.mark.usefixtures("office")
class TestUnsent:
    def tell(self, api, audit: int, device: str, unsent: int):
        return api.put(f"/audits/{audit}/phones/{device}", json={"unsent": unsent})

    def test_is_told_by_phones_and_prevents_closing_within_a_day(self, app, api, api_as, admin):
        audit = open_audit(api)
        counter = api_as("technician")
        for device, unsent in (("web-1", 9), ("web-2", 5), ("web-3", 0)):
            assert self.tell(counter, audit, device, unsent).status_code == 204
        self.tell(counter, audit, "web-1", 10)

        counting = admin.get(f"/audits/{audit}").text
        listed = api.get(f"/audits/{audit}/phones").json["items"]
        assert "2 phones hold 15 scans not sent" in counting
        assert "Nothing was counted in" in counting
        assert [(one["device"], one["unsent"], one["is_holding"]) for one in listed] == [
            ("web-1", 10, True), ("web-2", 5, True), ("web-3", 0, False),
        ]  # fmt: skip
        assert counter.get(f"/audits/{audit}/phones").status_code == 403

        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        refused = api.post(f"/audits/{audit}/closure")
        assert (refused.status_code, refused.json["code"]) == (409, "unsent_scans")
        self.tell(counter, audit, "web-2", 0)
        with app.app_context(), unit_of_work() as session:
            old = datetime.now(UTC) - timedelta(days=1, minutes=1)
            session.execute(
                update(AuditPhone).where(AuditPhone.device == "web-1").values(told_at=old)
            )
        assert api.post(f"/audits/{audit}/closure").status_code == 200
        assert "left_out" not in report_of(api, audit)
        assert self.tell(counter, audit, "web-1", 3).status_code == 204
        assert api.get(f"/audits/{audit}/phones").json["items"][0]["unsent"] == 10

    def test_is_not_held_any_more_once_it_has_arrived(self, api):
        """The page was left, so the phone sends by itself and tells no number."""
        audit = open_audit(api)
        for device, unsent in (("web-1", 2), ("web-2", 1)):
            self.tell(api, audit, device, unsent)
        scan(api, "A-1", audit, device="web-1")
        scan(api, "A-3", audit, device="web-1")
        scan(api, "A-2", audit, device="web-1", scanned_at=datetime.now(UTC).isoformat())

        listed = api.get(f"/audits/{audit}/phones").json["items"]
        assert [(one["device"], one["unsent"]) for one in listed] == [("web-2", 1), ("web-1", 0)]

    def test_is_left_out_on_the_page_for_a_reason(self, api, admin):
        audit = open_audit(api)
        self.tell(api, audit, "web-1", 2)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)

        admin.post(f"/audits/{audit}/closure", data={"reason": "It fell into the lake."})

        left = report_of(api, audit)["left_out"]
        assert (left["reason"], left["phones"][0]["unsent"]) == ("It fell into the lake.", 2)
        assert "1 phone held 2 scans not sent" in admin.get(f"/audits/{audit}").text

    def test_is_kept_of_ten_phones_of_a_person(self, app, api, api_as):
        """Anyone who may scan may name phones, and the sealed record holds their names."""
        audit = open_audit(api)
        counter = api_as("technician")
        for number in range(10):
            assert self.tell(counter, audit, f"web-{number}", 1).status_code == 204

        refused = self.tell(counter, audit, "web-new", 1)
        assert (refused.status_code, refused.json["code"]) == (409, "too_many_phones")
        assert self.tell(counter, audit, "web-3", 7).status_code == 204
        assert self.tell(api, audit, "web-new", 1).status_code == 204  # another person's

        self.tell(counter, audit, "web-4", 0)
        with app.app_context(), unit_of_work() as session:
            old = datetime.now(UTC) - timedelta(days=2)
            session.execute(
                update(AuditPhone).where(AuditPhone.device == "web-5").values(told_at=old)
            )
        for name in ("web-a", "web-b"):
            assert self.tell(counter, audit, name, 1).status_code == 204
        assert self.tell(counter, audit, "web-c", 1).status_code == 409
        listed = api.get(f"/audits/{audit}/phones").json["items"]
        names = [one["device"] for one in listed if one["device"] != "web-new"]
        assert names == ["web-3", *(f"web-{n}" for n in (0, 1, 2, 6, 7, 8, 9)), "web-a", "web-b"]

    @pytest.mark.parametrize("name", ["x" * 65, "a%00b", "%20", "a%0Ab", "a%E2%80%AEb"])
    def test_is_of_a_phone_with_a_name_that_can_be_shown(self, api, name):
        audit = open_audit(api)
        refused = self.tell(api, audit, name, 1)
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["device"])
        assert api.get(f"/audits/{audit}/phones").json["items"] == []

    def test_takes_a_number_of_an_audit_that_exists(self, api):
        audit = open_audit(api)
        assert self.tell(api, audit, "web-1", -1).status_code == 422
        assert self.tell(api, 999, "web-1", 1).status_code == 404


def test_words_agree_with_their_numbers():
    phones = [Phone("user:1", "Mia", f"web-{n}", n, START) for n in (1, 2)]
    assert say_unsent(phones) == "2 phones hold 3 scans not sent: Mia."
    assert say_unsent(phones[:1]) == "1 phone holds 1 scan not sent: Mia."
    assert (say_unsent([]), say_waiting(0)) == ("", "")
    assert say_left({"waiting": 2, "phones": []}) == "2 late scans waited to be taken in."

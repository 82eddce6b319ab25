"""Locations of an audit: given, signed off, counted again by somebody else, and both counts compared."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.checking import check_meaning
from scanner_app.models import Location
from scanner_app.services.access import tokens
from scanner_app.storage.database import reading, unit_of_work
from tests.audits.approval.test_closing import find_user, person
from tests.audits.steps import START, close, decide, open_audit, reject_all, scan
from tests.conftest import ApiClient
from tests.support.register import add_asset, add_location

THINGS = 98


def fill_rooms(session: Session) -> None:
    """A room with 98 laptops, an empty one, and a rack inside the first."""
    site = add_location(session, "HQ", "Head office", now=START)
    room = add_location(session, "R-1", "Room 1", parent=site, now=START)
    add_location(session, "R-1-S", "Rack", parent=room, now=START)
    add_location(session, "R-2", "Room 2", parent=site, now=START)
    for number in range(THINGS):
        add_asset(session, f"LT-{number:04}", location=room, now=START)


@pytest.fixture
def contents():
    return fill_rooms


def place_of(api, audit: int, code: str = "R-1") -> dict:
    [found] = [p for p in api.get(f"/audits/{audit}/places").json["items"] if p["location"] == code]
    return found


def step(api, audit: int, what: str, code: str = "R-1", **body):
    call = api.put if what == "assignments" else api.post
    return call(f"/audits/{audit}/places/{code}/{what}", json=body)


def scan_many(api, audit: int, numbers, at: datetime, location: str = "R-1") -> None:
    scans = [
        {
            "scan_id": str(uuid.uuid4()), "code": f"LT-{number:04}", "intent": "sighting",
            "audit": audit, "location": location, "scanned_at": at.isoformat(),
        }
        for number in numbers
    ]  # fmt: skip
    assert api.post("/scans", json={"scans": scans}).status_code == 200


class TestSecondCount:
    def test_of_96_and_94_with_92_in_both(self, app, api, admin, page_as):
        """Scenario 16: agreement 93.9 %, Chapman 98.1, six disagree, the same person is refused."""
        mara_id, mara = person(app, page_as, "technician", "mara@example.org")
        kim_id, kim = person(app, page_as, "technician", "kim@example.org")
        audit = open_audit(api)
        scan_many(mara, audit, range(96), START)
        once = api.get(f"/audits/{audit}/places/R-1/comparison").json
        assert (once["rounds"], once["second"], once["only_first"]) == (1, None, [])
        assert step(mara, audit, "sign-offs", statement="All counted.").status_code == 200
        assert place_of(api, audit)["state"] == "signed_off"

        refused = step(api, audit, "recounts", reason="check", counter=mara_id)
        asked = step(api, audit, "recounts", reason="check", counter=kim_id)
        assert (refused.status_code, refused.json["code"]) == (409, "same_counter")
        assert (asked.status_code, asked.json["state"]) == (200, "recount")
        # By another token of the same person, too.
        again = step(own_token(app, mara_id), audit, "sign-offs", is_empty=True)
        assert (again.status_code, again.json["code"]) == (409, "same_counter")
        given = step(api, audit, "assignments", people=[mara_id])
        assert (given.status_code, given.json["code"]) == (409, "same_counter")

        scan_many(kim, audit, [*range(92), 96, 97], datetime.now(UTC))
        assert step(kim, audit, "sign-offs", statement="Again.").status_code == 200

        place = place_of(api, audit)
        assert (place["state"], place["round"], place["seen"]) == ("signed_off", 2, 98)
        compared = api.get(f"/audits/{audit}/places/R-1/comparison").json
        assert (compared["first"], compared["second"], compared["both"]) == (96, 94, 92)
        assert compared["only_first"] == ["LT-0092", "LT-0093", "LT-0094", "LT-0095"]
        assert compared["only_second"] == ["LT-0096", "LT-0097"]
        assert round(compared["agreement"], 3) == 0.939
        assert round(compared["estimate"], 1) == 98.1

        api.post(f"/audits/{audit}/reconciliation")
        flagged = self.flagged(api, audit)
        assert sorted(flagged) == sorted([*compared["only_first"], *compared["only_second"]])
        refused = api.post(f"/audits/{audit}/closure")
        assert (refused.status_code, refused.json["code"]) == (409, "counts_disagree")
        for finding_id in flagged.values():
            path = f"/audits/{audit}/findings/{finding_id}/comments"
            assert api.post(path, json={"text": "It is there."}).status_code in {200, 201}
        close(api, audit)
        page = admin.get(f"/audits/{audit}").text
        assert "Counted twice" in page
        assert "93.9&nbsp;%" in page
        report = json.loads(api.get(f"/audits/{audit}/report.json").data)
        check_meaning(report)
        [room] = [one for one in report["rounds"] if one["code"] == "R-1"]
        assert (room["comparison"]["both"], room["signed_off"]["name"]) == (92, "kim@example.org")

    def flagged(self, api, audit: int) -> dict[str, int]:
        items = api.get(f"/audits/{audit}/findings?limit=500").json["items"]
        return {i["asset"]: i["id"] for i in items if "counts_disagree" in i["flags"]}

    def test_of_what_is_typed_tells_nothing_of_where_it_belongs(self, app, api, page_as):
        _, mara = person(app, page_as, "technician", "mara@example.org")
        _, kim = person(app, page_as, "technician", "kim@example.org")
        audit = open_audit(api, policy={"least_evidence": "held"})
        scan(mara, "LT-0003", audit, "R-2", source="camera")
        step(mara, audit, "sign-offs", "R-2")
        step(api, audit, "recounts", "R-2", reason="it looked full")

        told = scan(kim, "LT-0003", audit, "R-2", source="typed")

        assert told["refusal"] == "label_not_read"
        assert "R-1" not in json.dumps(told)

    def test_is_decided_alone_and_not_among_many(self, app, api, admin, page_as):
        _, mara = person(app, page_as, "technician", "mara@example.org")
        _, kim = person(app, page_as, "technician", "kim@example.org")
        audit = open_audit(api)
        scan_many(mara, audit, range(3), START)
        scan(mara, "LT-0003", audit, "R-2")
        step(mara, audit, "sign-offs")
        step(mara, audit, "sign-offs", "R-2")
        step(api, audit, "recounts", "R-2", reason="it looked full")
        step(kim, audit, "sign-offs", "R-2", statement="Nothing.", is_empty=True)
        api.post(f"/audits/{audit}/reconciliation")

        many = {"all": "on", "decision": "reject", "reason": "later"}
        refused = admin.post(f"/audits/{audit}/decisions", data=many)
        assert refused.status_code == 422
        assert "Two counts disagree about LT-0003" in refused.text
        assert decide(api, audit, "LT-0003", "accept").status_code == 200
        assert admin.post(f"/audits/{audit}/decisions", data=many).status_code == 303
        close(api, audit)

    def test_third_one_settles_it(self, app, api, page_as):
        people = [person(app, page_as, "technician", f"{n}@example.org")[1] for n in "abc"]
        audit = open_audit(api)
        seen = (range(3), range(2), range(3))
        for number, (who, numbers) in enumerate(zip(people, seen, strict=True)):
            if number:
                assert step(api, audit, "recounts", reason="again").status_code == 200
            scan_many(who, audit, numbers, datetime.now(UTC))
            assert step(who, audit, "sign-offs", statement="done").status_code == 200

        api.post(f"/audits/{audit}/reconciliation")

        assert place_of(api, audit)["round"] == 3
        assert self.flagged(api, audit) == {}
        reject_all(api, audit)
        close(api, audit)


def own_token(app, owner: int) -> ApiClient:
    with app.app_context(), unit_of_work() as session:
        token = tokens.add_token(
            session, name="gate", role=Role.TECHNICIAN, created_by="test",
            now=datetime.now(UTC), owner_id=owner,
        )  # fmt: skip
    return ApiClient(app.test_client(), token.secret)


@pytest.mark.either_database
class TestSignOff:
    def test_is_by_who_counted_and_a_later_scan_withdraws_it(self, app, api, page_as):
        _, mara = person(app, page_as, "technician", "mara@example.org")
        audit = open_audit(api)

        nothing = step(mara, audit, "sign-offs", statement="All counted.")
        assert (nothing.status_code, nothing.json["code"]) == (409, "nothing_counted")
        scan(mara, "LT-0001", audit, "R-1-S")
        assert place_of(api, audit)["state"] == "counting"
        step(mara, audit, "sign-offs", statement="All counted.")
        signed = place_of(api, audit)
        assert (signed["state"], signed["signed_off"]["statement"]) == (
            "signed_off", "All counted.",
        )  # fmt: skip
        scan_many(mara, audit, [2], datetime.now(UTC))
        assert place_of(api, audit)["state"] == "counting"
        assert place_of(api, audit)["signed_off"] is None
        kinds = [act["kind"] for act in api.get(f"/audits/{audit}/acts").json["items"]]
        assert kinds.count("place_signed_off") == 1

    def test_of_every_location_ends_the_count_where_the_policy_says_so(self, api):
        audit = open_audit(api, policy={"places": "all_signed_off"})
        scan(api, "LT-0001", audit, "R-1")

        refused = api.post(f"/audits/{audit}/reconciliation")
        assert (refused.status_code, refused.json["code"]) == (409, "places_not_signed_off")
        assert "Room 1" in refused.json["detail"]
        step(api, audit, "sign-offs", statement="All counted.")
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200

    def test_is_refused_when_the_audit_does_not_count_or_nothing_has_that_code(self, api):
        audit = open_audit(api)
        assert step(api, audit, "sign-offs", "NO-SUCH", is_empty=True).status_code == 404
        early = step(api, audit, "recounts", reason="x")
        assert (early.status_code, early.json["code"]) == (409, "place_not_counted")
        api.post(f"/audits/{audit}/reconciliation")
        late = step(api, audit, "sign-offs", is_empty=True)
        assert (late.status_code, late.json["code"]) == (409, "not_counting")


@pytest.mark.either_database
class TestPages:
    def test_give_sign_off_and_ask_again(self, app, api, admin, page_as):
        technician = page_as("technician")
        ana = find_user(app, "technician@example.org")
        audit = open_audit(api)
        [room] = api.get(f"/audits/{audit}/places").json["items"]
        assert (room["location"], room["state"], room["expected"]) == ("R-1", "new", 98)
        with app.app_context(), reading() as session:
            location = session.scalars(select(Location.id).where(Location.code == "R-1")).one()
        address = f"/audits/{audit}/rooms/{location}"
        by_category, by_tag = (technician.get(address + more).text for more in ("", "?by=tag"))
        assert ('class="room-group"' in by_category, "Sort by tag" in by_category) == (True, True)
        assert ('class="room-group"' in by_tag, "Sort by category" in by_tag) == (False, True)

        admin.post(f"{address}/assignment", data={"people": [ana], "due_on": "2026-03-09"})
        assert "Given to you" in technician.get(f"/audits/{audit}/places").text
        assert "2026-03-09" in technician.get(address).text
        scan(api, "LT-0001", audit, "R-1")
        assert "counted by somebody not assigned" in admin.get(f"/audits/{audit}/places").text
        refused = technician.post(
            f"{address}/sign-off", data={"statement": "All."}, follow_redirects=True
        )
        assert "You scanned nothing here" in refused.text
        signed = technician.post(
            f"{address}/sign-off", data={"statement": "All.", "is_empty": "on"},
            follow_redirects=True,
        )  # fmt: skip
        assert "Signed off" in signed.text
        asked = admin.post(
            f"{address}/recount", data={"reason": "too quick"}, follow_redirects=True
        )
        assert "too quick" in asked.text
        assert "somebody else counts it again" in technician.get(address).text

    def test_of_a_blind_count_tell_nothing_of_what_is_expected(self, app, api, page_as):
        technician = page_as("technician")
        audit = open_audit(api, blind=True)

        assert "Room 1" not in technician.get(f"/audits/{audit}/places").text
        scan(api, "LT-0001", audit, "R-1")
        assert "Room 1" in technician.get(f"/audits/{audit}/places").text
        assert "of 98" not in technician.get(f"/audits/{audit}/places").text

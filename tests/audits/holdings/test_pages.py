"""What has no label on pages: of who counts and decides, and of who looks after it."""

from __future__ import annotations

import pytest

from tests.audits.holdings.office import HOLDINGS, fill_with_holdings
from tests.audits.holdings.test_holdings import list_held
from tests.audits.steps import open_audit


@pytest.fixture
def contents():
    return fill_with_holdings


@pytest.mark.either_database
class TestPages:
    def test_take_answers_and_decisions(self, admin, page_as):
        made = admin.post(
            "/audits", data={"name": "Holdings", "kinds": HOLDINGS, "locations": ["HQ"]}
        )
        path = made.location
        draft = admin.get(path).text
        admin.post(f"{path}/counting")
        page = admin.get(f"{path}/holdings").text
        ids = [part.split('"')[0] for part in page.split('id="holding-')[1:]]
        assert len(ids) == 3
        wrong = admin.post(f"{path}/holdings/{ids[1]}", data={"quantity": "many"})
        denied = admin.post(f"{path}/holdings/{ids[0]}", data={"holds": "no"})
        for one, quantity in ((ids[1], "48"), (ids[2], "22")):
            given = admin.post(
                f"{path}/holdings/{one}", data={"quantity": quantity, "holds": "yes"}
            )
            assert given.status_code == 303
        counting = admin.get(path).text
        admin.post(f"{path}/reconciliation", data={"statement": "Counted."})
        bare = admin.post(f"{path}/holdings/decisions", data={"holding": ids, "decision": "reject"})
        many = admin.post(f"{path}/holdings/decisions", data={"holding": ids, "decision": "accept"})
        closing = admin.get(f"{path}/closure").text

        assert "3 without a label" in draft
        assert (wrong.status_code, denied.status_code) == (422, 303)
        assert "Say how many there are." in wrong.text
        assert "3 of 3" in counting
        assert (bare.status_code, many.status_code) == (422, 303)
        assert "Count accuracy 94.59" in closing
        text = admin.get(f"{path}/holdings").text
        assert text.count("Accepted by") == 3
        assert "another number than recorded" in text
        assert page_as("viewer").get(f"{path}/holdings").status_code == 200
        assert "3 of 3" in admin.get(path).text


class TestOwners:
    def test_answer_by_their_link_for_what_they_look_after(self, app, api):
        audit = open_audit(
            api, scope={"locations": ["HQ"], "kinds": ["hardware", "cloud", *HOLDINGS]}
        )
        asked = api.post(f"/audits/{audit}/attestation-requests", json={"by": "shown"})
        link = asked.json["items"][0]["link"]
        path = link[link.index("/attest/") :]
        held = list_held(api, audit)
        owner = app.test_client()
        shown = owner.get(path).text
        wrong = owner.post(path, data={"holding": held["LIC-1"]["id"], "quantity": "many"})
        stock = owner.post(path, data={"holding": held["ST-0001"]["id"], "quantity": "3"})
        for code, data in (
            ("LIC-1", {"quantity": "48", "note": "Portal"}), ("CLD-1", {}), ("DAT-1", {"holds": "no"}),
        ):  # fmt: skip
            given = owner.post(path, data={"holding": held[code]["id"], **data})
            assert given.status_code == 303, given.text
        done = owner.get(path).text

        assert [asked.json["items"][0]["name"], len(asked.json["items"])] == ["Dana", 1]
        assert all(code in shown for code in ("LIC-1", "CLD-1", "DAT-1"))
        assert "ST-0001" not in shown
        assert (wrong.status_code, stock.status_code) == (422, 404)
        assert "Thank you. There is nothing left to answer." in done
        said = {
            code: (one["state"], one["by_owner"]) for code, one in list_held(api, audit).items()
        }
        assert said == {
            "LIC-1": ("verified", True), "CLD-1": ("verified", True), "DAT-1": ("denied", True),
            "ST-0001": ("open", False),
        }  # fmt: skip
        [person] = api.get(f"/audits/{audit}/attestations").json["items"]
        assert (person["things"], person["missing"]) == (3, 0)
        acts = api.get(f"/audits/{audit}/acts").json["items"]
        who = {act["actor_name"] for act in acts if act["kind"] == "holding_answered"}
        assert who == {"Dana"}

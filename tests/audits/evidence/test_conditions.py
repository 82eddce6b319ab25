"""What a thing is like, said with a picture of it: the flag, the trail, and the check of both."""

from __future__ import annotations

import copy
import io

import pytest
from PIL import Image

from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.audits.findings import CONDITIONS
from scanner_app.domain.scanning import new_scan
from scanner_app.domain.seals.check import Broken
from tests.audits.conftest import fill_office
from tests.audits.steps import close, decide, find, open_audit, reject_all, scan, state_of
from tests.seals.test_alterations import both


@pytest.fixture
def contents():
    return fill_office


def add(admin, api, audit: int, tag: str, condition: str, colour: str = "white"):
    image = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(image, "JPEG")
    image.seek(0)
    return admin.post(
        f"/audits/{audit}/findings/{find(api, audit, tag)['id']}/evidence",
        data={"picture": (image, "it.jpg"), "note": "The lid", "condition": condition},
    )


def test_is_one_of_those_that_scans_say():
    assert set(CONDITIONS) == set(new_scan.CONDITIONS)


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestCondition:
    def test_sets_the_flag_when_counting_ends_and_stays_whatever_is_scanned(
        self, api, admin, tmp_path
    ):
        audit = open_audit(api)
        scan(api, "A-1", audit)
        assert add(admin, api, audit, "A-1", "damaged").status_code == 303
        scan(api, "A-1", audit, "R-1", 5, condition="good")
        api.post(f"/audits/{audit}/reconciliation")

        assert state_of(api, audit, "A-1") == ("verified", ["damaged"])
        page = admin.get(f"/audits/{audit}/findings/{find(api, audit, 'A-1')['id']}").text
        assert "Evidence added: damaged" in page
        assert "Damaged · “<bdi>The lid</bdi>”" in page
        reject_all(api, audit)
        close(api, audit)
        text = api.get(f"/audits/{audit}/report.json")
        assert both(None, text.data, tmp_path) == ""
        for flags in ([], ["damaged", "unreadable"]):
            forged = copy.deepcopy(text.json)
            [found] = [one for one in forged["findings"] if one["asset_tag"] == "A-1"]
            found["flags"] = flags
            with pytest.raises(Broken, match="A-1 does not follow from its scans"):
                check_meaning(forged)

    def test_opens_what_was_decided_without_it_and_only_that(self, api, admin):
        audit = open_audit(api)
        scan(api, "A-1", audit, "R-2")
        scan(api, "A-2", audit, "R-2", 1)
        api.post(f"/audits/{audit}/reconciliation")
        for tag in ("A-1", "A-2"):
            assert decide(api, audit, tag, "accept").status_code == 200

        add(admin, api, audit, "A-1", "unreadable_label")
        add(admin, api, audit, "A-2", "good", "black")

        found = find(api, audit, "A-1")
        assert (found["flags"], found["decision"], found["proposal"]) == (
            ["unreadable"], None, "move",
        )  # fmt: skip
        assert find(api, audit, "A-2")["decision"] == "accept"
        asked = admin.get("/labels/requests").text
        assert "A-1" in asked
        assert "The lid" in asked
        assert "A-2" not in asked
        kinds = [one["kind"] for one in api.get(f"/audits/{audit}/acts").json["items"]]
        assert kinds[-3:] == ["evidence_added", "decision_reopened", "evidence_added"]

    def test_that_does_not_exist_is_refused(self, api, admin):
        audit = open_audit(api)
        scan(api, "A-1", audit)
        refused = add(admin, api, audit, "A-1", "lost")
        assert refused.status_code == 422
        assert "Choose one of good, damaged, unreadable_label." in refused.text
        assert state_of(api, audit, "A-1") == ("verified", [])

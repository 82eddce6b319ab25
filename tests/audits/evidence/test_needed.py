"""What the policy asks for as proof: labels that were read, and pictures of what differs."""

from __future__ import annotations

import io
import uuid

import pytest
from PIL import Image
from sqlalchemy import select

from scanner_app.domain.audits.evidence.needed import list_sources, proves, say_needs
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import SigningKey, without_digest
from scanner_app.models import ScanPicture, ShelfShot
from scanner_app.storage.database import unit_of_work
from tests.audits.conftest import fill_office
from tests.audits.steps import START, decide, find, open_audit, reject_all, scan, state_of
from tests.seals.closed_audits import seal_again, strip
from tests.seals.test_alterations import both

HELD = {"least_evidence": "held"}


def with_root(report: dict) -> dict:
    bare = strip(report)
    items = [dump_canonical(without_digest(one)) for one in bare["scans"]["items"]]
    bare["scans"]["root"] = root_of_items(items).hex()
    return bare


@pytest.fixture
def contents():
    return fill_office


@pytest.mark.parametrize(
    ("least", "sources"),
    [
        ("typed", None),
        ("heard", {"camera", "photo", "wedge", "nfc", "rfid"}),
        ("held", {"camera", "photo", "wedge", "nfc"}),
    ],
)
def test_sources_are_proof_from_the_least_grade_on(least, sources):
    policy = {"least_evidence": least}

    assert list_sources(policy) == sources
    assert proves(policy, None) is (least == "typed")
    assert bool(say_needs(policy)) is (least != "typed")


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestLeastEvidence:
    def test_typed_is_told_kept_and_decided_by_a_person(self, api, admin, tmp_path):
        audit = open_audit(api, policy=HELD)

        typed = scan(api, "A-1", audit, source="typed")
        read = scan(api, "A-2", audit, source="wedge")
        unknown = scan(api, "thinkpad", audit, source="typed")
        room = scan(api, "R-1", audit, source="typed")

        assert (typed["refusal"], unknown["refusal"]) == ("label_not_read", "label_not_read")
        assert "Scan the label of A-1" in typed["message"]
        assert (read["refusal"], room["refusal"]) == (None, None)
        assert (
            "what is typed, or heard by RFID, does not count"
            in admin.get(f"/scan?audit={audit}").text
        )
        api.post(f"/audits/{audit}/reconciliation")
        found = find(api, audit, "A-1")
        assert (found["state"], found["flags"], found["proposal"]) == (
            "missing", ["outside_scan", "weak_evidence"], None,
        )  # fmt: skip
        assert found["outside_scan"]["scan_id"] == typed["scan_id"]
        assert api.get(f"/audits/{audit}").json["counts"]["unregistered"] == 0
        assert decide(api, audit, "A-1", "present", "Its label is torn off.").status_code == 200
        reject_all(api, audit)
        assert api.post(f"/audits/{audit}/closure").status_code == 200

        text = api.get(f"/audits/{audit}/report.json")
        assert both(None, text.data, tmp_path) == ""
        forged = text.json
        [item] = [one for one in forged["scans"]["items"] if one["asset_tag"] == "A-1"]
        item["counts"] = True
        said = both(None, seal_again(with_root(forged), SigningKey.make()), tmp_path)
        assert said == f"scans: {item['scan_id']} counts and may not"

    def test_is_the_same_for_expected_and_other_things_in_a_blind_audit(self, api, api_as):
        audit = open_audit(api, policy=HELD, blind=True)
        told = [scan(api_as("technician"), tag, audit, source="typed") for tag in ("A-1", "FAR-1")]
        assert told[0]["message"].replace("A-1", "X") == told[1]["message"].replace("FAR-1", "X")


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestPictures:
    def test_are_asked_for_before_a_difference_is_accepted(self, api, admin):
        audit = open_audit(api, policy={"pictures": "differences"})
        scan(api, "A-1", audit, "R-2")
        scan(api, "A-2", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        one = f"/audits/{audit}/findings/{find(api, audit, 'A-1')['id']}"

        refused = decide(api, audit, "A-1", "accept")

        assert (refused.status_code, refused.json["code"]) == (409, "picture_required")
        assert "Picture needed" in admin.get(f"/audits/{audit}").text
        # What nobody found has no picture, and a rejection changes nothing.
        assert decide(api, audit, "A-3", "accept").status_code == 200
        assert decide(api, audit, "A-1", "reject").status_code == 200
        image = io.BytesIO()
        Image.new("RGB", (40, 30), "white").save(image, "JPEG")
        image.seek(0)
        added = admin.post(f"{one}/evidence", data={"picture": (image, "it.jpg"), "note": ""})
        assert added.status_code == 303, added.text
        assert decide(api, audit, "A-1", "accept").status_code == 200
        assert "Picture needed" not in admin.get(f"/audits/{audit}").text
        assert state_of(api, audit, "A-2")[0] == "verified"
        reject_all(api, audit)
        assert api.post(f"/audits/{audit}/closure").status_code == 200

    def test_of_a_scan_that_was_undone_are_none(self, app, api):
        audit = open_audit(api, policy={"pictures": "differences"})
        wrong = scan(api, "A-1", audit, "R-2")
        with app.app_context(), unit_of_work() as session:
            shot = ShelfShot(
                id=uuid.uuid4(), upload_sha256="u", sha256="a" * 64, picture=b"x", width=1,
                height=1, symbols=[], taken_at=START, actor="user:1", actor_name="Test",
                recorded_at=START,
            )  # fmt: skip
            session.add(shot)
            session.flush()
            session.add(ScanPicture(scan_id=uuid.UUID(wrong["scan_id"]), shot_id=shot.id))
        scan(api, "A-1", audit, None, 1, intent="void", voids=wrong["scan_id"])
        right = scan(api, "A-1", audit, "R-2", 2)
        api.post(f"/audits/{audit}/reconciliation")

        refused = decide(api, audit, "A-1", "accept")

        assert (refused.status_code, refused.json["code"]) == (409, "picture_required")
        with app.app_context(), unit_of_work() as session:
            session.add(
                ScanPicture(
                    scan_id=uuid.UUID(right["scan_id"]),
                    shot_id=session.scalars(select(ShelfShot.id)).one(),
                )
            )
        assert decide(api, audit, "A-1", "accept").status_code == 200

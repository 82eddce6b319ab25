"""The ids of scans: what came again, what came under another's id, and what one moment means."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.new_scan import PARSERS
from scanner_app.models import Identifier, Scan
from scanner_app.storage.database import reading
from tests.scanning.steps import START, at, post, scan

BASE = uuid.UUID("6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001")
OURS = DerivedIds("the secret of this service", "user:1")
WHOLE = {
    "scan_id": str(uuid.UUID(int=7)),
    "code": "LT-001",
    "intent": "sighting",
    "scanned_at": at(60),
    "symbology": "code_128",
    "source": "camera",
    "location": "R-101",
    "custodian": "1001",
    "due_at": at(6000),
    "audit": None,
    "condition": "good",
    "note": "on the left",
    "device": "phone-1",
}
UNDO = {**WHOLE, "scan_id": str(uuid.UUID(int=8)), "intent": "void", "voids": WHOLE["scan_id"]}
CLAIM = {
    "scan_id": str(uuid.UUID(int=9)),
    "code": "L-0000000",
    "intent": "claim",
    "scanned_at": at(60),
    "for_code": "LT-001",
}
# Another value for each field that a client sends; `audit`, `voids` and `for_code` have one in their scan alone.
OTHERS = {
    "code": "LT-002",
    "intent": "lookup",
    "scanned_at": at(60.001),
    "symbology": "qr_code",
    "source": "typed",
    "location": "R-STORE",
    "custodian": "1002",
    "due_at": at(6001),
    "audit": 5,
    "voids": str(uuid.UUID(int=9)),
    "condition": "damaged",
    "note": "on the right",
    "device": "phone-2",
    "location_read": [{"code": "R-STORE", "symbology": None, "scanned_at": at(59)}],
    "custodian_read": [{"code": "B-77", "symbology": None, "scanned_at": at(59)}],
    "for_code": "LT-002",
    "quantity": 3,
    "line": 7,
    "target": "LT-002",
    "handover": str(uuid.UUID(int=10)),
}
TAKEN = scan("LT-003", intent="receive", task="D9", label="T-1")
OTHERS |= {"task": "D8", "label": "T-2"}
WITH = {"voids": UNDO, "for_code": CLAIM, "task": TAKEN, "label": TAKEN}


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("office")
class TestFingerprint:
    def test_tells_a_scan_from_one_that_differs_in_any_field(self, api, app):
        assert set(OTHERS) | {"scan_id"} == set(PARSERS), "a field without another value here"
        post(api, WHOLE, UNDO, CLAIM, TAKEN)
        altered = [{**WITH.get(field, WHOLE), field: value} for field, value in OTHERS.items()]
        lacking = [
            {name: value for name, value in WHOLE.items() if name != field}
            for field in OTHERS
            if WHOLE.get(field) and field not in {"code", "intent", "scanned_at"}
        ]

        told = post(api, *altered, *lacking)

        assert [one["status"] for one in told] == ["conflict"] * len(told)
        assert [one["status"] for one in post(api, WHOLE, UNDO)] == ["repeated"] * 2
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 4


@pytest.mark.usefixtures("office")
class TestMoment:
    def test_a_label_that_moves_on_means_one_asset_at_every_moment(self, api, work):
        moved = START + timedelta(hours=2)
        with work() as session:
            assets = {api.get(f"/assets/LT-00{n}").json["asset_tag"]: n for n in (1, 2)}
            assert assets == {"LT-001": 1, "LT-002": 2}
            for asset, started, ended in ((1, START, moved), (2, moved, None)):
                session.add(
                    Identifier(
                        scheme="alias",
                        value="STICKER",
                        asset_id=asset,
                        started_at=started,
                        ended_at=ended,
                    )
                )
        moments = [moved + timedelta(seconds=s) for s in (-1, 0, 1)]

        told = post(api, *(scan("sticker", scanned_at=m.isoformat()) for m in moments))

        meant = [one["asset"] and one["asset"]["asset_tag"] for one in told]
        assert meant == ["LT-001", "LT-002", "LT-002"]

    def test_the_log_since_a_moment_is_what_was_recorded_since_then(self, api):
        post(api, scan("LT-001", scanned_at=(datetime.now(UTC) - timedelta(days=9)).isoformat()))
        [recorded] = api.get("/scans").json["items"]
        later = datetime.fromisoformat(recorded["recorded_at"]) + timedelta(seconds=1)

        def since(moment: str) -> list[str]:
            items = api.get("/scans", query_string={"since": moment}).json["items"]
            return [item["code"] for item in items]

        assert since(recorded["recorded_at"]) == ["LT-001"]
        assert since(later.isoformat()) == []


class TestDerivedIds:
    def test_are_the_same_for_the_same_request(self):
        assert OURS.make(BASE, "undo") == DerivedIds(OURS.secret, "user:1").make(BASE, "undo")

    def test_differ_by_everything_that_they_follow_from(self):
        made = [
            OURS.make(BASE, "undo"),
            OURS.make(BASE, "label 1"),
            OURS.make(BASE, "label 11"),
            OURS.make(uuid.UUID(int=1), "undo"),
            DerivedIds(OURS.secret, "user:11").make(BASE, "undo"),
            DerivedIds("another secret", "user:1").make(BASE, "undo"),
        ]

        assert len(set(made)) == len(made)
        assert {one.version for one in made} == {4}

    def test_cannot_be_made_from_what_others_know(self):
        known = {uuid.uuid5(BASE, "undo"), uuid.uuid3(BASE, "undo"), BASE}

        assert OURS.make(BASE, "undo") not in known

    def test_are_made_of_half_a_character_too(self):
        assert OURS.make(BASE, "code \ud800") != OURS.make(BASE, "code ")

"""POST /api/v1/scans: what is refused, by field, by body and by person, and that nothing is stored."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from scanner_app.models import Scan
from scanner_app.storage.database import reading
from tests.scanning.steps import at, post, scan

pytestmark = pytest.mark.either_database

GOOD = {
    "scan_id": "6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001",
    "code": "LT-001",
    "intent": "lookup",
    "scanned_at": at(60),
}


@pytest.mark.usefixtures("office")
class TestBadScans:
    """Hardening inputs 1, 4, 8, 9, 24 and 28: a clear error by field, nothing stored."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("code", "ABC\x00DEF"),
            ("code", "\x1b[2J\x1b]0;pwn\x07"),
            ("code", ""),
            ("code", "   "),
            ("code", "x" * 4097),
            ("code", 7),
            ("code", ["LT-001"]),
            ("intent", "steal"),
            ("intent", None),
            ("intent", 1),
            ("scan_id", "1234567"),
            ("scan_id", "../../etc"),
            ("scan_id", "é" * 36),
            ("scan_id", 5),
            ("scanned_at", "2026-03-02T09:00:00"),
            ("scanned_at", "yesterday"),
            ("scanned_at", "10000-01-01T00:00:00Z"),
            ("scanned_at", "9999-12-31T23:59:60Z"),
            ("scanned_at", "2026-03-02T09:00:00+99:99"),
            ("scanned_at", 1772442000),
            ("scanned_at", "0001-01-01T00:00:00+14:00"),
            ("scanned_at", "2026-02-30T09:00:00Z"),
            ("symbology", "DROP TABLE"),
            ("source", "telepathy"),
            ("audit", True),
            ("audit", "1"),
            ("audit", 0),
            ("audit", 2**40),
            ("condition", "bent"),
            ("note", "a\x00b"),
            ("location", "R\x00"),
            ("custodian", "x" * 256),
            ("voids", GOOD["scan_id"]),
            ("is_admin", True),
            ("outcome", "applied"),
        ],
    )
    def test_are_invalid_by_field_and_not_stored(self, api, app, field, value):
        [result] = post(api, {**GOOD, field: value})

        assert result["status"] == "invalid"
        assert field in result["errors"]
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Scan.id))) == 0

    def test_one_never_fails_its_neighbours(self, api):
        results = post(api, scan("LT-001"), {"code": "LT-002"}, "nonsense", scan("LT-003"))

        assert [r["status"] for r in results] == ["recorded", "invalid", "invalid", "recorded"]

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"[", 400),
            (b"[" * 5000, 400),
            (b'{"scans": [' + b"9" * 5000 + b"]}", 400),
            (b'{"scans": [1e400]}', 400),
            (b'{"scans": [NaN]}', 400),
            (b'{"scans": ["\\ud800"]}', 400),
            (b'{"scans": [], "scans": []}', 400),
            (b'{"scans": [9223372036854775808]}', 400),
            (b'{"scans": []} trailing', 400),
            ('{"scans": []}'.encode("utf-16"), 400),
            (b"[]", 422),
            (b'{"scans": []}', 422),
            (b'{"scans": {}}', 422),
            (b"null", 422),
            (b'{"scans": [1], "extra": 1}', 422),
        ],
    )
    def test_a_body_that_is_no_batch_is_a_problem(self, api, body, status):
        answer = api.post("/scans", data=body, content_type="application/json")

        assert answer.status_code in {status, 422}
        assert answer.content_type == "application/problem+json"
        assert set(answer.json) >= {"type", "title", "status", "detail", "code"}

    def test_too_many_at_once_are_refused(self, api):
        answer = api.post("/scans", json={"scans": [GOOD] * 1001})

        assert answer.status_code == 422

    def test_text_is_not_taken_for_json(self, api):
        answer = api.post("/scans", data='{"scans": []}', content_type="text/plain")

        assert (answer.status_code, answer.json["code"]) == (422, "not_json")


class TestExpectedUser:
    """A phone that was handed on sends nobody's scans under another name."""

    def test_another_persons_scans_are_refused_whole_and_taken_from_their_owner(
        self, page_as, app, office
    ):
        ana, ben = page_as("technician", "ana@x.example"), page_as("technician", "ben@x.example")
        id_of_ana = ana.get("/scan/session.json").json["user"]["id"]
        body = {"scans": [scan("LT-001")]}
        headers = {"X-Expected-User": str(id_of_ana), "Sec-Fetch-Site": "same-origin"}

        refused = ben.post("/api/v1/scans", json=body, headers=headers)
        taken = ana.post("/api/v1/scans", json=body, headers=headers)

        assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
        assert refused.json["code"] == "other_user"
        assert [r["status"] for r in taken.json["results"]] == ["recorded"]
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count()).select_from(Scan)) == 1

    @pytest.mark.parametrize("value", ["0", "x", "", "1e9", "9" * 400])
    def test_a_token_is_nobody_and_nonsense_is_nobody(self, api, office, value):
        answer = api.post(
            "/scans", json={"scans": [scan("LT-001")]}, headers={"X-Expected-User": value}
        )

        assert answer.status_code == 409
        assert answer.json["code"] == "other_user"

"""Batches that try the door: glued together, repeated, late, inflated (docs/hardening.md)."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.services.scanning.record import record_scans
from tests.conftest import NOW
from tests.support.register import add_asset

pytestmark = pytest.mark.either_database

BATCH = 500
SENT = {"id": 1, "created_by": 1, "is_admin": True, "state": "closed", "audit_id": 1}


def make_scan(code: str = "LT-1", **fields) -> dict:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": "sighting",
        "scanned_at": NOW.isoformat(),
        **fields,
    }


class TestBatch:
    def test_of_500_with_a_bad_a_double_and_a_stored_one_is_answered_one_by_one_and_again(
        self, api, work
    ):
        with work() as session:
            add_asset(session, "LT-1", now=NOW)
        stored = make_scan()
        api.post("/scans", json={"scans": [stored]})
        batch = [make_scan() for _ in range(BATCH)]
        batch[10] = {**make_scan(), "scanned_at": "yesterday"}
        batch[20] = batch[19]
        batch[30] = stored

        first = api.post("/scans", json={"scans": batch}).json["results"]
        again = api.post("/scans", json={"scans": batch}).json["results"]

        odd = {10: "invalid", 20: "repeated", 30: "repeated"}
        assert [r["status"] for r in first] == [odd.get(n, "recorded") for n in range(BATCH)]
        assert [r["status"] for r in again] == [
            "invalid" if n == 10 else "repeated" for n in range(BATCH)
        ]
        for one, other in zip(first, again, strict=True):
            assert {**one, "status": ""} == {**other, "status": ""}
        assert len(api.get("/scans?limit=500").json["items"]) == BATCH - 2

    def test_is_known_again_years_later(self, app, work):
        scan = NewScan(
            scan_id=uuid.uuid4(), code="LT-1", intent=Intent.SIGHTING, scanned_at=NOW
        )  # fmt: skip
        ana = Actor(kind="user", id=1, name="Ana", role=Role.ADMIN)
        given: dict[str, Any] = {"actor": ana, "skew": timedelta(minutes=5), "rules": TagRules()}

        with work() as session:
            [first] = record_scans(session, scans=[scan], now=NOW, **given)
        with work() as session:
            [again] = record_scans(session, scans=[scan], now=NOW + timedelta(days=3650), **given)

        assert (first.status, again.status) == ("recorded", "repeated")

    def test_of_ten_thousand_is_refused_whole(self, api):
        answer = api.post("/scans", json={"scans": [make_scan("A")] * 10_001})

        assert answer.status_code == 422
        assert api.get("/scans").json["items"] == []

    def test_of_20_megabytes_is_too_large(self, api):
        body = json.dumps({"scans": [make_scan(note="x" * 20_000_000)]})

        answer = api.post("/scans", data=body, content_type="application/json")

        assert (answer.status_code, answer.json["code"]) == (413, "too_large")

    def test_that_is_compressed_is_never_inflated(self, api):
        bomb = gzip.compress(b'{"scans": "' + b"x" * 50_000_000 + b'"}')
        assert len(bomb) < 100_000

        answer = api.post(
            "/scans",
            data=bomb,
            content_type="application/json",
            headers={"Content-Encoding": "gzip"},
        )

        assert (answer.status_code, answer.json["code"]) == (422, "bad_json")

    def test_of_50_scans_glued_into_one_code_is_one_unknown_code(self, api, work):
        with work() as session:
            for n in range(50):
                add_asset(session, f"LT-{n:03d}", now=NOW)

        glued = "".join(f"LT-{n:03d}" for n in range(50))
        split = "LT-001\rLT-002"

        results = api.post("/scans", json={"scans": [make_scan(glued), make_scan(split)]}).json
        assert [(r["status"], r["outcome"]) for r in results["results"]] == [
            ("recorded", "unregistered"),
            ("invalid", None),
        ]


class TestTime:
    @pytest.mark.parametrize(
        "claim",
        ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00",
         "0001-01-01T23:59:59-14:00"],
    )  # fmt: skip
    def test_that_cannot_be_is_kept_marked_and_takes_our_own(self, api, claim):
        [result] = api.post("/scans", json={"scans": [make_scan(scanned_at=claim)]}).json["results"]

        [logged] = api.get("/scans").json["items"]
        assert result["status"] == "recorded"
        assert logged["is_clock_suspect"] is True

    @pytest.mark.parametrize(
        "claim",
        ["2026-03-02T09:00:60Z", "2026-03-02T24:00:00Z", "2026-03-02T09:00Z", "2026-03-02",
         "2026-03-02T09:00:00+24:00", "-0001-01-01T00:00:00Z", "NaN", "-0", "1772442000000", "now",
         "2026-03-02T09:00:00Europe/Prague", "２０２６-03-02T09:00:00Z", ""],
    )  # fmt: skip
    def test_in_another_form_is_refused(self, api, claim):
        [result] = api.post("/scans", json={"scans": [make_scan(scanned_at=claim)]}).json["results"]

        assert (result["status"], list(result["errors"])) == ("invalid", ["scanned_at"])

    def test_in_the_hour_that_summer_time_skips_is_a_moment_like_any_other(self, api):
        # 02:30 does not exist in Berlin on this day; with its offset it is still one moment.
        claim = "2026-03-29T02:30:00+01:00"

        [result] = api.post("/scans", json={"scans": [make_scan(scanned_at=claim)]}).json["results"]

        assert result["status"] == "recorded"
        [logged] = api.get("/scans").json["items"]
        assert logged["scanned_at"] == "2026-03-29T01:30:00+00:00"


class TestEveryWrite:
    """A field that nobody offered is refused, whatever route it is sent to."""

    def test_refuses_fields_that_are_not_offered(self, app, api):
        document = api.get("/openapi.json").get_json()
        tried = 0
        for path, item in document["paths"].items():
            for verb in ("post", "patch", "put"):
                content = item.get(verb, {}).get("requestBody", {}).get("content", {})
                if "application/json" not in content or path.endswith("/heartbeat"):
                    continue
                concrete = re.sub(r"\{(\w+_id|position)\}", "1", path)
                for name in ("asset_tag", "code", "ref", "name"):
                    concrete = concrete.replace("{" + name + "}", "NONE")

                answer = getattr(api, verb)(concrete.removeprefix("/api/v1"), json=SENT)

                assert answer.status_code == 422, path
                assert answer.json["errors"], path
                tried += 1
        assert tried >= 8

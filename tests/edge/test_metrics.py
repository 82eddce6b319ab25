"""/metrics: who may read it, what it counts, and that no outsider can make it grow."""

from __future__ import annotations

import io
import uuid

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from scanner_app.api import probes
from scanner_app.models import Reader
from tests.conftest import NOW
from tests.support.register import add_asset

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


def read(app) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return every figure by its name and the values of its labels, in the order of their names."""
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def make_scan(code: str, intent: str = "sighting") -> dict:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": intent,
        "scanned_at": NOW.isoformat(),
    }


class TestAccess:
    def test_is_had_on_this_machine_without_a_token(self, app):
        answer = app.test_client().get("/metrics")

        assert answer.status_code == 200
        assert answer.content_type.startswith("text/plain; version=")

    @pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
    def test_is_not_had_through_a_proxy_on_this_machine(self, app, name):
        answer = app.test_client().get("/metrics", headers={name: "127.0.0.1"})

        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")

    def test_needs_a_role_from_elsewhere(self, app, api_as):
        client = app.test_client()

        def ask(headers: dict) -> int:
            return client.get("/metrics", headers=headers, environ_base=ELSEWHERE).status_code

        assert ask({}) == 401
        assert ask({"Authorization": "Bearer wrong"}) == 401
        assert ask(api_as("reader").headers) == 403
        assert ask(api_as("viewer").headers) == 200
        assert ask(api_as("admin").headers) == 200


class TestFigures:
    def test_count_scans_by_what_became_of_them(self, app, api, work):
        with work() as session:
            add_asset(session, "A-1", now=NOW)
        first = make_scan("A-1")
        batch = [first, make_scan("NOBODY"), {"code": "A-1"}]
        api.post("/scans", json={"scans": batch})
        api.post("/scans", json={"scans": [first, {**first, "code": "B-1"}]})

        figures = read(app)

        scans = {
            labels: n for (name, labels), n in figures.items() if name == "scanner_scans_total"
        }
        assert scans == {
            ("noted", "recorded"): 1,
            ("unregistered", "recorded"): 1,
            ("", "invalid"): 1,
            ("", "repeated"): 1,
            ("", "conflict"): 1,
        }

    def test_name_routes_by_their_pattern_and_nothing_from_outside(self, app, api):
        api.get("/assets/A-1?secret=1")
        api.get("/assets/A-2")
        client = app.test_client()
        client.get("/nothing/of/this/kind")
        client.open("/healthz", method="BREW")

        text = client.get("/metrics").text
        figures = read(app)

        asset = ("GET", "/api/v1/assets/<path:asset_tag>", "404")
        assert figures["scanner_http_requests_total", asset] == 2
        assert figures["scanner_http_requests_total", ("GET", "none", "404")] == 1
        assert figures["scanner_http_requests_total", ("other", "none", "405")] == 1
        assert figures["scanner_http_request_seconds_count", asset[:2]] == 2
        for outside in ("A-1", "secret", "nothing/of", "BREW"):
            assert outside not in text

    def test_time_pictures_by_what_became_of_them(self, app, api):
        api.post("/decodes", data={"image": (io.BytesIO(b"x"), "a.png")})

        assert read(app)["scanner_decode_seconds_count", ("refused",)] == 1

    def test_tell_what_readers_said_and_take_no_nonsense(self, app, work):
        queues = {"good": {"depth": 3, "dead_letters": 1}, "odd": {"depth": "many"}, "list": []}
        with work() as session:
            for name, queue in queues.items():
                session.add(
                    Reader(
                        name=f'{name}"\n',
                        created_at=NOW,
                        last_heartbeat_at=NOW,
                        heartbeat={"queue": queue},
                    )
                )

        figures = read(app)

        depths = {k[1]: v for k, v in figures.items() if k[0] == "scanner_reader_queue_depth"}
        assert depths == {('good"\n',): 3}
        assert figures["scanner_reader_dead_letters", ('good"\n',)] == 1
        assert figures["scanner_reader_silent", ('odd"\n',)] == 1

    def test_tell_of_audits_imports_connections_and_the_version(self, app, api):
        assert api.post("/audits", json={"name": "Spring"}).status_code == 201

        figures = read(app)

        assert figures["scanner_audits", ("draft",)] == 1
        assert figures["scanner_audits", ("closed",)] == 0
        assert figures["scanner_imports_waiting", ()] == 0
        assert figures["scanner_database_connections", ()] >= 0
        assert figures["scanner_database_up", ()] == 1
        assert [v for (name, _), v in figures.items() if name == "scanner_build_info"] == [1]

    def test_stay_had_where_the_database_does_not_answer(self, app, monkeypatch):
        def fail(*_args, **_kwargs):
            raise OperationalError("SELECT", {}, Exception("gone"))

        monkeypatch.setattr(probes, "load_figures", fail)

        figures = read(app)

        assert figures["scanner_database_up", ()] == 0
        assert not [name for name, _ in figures if name.startswith(("scanner_audits", "scanner_r"))]

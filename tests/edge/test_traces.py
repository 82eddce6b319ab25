"""Traces: a request, its transactions and its job as one tree, at a receiver that speaks OTLP."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from scanner_app.models import Job
from scanner_app.traces import configure_traces, stop_traces
from scanner_app.worker.run_jobs import drain

VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
def receiver(monkeypatch):
    """Collects what is posted to `/v1/traces` on loopback."""
    service = pytest.importorskip(
        "opentelemetry.proto.collector.trace.v1.trace_service_pb2",
        reason="requirements/otel.txt is not installed",
    )
    pytest.importorskip("opentelemetry.sdk")
    spans: list = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            sent = service.ExportTraceServiceRequest.FromString(body)
            assert self.path == "/v1/traces"
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv(VARIABLE, f"http://127.0.0.1:{server.server_port}")
    yield spans
    stop_traces()
    server.shutdown()
    server.server_close()


def about(span) -> dict[str, str]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@pytest.mark.either_database
def test_a_job_is_below_the_request_that_caused_it(receiver, app, admin, work):
    configure_traces()
    asked = "request-for-a-trace-1"
    wish = {"kind": "people", "form": "csv"}
    answer = admin.post("/files", data=wish, headers={"X-Request-ID": asked})
    assert answer.status_code == 303, answer.text
    with work() as session:
        assert session.scalars(select(Job).where(Job.request_id == asked)).one().kind == "made_file"
    drain(app)
    missing = admin.get("/assets/NONE", headers={"X-Request-ID": "request-for-a-trace-2"})
    assert missing.status_code == 404
    stop_traces()

    [request] = [one for one in receiver if one.name == "POST /files"]
    assert about(request)["scanner.request_id"] == asked
    assert about(request)["http.response.status_code"] == answer.status_code
    assert not request.parent_span_id
    below = [one for one in receiver if one.parent_span_id == request.span_id]
    assert "transaction" in {one.name for one in below}
    [job] = [one for one in below if one.name.startswith("job ")]
    assert job.trace_id == request.trace_id
    assert about(job)["scanner.job.result"] == "done"
    assert {one.name for one in receiver if one.parent_span_id == job.span_id} >= {"transaction"}
    [other] = [one for one in receiver if one.name == "GET /assets/<path:asset_tag>"]
    assert other.trace_id != request.trace_id


def test_are_off_and_import_nothing_where_no_address_is_set(tmp_path):
    program = (
        "import sys; from scanner_app import create_app; from scanner_app.config import Settings\n"
        "app = create_app(Settings.from_env())\n"
        "app.test_client().get('/healthz')\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    environ = {"SCANNER_INSTANCE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_without_their_packages_stop_nothing(monkeypatch, caplog, app):
    monkeypatch.setattr("scanner_app.traces.find_spec", lambda _name: None)
    monkeypatch.setenv(VARIABLE, "http://127.0.0.1:9")
    configure_traces()
    assert "scanner-app[otel]" in caplog.text
    assert app.test_client().get("/healthz").status_code == 200

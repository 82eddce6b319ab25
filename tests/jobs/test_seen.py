"""What is seen from outside: the request behind a job in the log, and a board for the figures."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.domain.jobs import JobKind
from scanner_app.logs import JsonFormatter, LineFormatter, request_id
from scanner_app.models import Job
from scanner_app.services.labels.jobs import add_printer
from scanner_app.worker import handlers
from scanner_app.worker.run_jobs import drain

pytestmark = pytest.mark.either_database

ROOT = Path(__file__).resolve().parents[2]
# What Prometheus' own client adds to the name of a counter or a histogram.
ENDINGS = re.compile(r"_(?:total|bucket|count|sum)$")


def write_line(formatter: logging.Formatter, message: str) -> str:
    record = logging.LogRecord("scanner", logging.INFO, "", 0, message, None, None)
    return formatter.format(record)


class TestRequestId:
    def test_goes_with_the_job_into_each_line_that_its_handler_logs(
        self, app, admin, work, tried, monkeypatch
    ):
        with work() as session:
            printer = add_printer(
                session, name="Z", host="10.0.0.5", port=9100, dpi=203, now=datetime.now(UTC)
            )
        lines = []
        monkeypatch.setitem(
            handlers._handlers,
            JobKind.PRINT,
            lambda *_: lines.append(write_line(LineFormatter(), "printed")),
        )

        path = f"/labels/printers/{printer}"
        admin.post(path, data={"act": "on"}, headers={"X-Request-ID": "desk-0001"})
        request_id.set("")
        drain(app)
        with work() as session:
            asked = session.scalar(select(Job.request_id).where(Job.kind == "print"))

        assert asked == "desk-0001"
        assert lines[0].endswith("printed id=desk-0001")
        assert request_id.get() == ""

    def test_is_in_a_line_once_and_in_json_as_a_field(self):
        asked = request_id.set("desk-0001")
        try:
            line = write_line(LineFormatter(), "failed id=desk-0001")
            entry = json.loads(write_line(JsonFormatter(), "failed"))
        finally:
            request_id.reset(asked)

        assert line.count("desk-0001") == 1
        assert entry["request_id"] == "desk-0001"


def test_board_asks_only_for_figures_that_are_served_and_documented() -> None:
    board = json.loads((ROOT / "deploy/grafana.json").read_text())
    documented = (ROOT / "docs/operations.md").read_text()

    asked = {
        ENDINGS.sub("", name)
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"scanner_\w+", target["expr"])
    }

    assert asked
    assert [name for name in sorted(asked) if name not in documented] == []

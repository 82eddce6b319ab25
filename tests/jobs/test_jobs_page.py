"""The page Jobs, the figures of the line, and when a worker was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.models import Job, Notice
from scanner_app.services.jobs import queue
from scanner_app.services.jobs import work as jobs_work
from scanner_app.services.jobs.work import WorkerNode
from scanner_app.worker.handlers import GiveUp
from scanner_app.worker.run_jobs import drain
from tests.access.test_trail import read_trail
from tests.edge.test_metrics import read

pytestmark = pytest.mark.either_database

ADDRESS = "Nobody lives <there>. Correct the address."


@pytest.fixture
def failed(app, work, tried) -> int:
    """A job that failed for good, by its number."""
    tried.errors = [GiveUp(ADDRESS)]
    with work() as session:
        queue.enqueue(session, tried.kind, 7, now=datetime.now(UTC))
    drain(app)
    with work() as session:
        return session.scalar(select(Job.id).where(Job.row_id == 7))


@pytest.fixture
def beat(work):
    """Record that a worker was alive some seconds ago."""

    def beat(seconds_ago: float) -> None:
        now = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        with work() as session:
            node = WorkerNode("desk-0-abcd", "desk", "1", now)
            jobs_work.beat(session, node, now=now)

    return beat


class TestPage:
    def test_shows_a_failed_job_and_runs_it_again(self, app, admin, failed, tried):
        before = admin.get("/admin/jobs").text
        answer = admin.post(f"/admin/jobs/{failed}", data={"act": "again"})
        drain(app)
        after = admin.get("/admin/jobs").text

        assert "Nobody lives &lt;there&gt;." in before
        assert answer.status_code == 303
        assert tried.rows == [7, 7]
        assert "Nobody lives" not in after

    def test_drops_a_job_and_says_so_where_it_cannot(self, app, admin, failed, tried):
        for _ in range(2):
            admin.post(f"/admin/jobs/{failed}", data={"act": "drop"})

        assert "runs now or is done" in admin.get("/admin/jobs").text
        drain(app)
        assert tried.rows == [7]
        assert read_trail(admin) == [f"Job dropped: {failed}"]

    def test_says_that_no_worker_runs_and_names_those_that_do(self, admin, beat):
        beat(61)
        silent = admin.get("/admin/jobs").text
        beat(1)
        alive = admin.get("/admin/jobs").text

        assert "No worker runs" in silent
        assert "No worker runs" not in alive
        assert "desk-0-abcd" in alive


def test_an_admin_is_told_of_a_job_that_failed_for_good(work, admin, failed):
    with work() as session:
        reasons = [one.params["reason"] for one in session.scalars(select(Notice))]

    assert reasons == [ADDRESS]


def test_figures_count_the_line_and_say_when_a_worker_was_seen(app, work, tried, failed, beat):
    beat(30)
    with work() as session:
        queue.enqueue(session, tried.kind, 8, now=datetime.now(UTC))

    figures = read(app)

    kind = tried.kind.value
    assert figures["scanner_jobs", (kind, "failed")] == 1
    assert figures["scanner_jobs", (kind, "waiting")] == 1
    assert figures["scanner_jobs_due", ()] == 1
    assert figures["scanner_job_seconds_count", (kind, "failed")] == 1
    assert figures["scanner_worker_seen_timestamp_seconds", ()] > 0


def test_readyz_says_when_a_worker_was_seen(app, beat):
    beat(30)

    seen = app.test_client().get("/readyz").json["worker_seen_seconds_ago"]

    assert 30 <= seen < 60

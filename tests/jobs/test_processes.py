"""Workers as real processes: killed, silent, several at once, and too early."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import column, func, select, table, text, update

from scanner_app.domain.jobs import BEAT, SILENCE, WorkState
from scanner_app.models import Job, Node, Throttle
from scanner_app.services.jobs.queue import enqueue
from scanner_app.storage.schema import newest_revision
from scanner_app.worker import runner
from tests.jobs.real_worker import ENDLESS, SENDS
from tests.support.databases import SECRET
from tests.support.on_both import OnBoth

JOBS, ROLLED_BACK, AT_ONCE, KILLED_AT = 120, 20, 4, (20, 50, 80)


class Workers:
    """Workers beside one database, and what they did."""

    def __init__(self, app, work, database: str, folder: Path) -> None:
        self.app, self.work, self.folder = app, work, folder
        folder.mkdir(exist_ok=True)  # a database on PostgreSQL has no file there
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        self.environ = clean | {
            "SCANNER_DATABASE_URL": database,
            "SCANNER_INSTANCE_DIR": str(folder),
            "SCANNER_SECRET_KEY": SECRET,
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "workers.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.jobs.real_worker", str(self.folder)],
                env=self.environ, stdout=log, stderr=log,
            )  # fmt: skip
        self.running.append(process)
        return process

    def kill_oldest(self) -> None:
        process = self.running.pop(0)
        process.kill()
        process.wait()

    def kill_all(self) -> None:
        while self.running:
            self.kill_oldest()

    def read(self, name: str) -> list[int]:
        path = self.folder / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def wait(self, is_over: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + 60
        while not is_over():
            assert time.monotonic() < until, f"{what}\n{(self.folder / 'workers.log').read_text()}"
            time.sleep(0.02)

    def enqueue(self, *rows: int) -> None:
        with self.work() as session:
            for row_id in rows:
                enqueue(session, SENDS, row_id, 1, now=datetime.now(UTC))

    def enqueue_in_vain(self, row_id: int) -> None:
        with self.work() as session:
            enqueue(session, SENDS, row_id, 1, now=datetime.now(UTC))
            _ = 1 / 0

    def count(self, state: WorkState) -> int:
        with self.work() as session:
            statement = select(func.count()).where(Job.kind == SENDS, Job.state == state)
            return session.scalar(statement) or 0

    def count_nodes(self) -> int:
        with self.work() as session:
            return session.scalar(select(func.count()).select_from(Node)) or 0

    def results(self) -> int:
        with self.work() as session:
            statement = select(func.count()).where(Throttle.key.like("sent %"))
            return session.scalar(statement) or 0


@pytest.fixture
def workers(app, work, database, tmp_path) -> Iterator[Workers]:
    workers = Workers(app, work, database, tmp_path / "instance")
    yield workers
    workers.kill_all()


class TestKilledWorkers(OnBoth):
    def test_lose_nothing_and_repeat_only_what_was_in_flight(self, workers):
        workers.enqueue(*range(JOBS))
        for row_id in range(1000, 1000 + ROLLED_BACK):
            with pytest.raises(ZeroDivisionError):
                workers.enqueue_in_vain(row_id)

        workers.start(), workers.start()
        for sent in KILLED_AT:
            workers.wait(lambda sent=sent: len(workers.read("sent")) >= sent, f"{sent} sent")
            workers.kill_oldest()
            workers.start()
        workers.wait(lambda: workers.count(WorkState.DONE) == JOBS, "all are done")

        sent = workers.read("sent")
        assert workers.results() == JOBS
        assert set(sent) == set(range(JOBS))
        assert len(sent) - JOBS <= len(KILLED_AT) * AT_ONCE

    def test_that_never_return_are_replaced_and_schedules_run_once(self, workers):
        workers.enqueue(ENDLESS)
        first = workers.start()
        workers.wait(lambda: workers.read("sent") == [ENDLESS], "the first takes the endless job")
        workers.start(), workers.start()
        workers.wait(lambda: workers.count_nodes() == 3, "all three are there")

        begun = len(workers.read("ticks"))
        workers.wait(lambda: len(workers.read("ticks")) >= begun + 3, "three seconds")
        first.kill()
        workers.wait(lambda: workers.read("sent") == [ENDLESS] * 2, "another takes it over")

        ticks = workers.read("ticks")
        assert len(set(ticks)) == len(ticks)


class TestStoppedWorker(OnBoth):
    def test_ends_what_it_runs_and_leaves(self, workers):
        workers.enqueue(*range(8))
        process = workers.start()
        workers.wait(lambda: workers.read("sent") != [], "it has begun")

        process.terminate()
        status = process.wait(30)

        assert status == 0
        assert workers.count(WorkState.WORKING) == 0
        assert workers.results() == len(workers.read("sent"))
        assert workers.count_nodes() == 0


class TestEarlyWorker(OnBoth):
    def test_says_what_is_missing_and_exits_3(self, workers, work):
        with work() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '0001_create_tables'"))

        process = workers.start()

        assert process.wait(60) == 3
        log = (workers.folder / "workers.log").read_text()
        assert "Run `scanner-app db upgrade`" in log
        with work() as session:
            version = newest_revision()
            session.execute(
                update(table("alembic_version", column("version_num"))).values(version_num=version)
            )


def test_a_silent_worker_is_replaced_within_90_seconds() -> None:
    # Its last beat may have been just before it fell silent; the others look once a beat.
    assert SILENCE + 2 * BEAT + timedelta(seconds=runner.LOOK_EVERY) <= timedelta(seconds=90)

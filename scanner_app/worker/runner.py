"""One worker: takes jobs that are due, runs each in a thread, and says that it is alive."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from scanner_app.config import Settings
from scanner_app.domain.errors import Unavailable
from scanner_app.domain.jobs import BEAT, JOB_KINDS, JobKind
from scanner_app.edge.state import init_state
from scanner_app.logs import configure_logging
from scanner_app.queries.jobs import is_any_due
from scanner_app.services.jobs import queue, work
from scanner_app.services.jobs.work import TakenJob, WorkerNode
from scanner_app.storage.database import db, init_database, reading, transact
from scanner_app.worker.run_jobs import run_job, take_over
from scanner_app.worker.sweep import put_forgotten_in_line

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent.parent
# In seconds: how often a worker looks for jobs, and how long it lets them end when it is stopped.
LOOK_EVERY = 1.0
MAX_END = 20.0
MAX_THREADS = 8
AWAY = (DBAPIError, PoolTimeout, Unavailable)


def make_worker_app(settings: Settings) -> Flask:
    """Return an app with settings, database and templates, and without any page.

    A whole app needs twice the memory and three times as long to start.
    """
    app = Flask("scanner_app", root_path=str(ROOT), template_folder=str(ROOT / "templates"))
    app.config["SECRET_KEY"] = settings.secret_key
    init_state(app, settings)
    configure_logging(settings.log_level, as_json=settings.log_json)
    init_database(app, settings)
    return app


class Worker:
    """Runs jobs until it is stopped.

    :param before: the worker whose place this one took: it is dead.
    :param parent: the process to end with; None to run alone.
    """

    def __init__(
        self,
        app: Flask,
        node: WorkerNode,
        *,
        before: str = "",
        parent: int | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.app = app
        self.node = node
        self.before = before
        self.parent = parent
        self.clock = clock
        self.stopping = threading.Event()
        self.wake = threading.Event()
        self.running: dict[int, TakenJob] = {}
        self.beat_at: float | None = None
        self.was_away = False
        self.taken = 0

    def stop(self) -> None:
        """Take no more jobs, and end once those that run have ended."""
        self.stopping.set()
        self.wake.set()

    def run(self) -> None:
        """Run jobs until `stop`, then wait for those that run."""
        log.info("worker started node=%s", self.node.id)
        while not self.stopping.is_set():
            if self.parent is not None and os.getppid() != self.parent:
                self.stop()
                break
            self._turn()
            self.wake.wait(LOOK_EVERY)
            self.wake.clear()
        self._end()

    def run_once(self) -> int:
        """Run what is due until nothing is left, and return how many jobs it was."""
        with self.app.app_context():
            put_forgotten_in_line(0, self.clock())
            db.session.remove()
        before = -1
        while not self.stopping.is_set() and (self.running or self.taken != before):
            before = self.taken
            self._turn()
            if self.running:
                self.wake.wait(LOOK_EVERY)
                self.wake.clear()
        self._end()
        return self.taken

    def _turn(self) -> None:
        with self.app.app_context():
            try:
                self._beat()
                self._take()
            except AWAY as error:
                if not self.was_away:
                    log.warning("the worker waits, the database cannot answer: %s", error)
                self.was_away = True
            except Exception:
                log.exception("a turn of the worker failed")
            else:
                self.was_away = False
            finally:
                db.session.remove()

    def _beat(self) -> None:
        """Record that this worker is alive, and free what dead ones left."""
        moment = time.monotonic()
        since = moment - self.beat_at if self.beat_at is not None else None
        if since is not None and since < BEAT.total_seconds():
            return
        now = self.clock()
        if self.before:
            # Its place was free: it is dead, however short its silence is.
            transact(lambda session: work.leave(session, self.before))
        if since is None:
            transact(lambda session: queue.schedule(session, now=now))
        transact(lambda session: work.beat(session, self.node, now=now))
        # One who could not write for a while knows nothing of the silence of others, who wait too:
        # a long import on SQLite stops all other writes.
        could_write = since is None or since < 3 * BEAT.total_seconds()
        self.beat_at = time.monotonic()
        self.before = ""
        if could_write:
            self._take_over(now)

    def _take_over(self, now: datetime) -> None:
        running = tuple(self.running)
        freed = transact(
            lambda session: take_over(session, node=self.node.id, running=running, now=now)
        )
        if freed:
            log.warning("jobs of workers that are gone are run again count=%s", freed)

    def _take(self) -> None:
        counts = Counter(job.kind for job in list(self.running.values()))
        free = MAX_THREADS - len(self.running)
        room = {kind: min(free, facts.at_once - counts[kind]) for kind, facts in JOB_KINDS.items()}
        now = self.clock()
        kinds = [kind for kind, count in room.items() if count > 0]
        with reading() as session:
            is_due = is_any_due(session, kinds, now=now)
        if not is_due:
            return
        for job in self._transact_take(room, now):
            self.running[job.id] = job
            self.taken += 1
            name = f"job-{job.kind}-{job.row_id}"
            threading.Thread(target=self._run, args=(job,), name=name, daemon=True).start()

    def _transact_take(self, room: dict[JobKind, int], now: datetime) -> list[TakenJob]:
        def take(session: Session) -> list[TakenJob]:
            return work.take_jobs(session, node=self.node.id, room=room, now=now)

        return transact(take)

    def _run(self, job: TakenJob) -> None:
        try:
            run_job(self.app, job, clock=self.clock)
        finally:
            self.running.pop(job.id, None)
            self.wake.set()

    def _end(self) -> None:
        until = time.monotonic() + MAX_END
        while self.running and time.monotonic() < until:
            self.wake.wait(0.2)
            self.wake.clear()
        if self.running:
            log.warning("jobs are left in the middle, others run them count=%s", len(self.running))
        with self.app.app_context():
            try:
                transact(lambda session: work.leave(session, self.node.id))
            except AWAY:
                pass  # the others notice the silence
            finally:
                db.session.remove()
        log.info("worker stopped node=%s", self.node.id)

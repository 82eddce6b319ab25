"""Run jobs one at a time, and record how each ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.jobs import JobKind, WorkState, facts_of
from scanner_app.domain.notices.causes import job_failed
from scanner_app.edge.state import current_state
from scanner_app.logs import request_id
from scanner_app.models import Job
from scanner_app.services.jobs import work
from scanner_app.services.jobs.work import TakenJob
from scanner_app.services.notices.raise_notice import raise_notice
from scanner_app.storage.database import db, is_trouble, transact, unit_of_work
from scanner_app.traces import Note, span
from scanner_app.worker.handlers import GiveUp, find_handler

log = logging.getLogger(__name__)

End = Callable[[Session], object]

OUR_ERROR = "An error in this program. See the log."
DRAINED = "drain"  # the name under which jobs are taken that are run at once, without a worker


def run_job(app: Flask, job: TakenJob, *, clock: Callable[[], datetime]) -> None:
    """Run one job that was taken, and record how it ended. An error is recorded, never raised."""
    asked = request_id.set(job.request_id)
    try:
        with span(f"job {job.kind}", caused_by=job.request_id, kind="CONSUMER") as note:
            _run(app, job, clock, note)
    finally:
        request_id.reset(asked)


def _run(app: Flask, job: TakenJob, clock: Callable[[], datetime], note: Note) -> None:
    with app.app_context():
        started = time.perf_counter()
        try:
            result, end = _call(job, clock)
        finally:
            db.session.remove()
        note("scanner.job.result", result)
        note("scanner.request_id", job.request_id)
        taken = time.perf_counter() - started
        current_state().metrics.jobs.labels(job.kind.value, result).observe(taken)
        try:
            transact(end)
        except (DBAPIError, PoolTimeout):
            # The worker finds at its next look that it does not run this job, and frees it.
            log.warning("the end of a job was not noted, the database cannot answer job=%s", job.id)
        finally:
            db.session.remove()


def _call(job: TakenJob, clock: Callable[[], datetime]) -> tuple[str, End]:
    """Call the handler, and return how it ended in one word, and what records that."""
    try:
        at = find_handler(job.kind)(job.row_id, clock())
    except GiveUp as error:
        told = str(error)
        log.warning("job given up %s: %s", _describe(job), told)
        return "failed", _fail(job, told, clock, for_good=True)
    except (DBAPIError, PoolTimeout) as error:
        if not isinstance(error, DBAPIError) or is_trouble(error):
            log.warning("job put off, the database cannot answer %s", _describe(job))
            return "put_off", lambda session: work.put_back(session, job, now=clock())
        log.exception("job failed %s", _describe(job))
        return "failed", _fail(job, OUR_ERROR, clock)
    except ScannerAppError as error:
        log.warning("job failed %s: %s", _describe(job), error.message)
        return "failed", _fail(job, error.message, clock)
    except Exception:
        log.exception("job failed %s", _describe(job))
        return "failed", _fail(job, OUR_ERROR, clock)
    if at is not None:
        return "later", lambda session: work.run_later(session, job, at=at, now=clock())
    return "done", lambda session: work.end_well(session, job, now=clock())


def _fail(
    job: TakenJob, error: str, clock: Callable[[], datetime], *, for_good: bool = False
) -> End:
    def fail(session: Session) -> None:
        now = clock()
        if work.end_badly(session, job, error=error, for_good=for_good, now=now):
            return
        _tell_admins(session, job, error, now)

    return fail


def _tell_admins(session: Session, job: TakenJob | Job, error: str, now: datetime) -> None:
    notice = job_failed(
        f"job:{job.id}:{job.round}",
        job=f"The job “{facts_of(job.kind).label}”",
        reason=error,
        page="/admin/jobs",
    )
    raise_notice(session, notice, now=now)


def take_over(session: Session, *, node: str, running: Collection[int], now: datetime) -> int:
    """Free the jobs whose worker is gone, and return how many; tell admins what failed by that.

    :param node: this worker, and `running` the jobs that it runs now.
    """
    lost = work.take_over(session, node=node, running=running, now=now)
    for job in lost:
        if job.state is WorkState.FAILED:
            _tell_admins(session, job, job.error, now)
    return len(lost)


def _describe(job: TakenJob) -> str:
    return f"kind={job.kind} row={job.row_id} round={job.round}"


def _now() -> datetime:
    return datetime.now(UTC)


def drain(app: Flask, *, clock: Callable[[], datetime] = _now) -> int:
    """Run everything that is due in this thread until nothing is left, and return how much it was.

    For tests. A worker runs jobs in threads, and says that it is alive.
    """
    done = 0
    while True:
        with app.app_context():
            try:
                with unit_of_work() as session:
                    room = dict.fromkeys(JobKind, 1)
                    jobs = work.take_jobs(session, node=DRAINED, room=room, now=clock())
            finally:
                db.session.remove()
        if not jobs:
            return done
        for job in jobs:
            run_job(app, job, clock=clock)
            done += 1

"""The sweep: each minute, what waits in its own row and has no job gets one; old jobs go."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind, WorkState
from scanner_app.models import Job
from scanner_app.queries.imports.runs import list_due_runs
from scanner_app.queries.jobs import list_active
from scanner_app.queries.print_jobs import list_due_printers
from scanner_app.services.jobs.queue import enqueue
from scanner_app.storage.database import reading, transact
from scanner_app.worker.handlers import handles

KEEP_DONE = timedelta(days=7)
KEEP_FAILED = timedelta(days=90)
_ENDED = (WorkState.DONE, WorkState.DROPPED)


@handles(JobKind.SWEEP)
def put_forgotten_in_line(_row_id: int, now: datetime) -> None:
    """Put in line what is due by its own row and has no job.

    So whatever becomes of the jobs, such as a restored backup of another moment, costs time only.
    """
    with reading() as session:
        found = [
            *((JobKind.IMPORT, row_id) for row_id in list_due_runs(session, now=now)),
            *((JobKind.PRINT, row_id) for row_id in list_due_printers(session, now=now)),
        ]
        active = {kind: list_active(session, kind, now=now) for kind, _ in found}
    forgotten = [(kind, row_id) for kind, row_id in found if row_id not in active[kind]]
    if forgotten:
        transact(lambda session: _put_in_line(session, forgotten, now))
    transact(lambda session: _forget_old(session, now))


def _put_in_line(session: Session, forgotten: list[tuple[JobKind, int]], now: datetime) -> None:
    for kind, row_id in forgotten:
        enqueue(session, kind, row_id, now=now)


def _forget_old(session: Session, now: datetime) -> None:
    session.execute(delete(Job).where(Job.state.in_(_ENDED), Job.ended_at < now - KEEP_DONE))
    failed = Job.state == WorkState.FAILED
    session.execute(delete(Job).where(failed, Job.ended_at < now - KEEP_FAILED))

"""The sweep: each minute, what waits in its own row and has no job gets one; old jobs go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind, WorkState
from scanner_app.models import Job
from scanner_app.queries.imports.runs import list_due_runs
from scanner_app.queries.jobs import list_undone
from scanner_app.queries.labels.print_jobs import list_due_printers
from scanner_app.queries.made_files import list_due_files
from scanner_app.queries.notices.due import list_due_messages, list_unaddressed
from scanner_app.services.jobs.queue import enqueue
from scanner_app.storage.database import reading, transact
from scanner_app.worker.handlers import handles

KEEP_DONE = timedelta(days=7)
KEEP_FAILED = timedelta(days=90)
# At a time, of those that failed or were dropped: SQLite takes 32,766 parameters in a statement.
CHUNK = 500

Jobs = Collection[tuple[JobKind, int]]


@handles(JobKind.SWEEP)
def put_forgotten_in_line(_row_id: int, now: datetime) -> None:
    """Put in line what is due by its own row and has no job.

    So whatever becomes of the jobs costs time only. A job that waits for its next try, has failed
    or was dropped is not forgotten: its pauses hold, and a person decides.
    """
    with reading() as session:
        due: Jobs = {
            *((JobKind.IMPORT, row_id) for row_id in list_due_runs(session, now=now)),
            *((JobKind.MADE_FILE, row_id) for row_id in list_due_files(session)),
            *((JobKind.PRINT, row_id) for row_id in list_due_printers(session, now=now)),
            *list_due_messages(session, now=now),
        }
        undone = list_undone(session, {kind for kind, _ in due})
        unaddressed = list_unaddressed(session, since=now - KEEP_DONE)
    forgotten = [
        *sorted(job for job in due if job not in undone),
        *((JobKind.NOTICE_SEND, row_id) for row_id in unaddressed),
    ]
    if forgotten:
        transact(lambda session: _put_in_line(session, forgotten, now))
    transact(lambda session: _forget_old(session, due, now))


def _put_in_line(session: Session, forgotten: Jobs, now: datetime) -> None:
    for kind, row_id in forgotten:
        enqueue(session, kind, row_id, now=now)


def _forget_old(session: Session, due: Jobs, now: datetime) -> None:
    is_done = and_(Job.state == WorkState.DONE, Job.ended_at < now - KEEP_DONE)
    session.execute(delete(Job).where(is_done))
    is_dropped = and_(Job.state == WorkState.DROPPED, Job.ended_at < now - KEEP_DONE)
    has_failed = and_(Job.state == WorkState.FAILED, Job.ended_at < now - KEEP_FAILED)
    ended = session.execute(
        select(Job.id, Job.kind, Job.row_id).where(or_(is_dropped, has_failed)).order_by(Job.id)
    )
    # Without its job, a row that is still due would be put in line again.
    old = [id_ for id_, kind, row_id in ended if (kind, row_id) not in due]
    session.execute(delete(Job).where(Job.id.in_(old[:CHUNK])))

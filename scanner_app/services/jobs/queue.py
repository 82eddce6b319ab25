"""Put jobs in line: in the transaction of their cause, so that a rollback leaves none behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.jobs import JOB_KINDS, WORK_STATES, JobKind, WorkState, next_tick
from scanner_app.logs import request_id
from scanner_app.models import Job


def insert_for(session: Session) -> Callable[..., Any]:
    """Return the insert of this session's database that can update a row which is there."""
    return insert_postgres if session.get_bind().dialect.name == "postgresql" else insert_sqlite


def enqueue(
    session: Session,
    kind: JobKind,
    row_id: int,
    round_: int | None = None,
    *,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Put a job in line, once for each round of its kind and number.

    :param row_id: the row that tells the handler what to do; arguments are never kept in a job.
    :param round_: a repeated round changes nothing, a higher one runs the job again; None: one
        more round, whatever came before.
    :param at: when it is due; None: now.
    """
    statement = insert_for(session)(Job).values(
        kind=kind.value,
        row_id=row_id,
        round=round_ or 1,
        state=WorkState.WAITING,
        next_at=at or now,
        attempts=0,
        error="",
        node="",
        request_id=request_id.get(),
        created_at=now,
    )
    new = statement.excluded
    changed = {
        "round": Job.round + 1 if round_ is None else new.round,
        "state": new.state,
        "next_at": new.next_at,
        "attempts": 0,
        "error": "",
        "node": "",
        "request_id": new.request_id,
        "created_at": new.created_at,
        "started_at": None,
        "ended_at": None,
    }
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "row_id"],
            set_=changed,
            where=None if round_ is None else Job.round < new.round,
        )
    )


def schedule(session: Session, *, now: datetime) -> None:
    """Put in line each kind of job that runs by itself, unless it is there already.

    Workers do it as they start. The job keeps its one row: after each run it waits for its next
    turn, so any number of workers run it once.
    """
    for kind, facts in JOB_KINDS.items():
        if facts.every is not None:
            enqueue(session, kind, 0, 1, now=now, at=next_tick(facts.every, now))


def run_again(session: Session, *, job_id: int, now: datetime) -> None:
    """Put a job that failed, or waits for its next try, in line to run now.

    :raises Conflict: it runs now, or is done.
    """
    job = _lock(session, job_id)
    if not WORK_STATES[job.state].can_run:
        raise Conflict("This job runs now or is done. Nothing was changed.", code="job_not_waiting")
    job.state, job.next_at, job.attempts, job.ended_at = WorkState.WAITING, now, 0, None


def drop(session: Session, *, job_id: int, now: datetime) -> None:
    """Take a job out of the line.

    :raises Conflict: it runs now, is done, or runs by itself.
    """
    job = _lock(session, job_id)
    if not WORK_STATES[job.state].can_run:
        raise Conflict("This job runs now or is done. Nothing was changed.", code="job_not_waiting")
    if job.kind in {kind for kind, facts in JOB_KINDS.items() if facts.every}:
        raise Conflict("This job runs by itself and cannot be dropped.", code="job_is_scheduled")
    job.state, job.ended_at = WorkState.DROPPED, now


def _lock(session: Session, job_id: int) -> Job:
    job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if job is None:
        raise NotFound("That job does not exist.")
    return job

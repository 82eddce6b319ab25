"""What workers do with jobs: take them, say how they ended, and take over those of dead workers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import (
    JOB_KINDS,
    MAX_ERROR,
    PAUSE,
    SILENCE,
    JobKind,
    WorkState,
    facts_of,
    next_tick,
    next_try,
)
from scanner_app.models import Job, Node
from scanner_app.services.jobs.queue import insert_for

# A job that kills its worker is not run for ever. One that waits for its turn is begun again then.
MAX_INTERRUPTIONS = 8
INTERRUPTED = "The worker stopped in the middle of it, {} times. See the log."


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job that this worker runs. Its row stays its own as long as round and node are the same."""

    id: int
    kind: JobKind
    row_id: int
    round: int
    attempts: int
    node: str
    request_id: str


@dataclass(frozen=True, slots=True)
class WorkerNode:
    """A worker as it names itself."""

    id: str
    host: str
    version: str
    started_at: datetime


def take_jobs(
    session: Session, *, node: str, room: Mapping[JobKind, int], now: datetime
) -> list[TakenJob]:
    """Take the jobs that are due, the longest due first.

    :param room: how many of each kind this worker can begin now.
    """
    free = {kind.value: count for kind, count in room.items() if count > 0}
    if not free:
        return []
    found = session.scalars(
        select(Job)
        .where(Job.state == WorkState.WAITING, Job.next_at <= now, Job.kind.in_(free))
        .order_by(Job.next_at, Job.id)
        .limit(sum(free.values()))
        .with_for_update(skip_locked=True)
    ).all()
    taken = []
    for job in found:
        if not free[job.kind]:
            continue
        free[job.kind] -= 1
        job.state, job.node, job.started_at = WorkState.WORKING, node, now
        # Counted here, not at an error: a job that kills its worker would run for ever.
        job.attempts += 1
        taken.append(
            TakenJob(
                job.id, JobKind(job.kind), job.row_id, job.round, job.attempts, node, job.request_id
            )
        )
    return taken


def end_well(session: Session, job: TakenJob, *, now: datetime) -> None:
    """Record that a job is done; one that runs by itself waits for its next turn."""
    every = JOB_KINDS[job.kind].every
    if every is not None:
        run_later(session, job, at=next_tick(every, now), now=now)
    else:
        _end(session, job, state=WorkState.DONE, error="", ended_at=now)


def run_later(session: Session, job: TakenJob, *, at: datetime, now: datetime) -> None:
    """Put a job back until a moment that its handler named; it has not failed."""
    _end(
        session,
        job,
        state=WorkState.WAITING,
        next_at=at,
        attempts=0,
        error="",
        node="",
        ended_at=now,
    )


def put_back(session: Session, job: TakenJob, *, now: datetime) -> None:
    """Put a job back for a database that could not answer; the try does not count."""
    attempts = job.attempts - 1
    _end(session, job, state=WorkState.WAITING, next_at=now + PAUSE, attempts=attempts, node="")


def end_badly(
    session: Session, job: TakenJob, *, error: str, for_good: bool, now: datetime
) -> bool:
    """Record an error, and return whether the job is tried again."""
    at = None if for_good else next_try(job.kind, attempts=job.attempts, now=now)
    if at is not None:
        told = error[:MAX_ERROR]
        _end(session, job, state=WorkState.WAITING, next_at=at, error=told, node="", ended_at=now)
    else:
        _end(session, job, state=WorkState.FAILED, error=error[:MAX_ERROR], ended_at=now)
    return at is not None


def _end(session: Session, job: TakenJob, **values: Any) -> None:
    session.execute(
        update(Job)
        .where(
            Job.id == job.id,
            Job.round == job.round,
            Job.node == job.node,
            Job.state == WorkState.WORKING,
        )
        .values(**values)
    )


# -- Workers ---------------------------------------------------------------------------------------


def beat(session: Session, node: WorkerNode, *, now: datetime) -> None:
    """Record that a worker is alive."""
    statement = insert_for(session)(Node).values(
        id=node.id,
        kind="worker",
        host=node.host,
        version=node.version,
        started_at=node.started_at,
        seen_at=now,
    )
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now}))


def leave(session: Session, node_id: str) -> None:
    """Forget a worker that stops; what it left in the middle is anybody's at once."""
    session.execute(delete(Node).where(Node.id == node_id))


def take_over(
    session: Session, *, node: str, running: Collection[int], now: datetime
) -> Sequence[Job]:
    """Return the jobs whose worker is gone, freed for others to run again.

    One that was interrupted too often has failed.

    :param node: this worker; a job that is said to be its own and that it does not run was lost.
    :param running: the jobs that this worker runs now.
    """
    alive = select(Node.id).where(Node.seen_at >= now - SILENCE, Node.id != node)
    lost = session.scalars(
        select(Job)
        .where(Job.state == WorkState.WORKING, Job.node.not_in(alive), Job.id.not_in(running))
        .with_for_update(skip_locked=True)
    ).all()
    for job in lost:
        job.node = ""
        if facts_of(job.kind).every is None and job.attempts >= MAX_INTERRUPTIONS:
            job.state, job.ended_at = WorkState.FAILED, now
            job.error = INTERRUPTED.format(job.attempts)
        else:
            job.state, job.next_at = WorkState.WAITING, now
    session.execute(delete(Node).where(Node.seen_at < now - timedelta(days=1)))
    return lost

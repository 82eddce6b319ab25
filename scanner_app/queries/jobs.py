"""Selects over jobs and the workers that run them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import SILENCE, JobKind, KindFacts, WorkState, facts_of
from scanner_app.domain.labels.jobs import JobState as PrintState
from scanner_app.models import ImportRun, Job, MadeFile, Node, PrintJob


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as its page and its command show it."""

    id: int
    kind: str
    row_id: int
    state: WorkState
    next_at: datetime
    attempts: int
    error: str
    node: str
    request_id: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def facts(self) -> KindFacts:
        """What is said about its kind."""
        return facts_of(self.kind)

    @property
    def name(self) -> str:
        """What people call it: its kind, and its number where a page is named by it."""
        facts = self.facts
        return f"{facts.label} {self.row_id}" if "{}" in facts.page else facts.label

    @property
    def page(self) -> str:
        """The address of what it is about; empty without one."""
        return self.facts.page.format(self.row_id)


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A worker, and how many jobs it runs now."""

    id: str
    host: str
    version: str
    started_at: datetime
    seen_at: datetime
    running: int


@dataclass(frozen=True, slots=True)
class LineFigures:
    """How the line is now.

    :param counts: jobs by kind and state, those that are done left out.
    :param due: how many could run now.
    :param oldest_due: since when the one that waits longest could run.
    """

    counts: dict[tuple[str, str], int]
    due: int
    oldest_due: datetime | None


def is_any_due(session: Session, kinds: Collection[JobKind], *, now: datetime) -> bool:
    """Return whether a job of these kinds is due, without locking it."""
    statement = select(Job.id).where(
        Job.state == WorkState.WAITING, Job.next_at <= now, Job.kind.in_(kinds)
    )
    return session.scalar(statement.limit(1)) is not None


def find_worker_seen(session: Session) -> datetime | None:
    """Return when a worker last said that it is alive; None if none ever did."""
    return session.scalar(select(func.max(Node.seen_at)).where(Node.kind == "worker"))


def count_line(session: Session, *, now: datetime) -> LineFigures:
    """Return the figures of the line."""
    counted = session.execute(
        select(Job.kind, Job.state, func.count())
        .where(Job.state != WorkState.DONE)
        .group_by(Job.kind, Job.state)
    )
    due, oldest = session.execute(
        select(func.count(), func.min(Job.next_at)).where(
            Job.state == WorkState.WAITING, Job.next_at <= now
        )
    ).one()
    return LineFigures({(kind, state.value): n for kind, state, n in counted}, due, oldest)


def list_undone(session: Session, kinds: Collection[JobKind]) -> frozenset[tuple[str, int]]:
    """Return the kind and row of each job that waits, runs, has failed or was dropped."""
    rows = session.execute(
        select(Job.kind, Job.row_id).where(Job.kind.in_(kinds), Job.state != WorkState.DONE)
    )
    return frozenset((kind, row_id) for kind, row_id in rows)


_ROW = [getattr(Job, name) for name in JobRow.__dataclass_fields__]
_OPEN = (WorkState.FAILED, WorkState.WORKING, WorkState.WAITING)


def list_open_jobs(session: Session, *, limit: int) -> list[JobRow]:
    """Return the jobs that are not done: failed ones first, then running, then the next due."""
    order = case({state: place for place, state in enumerate(_OPEN)}, value=Job.state)
    rows = session.execute(
        select(*_ROW).where(Job.state.in_(_OPEN)).order_by(order, Job.next_at, Job.id).limit(limit)
    )
    return [JobRow(*tuple(row)) for row in rows]


def list_ended_jobs(session: Session, *, limit: int) -> list[JobRow]:
    """Return the jobs that are done or dropped, newest first."""
    rows = session.execute(
        select(*_ROW)
        .where(Job.state.not_in(_OPEN))
        .order_by(Job.ended_at.desc(), Job.id.desc())
        .limit(limit)
    )
    return [JobRow(*tuple(row)) for row in rows]


def list_nodes(session: Session, *, now: datetime) -> list[NodeRow]:
    """Return the workers that are alive, by name."""
    running = (
        select(func.count())
        .where(Job.node == Node.id, Job.state == WorkState.WORKING)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Node.id, Node.host, Node.version, Node.started_at, Node.seen_at, running)
        .where(Node.kind == "worker", Node.seen_at >= now - SILENCE)
        .order_by(Node.id)
    )
    return [NodeRow(*row) for row in rows]


def find_progress(session: Session, job: JobRow) -> tuple[int, int] | None:
    """Return how much of a running job is done, and of how much; None if nobody counts."""
    if job.state is not WorkState.WORKING:
        return None
    if job.kind == JobKind.IMPORT:
        found = session.execute(
            select(ImportRun.rows_done, ImportRun.rows_total).where(ImportRun.id == job.row_id)
        ).first()
    elif job.kind == JobKind.MADE_FILE:
        # Without a number so far, nobody counts: a PDF is written at once at its end.
        found = session.execute(
            select(MadeFile.rows_done, MadeFile.rows_total).where(
                MadeFile.id == job.row_id, MadeFile.rows_done > 0
            )
        ).first()
    elif job.kind == JobKind.PRINT:
        found = session.execute(
            select(PrintJob.sent, PrintJob.labels).where(
                PrintJob.printer_id == job.row_id, PrintJob.state == PrintState.SENDING
            )
        ).first()
    else:
        return None
    return None if found is None else (found[0], found[1])

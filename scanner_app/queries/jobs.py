"""Selects over jobs and the workers that run them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JOB_KINDS, JobKind, KindFacts, WorkState
from scanner_app.models import Job, Node

_UNKNOWN = KindFacts("Job of another version")


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
        """What is said about its kind; a newer version may have put in line what we do not know."""
        return next((row for kind, row in JOB_KINDS.items() if kind == self.kind), _UNKNOWN)


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


def list_active(session: Session, kind: JobKind, *, now: datetime) -> frozenset[int]:
    """Return the rows whose job runs, or could run now."""
    due = and_(Job.state == WorkState.WAITING, Job.next_at <= now)
    rows = session.scalars(
        select(Job.row_id).where(Job.kind == kind.value, or_(Job.state == WorkState.WORKING, due))
    )
    return frozenset(rows)

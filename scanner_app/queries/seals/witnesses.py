"""Checkpoints on their way outside: what waits, and what has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.witnesses import Way
from scanner_app.models import LogCheckpoint, LogWitness


@dataclass(frozen=True, slots=True)
class Waiting:
    """A checkpoint that is to be taken somewhere."""

    tree: Tree
    size: int
    note: str


def list_due(session: Session, way: Way, *, now: datetime, limit: int) -> list[Waiting]:
    """Return what waits for a way, oldest first; nothing while its next try is not due.

    One that fails makes all behind it wait: the place outside is the same.
    """
    waits = (LogWitness.way == way, LogWitness.done_at.is_(None), LogWitness.next_at.is_not(None))
    later = select(LogWitness.size).where(*waits, LogWitness.next_at > now).limit(1)
    if session.scalar(later) is not None:
        return []
    rows = session.execute(
        select(LogWitness.tree, LogWitness.size, LogCheckpoint.note)
        .join(
            LogCheckpoint,
            (LogCheckpoint.tree == LogWitness.tree) & (LogCheckpoint.size == LogWitness.size),
        )
        .where(*waits)
        .order_by(LogCheckpoint.at, LogWitness.size)
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class WayState:
    """How far one way outside is.

    :param arrived_at: when the newest checkpoint arrived there.
    :param waits: how many checkpoints wait.
    :param error: why the oldest of them waits, if it has failed.
    """

    way: Way
    arrived_at: datetime | None
    waits: int
    waits_since: datetime | None
    next_at: datetime | None
    error: str


def load_states(session: Session) -> list[WayState]:
    """Return how far each way is that was ever taken."""
    found = []
    for way in Way:
        arrived, waits, since = session.execute(
            select(
                func.max(LogWitness.done_at),
                func.count().filter(LogWitness.next_at.is_not(None)),
                func.min(LogWitness.since).filter(LogWitness.next_at.is_not(None)),
            ).where(LogWitness.way == way)
        ).one()
        if arrived is None and not waits:
            continue
        failed = session.execute(
            select(LogWitness.next_at, LogWitness.error)
            .where(LogWitness.way == way, LogWitness.next_at.is_not(None), LogWitness.error != "")
            .order_by(LogWitness.since)
            .limit(1)
        ).one_or_none()
        next_at, error = failed if failed is not None else (None, "")
        found.append(WayState(way, arrived, waits, since, next_at, error))
    return found


def find_stamp(session: Session, tree: Tree, size: int) -> bytes | None:
    """Return the answer of the authority for a checkpoint; None if there is none yet."""
    return session.scalar(
        select(LogWitness.answer).where(
            LogWitness.tree == tree, LogWitness.size == size, LogWitness.way == Way.STAMP
        )
    )


def find_stamped(session: Session, tree: Tree) -> tuple[str, bytes] | None:
    """Return the newest checkpoint of a tree that has a time stamp, with the stamp."""
    row = session.execute(
        select(LogCheckpoint.note, LogWitness.answer)
        .join(
            LogWitness,
            (LogCheckpoint.tree == LogWitness.tree) & (LogCheckpoint.size == LogWitness.size),
        )
        .where(
            LogCheckpoint.tree == tree,
            LogWitness.way == Way.STAMP,
            LogWitness.answer.is_not(None),
        )
        .order_by(LogCheckpoint.size.desc())
        .limit(1)
    ).one_or_none()
    return (row.note, row.answer) if row is not None else None

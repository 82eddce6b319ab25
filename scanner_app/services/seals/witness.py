"""Note which checkpoints are to be taken outside, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.witnesses import Way, next_try
from scanner_app.models import LogCheckpoint, LogHead, LogWitness

MAX_ERROR = 300


def note_new(session: Session, way: Way, *, now: datetime) -> None:
    """Put in line each checkpoint since the last one that was; the first time, the newest alone."""
    for tree in Tree:
        # Two workers do it one after the other.
        session.execute(select(LogHead.size).where(LogHead.tree == tree).with_for_update())
        known = session.scalar(
            select(func.max(LogWitness.size)).where(LogWitness.tree == tree, LogWitness.way == way)
        )
        sizes = select(LogCheckpoint.size).where(LogCheckpoint.tree == tree)
        if known is None:
            sizes = sizes.order_by(LogCheckpoint.size.desc()).limit(1)
        else:
            sizes = sizes.where(LogCheckpoint.size > known)
        rows: list[dict[str, Any]] = [
            {"tree": tree, "size": size, "way": way, "since": now, "next_at": now, "attempts": 0,
             "error": ""}
            for size in session.scalars(sizes)
        ]  # fmt: skip
        if rows:
            session.execute(insert(LogWitness), rows)


def note_arrived(
    session: Session,
    way: Way,
    tree: Tree,
    size: int,
    *,
    now: datetime,
    answer: bytes | None = None,
    stated_at: datetime | None = None,
) -> None:
    """Keep that a checkpoint has arrived outside, with the answer that proves it."""
    arrived = {"done_at": now, "next_at": None, "error": ""}
    _update(session, way, tree, size, answer=answer, stated_at=stated_at, **arrived)


def note_failed(
    session: Session, way: Way, tree: Tree, size: int, *, reason: str, now: datetime
) -> None:
    """Keep why a checkpoint has not arrived, and when it is tried again."""
    is_this = (LogWitness.way == way, LogWitness.tree == tree, LogWitness.size == size)
    row = session.execute(select(LogWitness.since, LogWitness.attempts).where(*is_this)).one()
    attempts = row.attempts + 1
    again = next_try(row.since, attempts, now)
    _update(session, way, tree, size, attempts=attempts, next_at=again, error=reason[:MAX_ERROR])


def _update(session: Session, way: Way, tree: Tree, size: int, **values: Any) -> None:
    is_this = (LogWitness.way == way, LogWitness.tree == tree, LogWitness.size == size)
    session.execute(update(LogWitness).where(*is_this).values(**values))

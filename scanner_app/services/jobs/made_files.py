"""Files that jobs make: asked for, begun, noted piece by piece, ended, and deleted in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict
from scanner_app.domain.files.made import (
    KEPT_FOR,
    MADE_STATES,
    MAX_UNDER_WAY,
    MadeForm,
    MadeKind,
    MadeState,
)
from scanner_app.domain.jobs import MAX_ERROR, JobKind
from scanner_app.models import MadeFile
from scanner_app.services.jobs.queue import enqueue

OPEN = [state for state, facts in MADE_STATES.items() if facts.is_open]


class Overtaken(Exception):
    """Raised for a try of making a file while another goes on: two would mix their pieces."""


@dataclass(frozen=True, slots=True)
class FileWish:
    """What somebody wants as a file.

    :param params: what it is made of, as the maker of its kind reads it.
    :param title: what people read, such as "Assets in R-12".
    """

    kind: MadeKind
    form: MadeForm
    params: Mapping[str, Any]
    title: str


def ask_for_file(
    session: Session, wish: FileWish, *, user_id: int, rows: int, now: datetime
) -> int:
    """Put a file in line to be made, and return its number; of one that is under way, that one's.

    :param rows: of how many rows it is made.
    :raises Conflict: too many files of this person are under way.
    """
    under_way = session.scalars(
        select(MadeFile).where(MadeFile.user_id == user_id, MadeFile.state.in_(OPEN))
    ).all()
    for made in under_way:
        if (made.kind, made.form, made.params) == (wish.kind, wish.form, dict(wish.params)):
            return made.id
    if len(under_way) >= MAX_UNDER_WAY:
        raise Conflict(
            f"{MAX_UNDER_WAY} files of yours are being made. Wait until one of them is ready.",
            code="too_many_files",
        )
    made = MadeFile(
        user_id=user_id,
        kind=wish.kind.value,
        form=wish.form.value,
        params=dict(wish.params),
        title=wish.title,
        state=MadeState.WAITING,
        rows_total=rows,
        created_at=now,
    )
    session.add(made)
    session.flush()
    enqueue(session, JobKind.MADE_FILE, made.id, now=now)
    return made.id


def begin_file(session: Session, made_id: int) -> tuple[MadeFile | None, Sequence[str]]:
    """Return a file that is to be made now, and the pieces that an earlier try left.

    It is None if the file is gone, or nothing is left to do.
    """
    made = session.scalar(select(MadeFile).where(MadeFile.id == made_id).with_for_update())
    if made is None or not MADE_STATES[made.state].is_open:
        return None, ()
    left, made.pieces = made.pieces, []
    made.state, made.rows_done, made.error = MadeState.MAKING, 0, ""
    return made, left


def note_piece(session: Session, made_id: int, name: str, *, after: Sequence[str]) -> None:
    """Record that a piece is in the store, so that it is deleted whatever happens next.

    :param after: the pieces that this try noted before.
    :raises Overtaken: another worker makes the file, taking this one for dead.
    """
    made = _get_own(session, made_id, after)
    made.pieces = [*made.pieces, name]


def end_file(
    session: Session,
    made_id: int,
    *,
    pieces: Sequence[str],
    filename: str,
    size: int,
    now: datetime,
) -> None:
    """Record that a file is ready, and its size in bytes.

    :param pieces: all that this try noted.
    :raises Overtaken: as `note_piece`.
    """
    made = _get_own(session, made_id, pieces)
    made.state, made.filename, made.size, made.ended_at = MadeState.READY, filename, size, now
    made.rows_done = made.rows_total = max(made.rows_done, made.rows_total)


def _get_own(session: Session, made_id: int, pieces: Sequence[str]) -> MadeFile:
    made = session.get(MadeFile, made_id, with_for_update=True)
    if made is None or not MADE_STATES[made.state].is_open or list(made.pieces) != list(pieces):
        raise Overtaken
    return made


def fail_file(session: Session, made_id: int, *, error: str, now: datetime) -> None:
    """Record why a file could not be made."""
    made = session.get_one(MadeFile, made_id, with_for_update=True)
    made.state, made.error, made.ended_at = MadeState.FAILED, error[:MAX_ERROR], now


def drop_file(session: Session, made_id: int) -> Sequence[str]:
    """Forget a file, and return its pieces, which are then to be deleted."""
    pieces = session.scalar(select(MadeFile.pieces).where(MadeFile.id == made_id).with_for_update())
    session.execute(delete(MadeFile).where(MadeFile.id == made_id))
    return pieces or ()


def list_outdated(session: Session, *, now: datetime, most: int = 100) -> Sequence[int]:
    """Return the numbers of files that were kept long enough, the oldest first."""
    kept_since = func.coalesce(MadeFile.ended_at, MadeFile.created_at)
    return session.scalars(
        select(MadeFile.id)
        .where(MadeFile.created_at < now - KEPT_FOR, kept_since < now - KEPT_FOR)
        .order_by(MadeFile.created_at)
        .limit(most)
    ).all()

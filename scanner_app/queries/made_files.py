"""Selects over the files that jobs make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.files.made import (
    FORMS,
    KEPT_FOR,
    MADE_KINDS,
    MADE_STATES,
    MadeForm,
    MadeKind,
    MadeState,
    StateFacts,
    say_size,
)
from scanner_app.domain.jobs import JobKind, WorkState
from scanner_app.models import Job, MadeFile


@dataclass(frozen=True, slots=True)
class MadeFileRow:
    """A file as its page shows it.

    :param state: failed too if its job has failed or was dropped.
    """

    id: int
    kind: MadeKind
    form: MadeForm
    params: dict[str, Any]
    title: str
    state: MadeState
    rows_done: int
    rows_total: int
    filename: str
    size: int
    pieces: Sequence[str]
    error: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def facts(self) -> StateFacts:
        """What is said about its state."""
        return MADE_STATES[self.state]

    @property
    def form_label(self) -> str:
        return FORMS[self.form].label

    @property
    def rows(self) -> str:
        """What is counted, such as "assets"."""
        return MADE_KINDS[self.kind].rows

    @property
    def size_text(self) -> str:
        return say_size(self.size)

    @property
    def kept_until(self) -> datetime:
        return (self.ended_at or self.created_at) + KEPT_FOR


def get_made_file(session: Session, made_id: int, *, user_id: int) -> MadeFileRow:
    """Return a file of a person.

    :raises NotFound: it does not exist, is deleted, or is another person's.
    """
    row = session.execute(
        _select().where(MadeFile.id == made_id, MadeFile.user_id == user_id)
    ).first()
    found = _to_row(row) if row is not None else None
    if found is None:
        raise NotFound(
            f"This file is not here: files are kept for {KEPT_FOR.days} days, for the person who"
            " asked for them. Ask for it again."
        )
    return found


def list_made_files(session: Session, *, user_id: int, limit: int) -> list[MadeFileRow]:
    """Return the files of a person, the newest first."""
    rows = session.execute(
        _select()
        .where(MadeFile.user_id == user_id)
        .order_by(MadeFile.created_at.desc(), MadeFile.id.desc())
        .limit(limit)
    )
    return [row for row in map(_to_row, rows) if row is not None]


def list_due_files(session: Session) -> Sequence[int]:
    """Return the numbers of the files that are still to be made."""
    is_open = [state for state, facts in MADE_STATES.items() if facts.is_open]
    return session.scalars(select(MadeFile.id).where(MadeFile.state.in_(is_open))).all()


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        *(getattr(MadeFile, name) for name in MadeFileRow.__dataclass_fields__),
        Job.state,
        Job.error,
    ).outerjoin(Job, and_(Job.kind == JobKind.MADE_FILE.value, Job.row_id == MadeFile.id))


def _to_row(row: Any) -> MadeFileRow | None:
    """Return a file; None if a newer version asked for a kind that this one does not know."""
    *values, job_state, job_error = row
    named = dict(zip(MadeFileRow.__dataclass_fields__, values, strict=True))
    if named["kind"] not in MADE_KINDS or named["form"] not in FORMS:
        return None
    named["kind"], named["form"] = MadeKind(named["kind"]), MadeForm(named["form"])
    if MADE_STATES[named["state"]].is_open and job_state in (WorkState.FAILED, WorkState.DROPPED):
        named["state"] = MadeState.FAILED
        named["error"] = job_error or "An admin took it out of the line."
    return MadeFileRow(**named)

"""Imports and their rows, for pages, commands and the worker; and the table of status names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.domain.imports.kind import KindFacts
from scanner_app.domain.imports.runs import (
    ALL_REFUSED,
    NOTHING_TO_APPLY,
    STATES,
    VERDICTS,
    RunNotes,
    RunState,
    StateFacts,
)
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import ImportRow, ImportRun, StatusName

PAGE_ROWS = 100
LIST_RUNS = 50
CHUNK = 500
_BUSY = tuple(state.value for state, facts in STATES.items() if facts.is_busy)


@dataclass(frozen=True, slots=True)
class RunView:
    """One import for pages and commands."""

    id: int
    kind: str
    filename: str
    file_sha256: str
    state: str
    mapping: Mapping[str, Any]
    headers: Mapping[str, Any]
    rows_total: int
    rows_done: int
    created_count: int
    changed_count: int
    left_count: int
    refused_count: int
    error: str | None
    created_at: datetime
    created_by: str
    applied_at: datetime | None
    lease_until: datetime | None

    @property
    def facts(self) -> KindFacts:
        """The facts about the kind of its rows."""
        return FACTS[ImportKind(self.kind)]

    @property
    def notes(self) -> RunNotes:
        """What is kept of its file beside the rows."""
        return RunNotes.from_json(self.headers)

    @property
    def state_facts(self) -> StateFacts:
        """How its state is shown; a checked import that changes nothing waits for nobody."""
        state = RunState(self.state)
        if state is RunState.CHECKED and self.changes_nothing:
            return ALL_REFUSED if self.refused_count else NOTHING_TO_APPLY
        return STATES[state]

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows of each verdict, in the order in which people look at them."""
        return {verdict.value: getattr(self, facts.column) for verdict, facts in VERDICTS.items()}

    @property
    def is_busy(self) -> bool:
        return STATES[RunState(self.state)].is_busy

    @property
    def changes_nothing(self) -> bool:
        return not self.created_count and not self.changed_count


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a file and what would happen to it."""

    row_number: int
    verdict: str
    label: str
    changes: tuple[tuple[str, str, str], ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows, and the number to go on from; None where no more follow."""

    rows: tuple[RowView, ...]
    next_after: int | None


_RUN_COLUMNS = [getattr(ImportRun, name) for name in RunView.__dataclass_fields__]


def find_run(session: Session, run_id: int) -> RunView:
    """Return one import.

    :raises NotFound: no import has that number.
    """
    row = session.execute(select(*_RUN_COLUMNS).where(ImportRun.id == run_id)).first()
    if row is None:
        raise NotFound("That import does not exist.")
    return RunView(*row)


def list_runs(session: Session) -> tuple[RunView, ...]:
    """Return the newest imports."""
    rows = session.execute(select(*_RUN_COLUMNS).order_by(ImportRun.id.desc()).limit(LIST_RUNS))
    return tuple(RunView(*row) for row in rows)


def find_applied_twin(session: Session, run: RunView) -> RunView | None:
    """Return the newest applied import of the same file and kind, other than this one."""
    row = session.execute(
        select(*_RUN_COLUMNS)
        .where(
            ImportRun.file_sha256 == run.file_sha256,
            ImportRun.kind == run.kind,
            ImportRun.state == "applied",
            ImportRun.id != run.id,
        )
        .order_by(ImportRun.id.desc())
        .limit(1)
    ).first()
    return None if row is None else RunView(*row)


def is_file_used(session: Session, sha256: str, *, besides: int) -> bool:
    """Return whether an import other than this one still needs a kept file."""
    query = select(ImportRun.id).where(
        ImportRun.file_sha256 == sha256, ImportRun.id != besides, ImportRun.state != "cancelled"
    )
    return session.scalar(query.limit(1)) is not None


def list_rows(
    session: Session, run_id: int, *, verdict: str | None, after: int = 0, limit: int = PAGE_ROWS
) -> RowPage:
    """Return a page of a run's rows, in the order of the file."""
    query = (
        select(ImportRow.row_number, ImportRow.verdict, ImportRow.label, ImportRow.detail)
        .where(ImportRow.run_id == run_id, ImportRow.row_number > after)
        .order_by(ImportRow.row_number)
        .limit(limit + 1)
    )
    if verdict:
        query = query.where(ImportRow.verdict == verdict)
    found = session.execute(query).all()
    rows = tuple(
        RowView(
            row.row_number,
            row.verdict,
            row.label,
            tuple((name, old, new) for name, (old, new) in row.detail.get("changes", {}).items()),
            tuple(map(str, row.detail.get("reasons", ()))),
            tuple(map(str, row.detail.get("notes", ()))),
        )
        for row in found[:limit]
    )
    return RowPage(rows, rows[-1].row_number if len(found) > limit else None)


def stream_planned(
    session: Session, run_id: int, verdict: str, *, size: int = CHUNK
) -> Iterator[Sequence[Row[Any]]]:
    """Yield the planned rows of a verdict in chunks, in the order of the file."""
    after = 0
    while True:
        chunk = session.execute(
            select(ImportRow.row_number, ImportRow.label, ImportRow.detail)
            .where(
                ImportRow.run_id == run_id,
                ImportRow.verdict == verdict,
                ImportRow.row_number > after,
            )
            .order_by(ImportRow.row_number)
            .limit(size)
        ).all()
        if not chunk:
            return
        yield chunk
        after = chunk[-1].row_number


def list_due_runs(session: Session, *, now: datetime) -> list[int]:
    """Return the runs that wait for work, or whose worker let its lease run out."""
    query = select(ImportRun.id).where(
        ImportRun.state.in_(_BUSY),
        or_(ImportRun.lease_until.is_(None), ImportRun.lease_until < now),
    )
    return list(session.scalars(query.order_by(ImportRun.id)))


# -- Status names ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusNameView:
    """What another register calls one of our statuses."""

    id: int
    name_key: str
    stage: Stage


def list_status_names(session: Session) -> tuple[StatusNameView, ...]:
    rows = session.execute(
        select(StatusName.id, StatusName.name_key, StatusName.stage).order_by(StatusName.name_key)
    )
    return tuple(StatusNameView(*row) for row in rows)

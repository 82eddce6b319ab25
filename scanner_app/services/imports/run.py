"""The two long steps of an import: check every row of a file, and apply what the check planned.

Both work on a run that the caller holds under a lease, and open their own transactions: a check one
for each chunk of rows, an apply a single one.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import count_known, name_custom
from scanner_app.domain.imports.runs import RunState
from scanner_app.models import Base, ImportRow, ImportRun
from scanner_app.queries.imports.runs import RunView, find_run
from scanner_app.services.files.tables.open import SourceTable, open_table
from scanner_app.services.imports import files, life
from scanner_app.services.imports.kinds import KINDS
from scanner_app.services.imports.life import ImportLease
from scanner_app.services.imports.mapping import ColumnMapping
from scanner_app.services.imports.row import UTC_ZONE, PlanContext, Planner, Progress
from scanner_app.services.imports.status_names import load_status_names

log = logging.getLogger(__name__)

T = TypeVar("T")
CHUNK_ROWS = 1000

OpenSession = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run needs from outside: sessions to read and to write, the time, files, a setting."""

    open_session: OpenSession  # commits at its end
    open_reading: OpenSession  # never commits
    clock: Callable[[], datetime]
    instance_dir: Path
    currency: str
    zone: ZoneInfo = UTC_ZONE


def ignore_progress(_done: int) -> None:
    """Do nothing: nobody watches this run."""


def check_import(
    lease: ImportLease, around: Surroundings, *, progress: Progress = ignore_progress
) -> None:
    """Plan every row of a run and store what each would do; nothing else is written.

    :raises LeaseLost: another worker took the run over.
    :raises ScannerAppError: the file can no longer be read.
    """
    with around.open_reading() as session:
        run = find_run(session, lease.run_id)
        table = _open_file(run, around.instance_dir)
        planner = _start_planner(session, run, table, around)
    mapping = ColumnMapping.from_json(run.mapping)
    planner.prepare(mapping.mend(table.rows()))
    counts: Counter[str] = Counter()
    done = 0
    for rows in _chunks(mapping.mend(table.rows()), CHUNK_ROWS):
        with around.open_reading() as session:
            planned = planner.plan(session, rows)
        counts.update(row.verdict for row in planned)
        done += len(rows)
        with around.open_session() as session:
            lease = life.keep_rows(session, lease, planned, rows_done=done, now=around.clock())
        progress(done)
    with around.open_session() as session:
        life.finish_check(
            session,
            lease,
            counts=counts,
            to_make=planner.to_make(),
            rows=done,
            now=around.clock(),
        )
    log.info("import checked run=%s rows=%s refused=%s", lease.run_id, done, counts["refused"])


def _open_file(run: RunView, instance_dir: Path) -> SourceTable:
    path = files.file_path(instance_dir, run.file_sha256)
    if not path.exists():
        raise ScannerAppError("The uploaded file is gone from the server. Upload it again.")
    mapping = ColumnMapping.from_json(run.mapping)
    return open_table(
        path,
        count_known=lambda headers: count_known(ImportKind(run.kind), headers),
        reading=mapping.reading,
    )


def _start_planner(
    session: Session, run: RunView, table: SourceTable, around: Surroundings
) -> Planner:
    mapping = ColumnMapping.from_json(run.mapping)
    context = PlanContext(
        headers=table.headers,
        mapping=mapping,
        statuses=load_status_names(session),
        currency=around.currency,
        custom_names=name_custom(table.headers, mapping.columns),
        zone=around.zone,
        now=around.clock(),
    )
    return KINDS[ImportKind(run.kind)].start_planner(session, context)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def apply_import(
    lease: ImportLease, around: Surroundings, *, progress: Progress = ignore_progress
) -> float:
    """Write a checked run in one transaction, and return the seconds that it took.

    :raises LeaseLost: another worker took the run over.
    :raises Conflict: the register was changed since the check; nothing was written.
    """

    def note(done: int) -> None:
        files.note_progress(around.instance_dir, lease.run_id, done)
        progress(done)

    try:
        with around.open_session() as session:
            # After the lock is ours: the values of the file count as known from this time on. A
            # time from before the wait would let scans that arrived meanwhile look newer.
            now, started = around.clock(), time.perf_counter()
            tables = _write_run(session, lease, now=now, progress=note)
        took = time.perf_counter() - started
    except IntegrityError as error:
        raise life.register_moved_error("a code of the file was taken meanwhile") from error
    finally:
        files.forget_progress(around.instance_dir, lease.run_id)
    log.info("import applied run=%s seconds=%.1f", lease.run_id, took)
    if tables:
        with around.open_session() as session:
            _refresh_statistics(session, tables)
    return took


def _write_run(
    session: Session, lease: ImportLease, *, now: datetime, progress: Progress
) -> tuple[type[Base], ...]:
    """Write all that a checked run planned, mark it applied, and return the tables to analyze."""
    life.renew_lease(session, lease, now=now)
    run = session.get_one(ImportRun, lease.run_id, populate_existing=True)
    kind = KINDS[ImportKind(run.kind)]
    kind.apply(session, run, now=now, progress=progress)
    run.state = RunState.APPLIED.value
    run.applied_at = now
    run.rows_done = run.created_count + run.changed_count
    run.lease_until = None
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return (*kind.tables, ImportRow) if is_postgresql else ()


def _refresh_statistics(session: Session, tables: Iterable[type[Base]]) -> None:
    """Update what PostgreSQL knows about the size of these tables.

    Until its own daemon does that, it plans queries for the tables as they were, perhaps empty.
    """
    for table in tables:
        session.execute(text(f"ANALYZE {table.__tablename__}"))

"""The life of an import: uploaded, mapped, checked row by row, then applied whole or not at all.

A run's `lease_until` is also its fencing token. The worker of a run renews the lease that it holds;
a worker whose lease was taken over finds no row to renew, and stops. How rows are planned and
written is in `kinds`; the work itself is in `run`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import is_from_snipe
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.imports.runs import STATES, VERDICTS, Additions, RunNotes, RunState
from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.causes import job_failed
from scanner_app.domain.text import moment
from scanner_app.models import ImportRow, ImportRun
from scanner_app.services.imports.files import clean_filename
from scanner_app.services.imports.mapping import Inspection
from scanner_app.services.imports.row import PlannedRow
from scanner_app.services.jobs.queue import enqueue
from scanner_app.services.notices.raise_notice import raise_notice

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
MAX_ERROR = 1000


class LeaseLost(Exception):
    """Another worker has taken this run over."""


@dataclass(frozen=True, slots=True)
class ImportLease:
    """A run that this worker holds until `lease_until`."""

    run_id: int
    state: str
    lease_until: datetime


def register_moved_error(what: str) -> Conflict:
    """Return the error of a plan that no longer fits the register."""
    return Conflict(
        f"The register changed since the check ({what}). Nothing was imported. "
        "Check again, look at the changes, and apply.",
        code="import_moved",
    )


# -- Steps that people take ------------------------------------------------------------------------


def add_run(
    session: Session,
    *,
    kind: ImportKind,
    filename: str | None,
    sha256: str,
    inspection: Inspection,
    created_by: str,
    actor: str,
    now: datetime,
) -> int:
    """Add an import of an uploaded file and return its number.

    :param created_by: the name for the list of imports.
    :param actor: the key under which the history of each asset names who imported it.
    """
    run = ImportRun(
        kind=kind.value,
        filename=clean_filename(filename),
        file_sha256=sha256,
        state=RunState.UPLOADED.value,
        mapping=inspection.mapping.as_json(),
        headers=_read_notes(kind, inspection).as_json(),
        actor=actor,
        rows_total=inspection.profile.rows,
        created_at=now,
        created_by=created_by,
    )
    session.add(run)
    session.flush()  # the number exists only now, and the next page has it in its address
    return run.id


def _read_notes(kind: ImportKind, inspection: Inspection) -> RunNotes:
    table, profile = inspection.table, inspection.profile
    return RunNotes(
        names=table.headers,
        format=table.format,
        encoding=table.encoding,
        separator=table.separator,
        sheet=table.sheet,
        sheet_names=table.sheet_names,
        header_row=table.header_row,
        encodings=table.encodings,
        dropped=profile.dropped,
        kept_beside=profile.kept_beside,
        known_file=known.title if (known := recognise_file(table.headers)) else "",
        is_from_snipe=is_from_snipe(kind, table.headers),
        samples=profile.samples,
        unknown_statuses=profile.unknown_statuses,
        ambiguous_dates=profile.ambiguous_dates,
    )


def _change_notes(run: ImportRun, **changes: Any) -> None:
    run.headers = replace(RunNotes.from_json(run.headers), **changes).as_json()


def _lock_run(session: Session, run_id: int) -> ImportRun:
    run = session.scalar(select(ImportRun).where(ImportRun.id == run_id).with_for_update())
    if run is None:
        raise NotFound("That import does not exist.")
    return run


def change_mapping(
    session: Session, *, run_id: int, kind: ImportKind, inspection: Inspection
) -> None:
    """Keep what a person chose so far; it may still leave questions open.

    :raises Conflict: the import is being worked on, or is finished.
    """
    run = _lock_run(session, run_id)
    _refuse_busy(run)
    run.mapping = inspection.mapping.as_json()
    run.headers = _read_notes(kind, inspection).as_json()
    run.rows_total = inspection.profile.rows
    run.state = RunState.UPLOADED.value
    _forget_rows(session, run)


def ask_check(
    session: Session, *, run_id: int, now: datetime, lease: datetime | None = None
) -> None:
    """Put a run in line for its dry run.

    :param lease: held by a caller that checks the run itself, so that no worker takes it.
    :raises Conflict: the import is being worked on, or is finished.
    """
    run = _lock_run(session, run_id)
    _refuse_busy(run)
    _forget_rows(session, run)
    run.state = RunState.CHECKING.value
    run.lease_until = lease
    _change_notes(run, attempts=0)
    if lease is None:
        enqueue(session, JobKind.IMPORT, run_id, now=now)


def ask_apply(
    session: Session,
    *,
    run_id: int,
    leave_out_refused: bool,
    now: datetime,
    lease: datetime | None = None,
) -> None:
    """Put a checked run in line to be applied.

    :raises Conflict: it is not checked, or it has refused rows that nobody chose to leave out.
    """
    run = _lock_run(session, run_id)
    if run.state != RunState.CHECKED:
        raise Conflict(
            "This import is already applied." if run.state == RunState.APPLIED
            else "This import has no preview yet. Preview it first, then apply it.",
            code="import_not_checked",
        )  # fmt: skip
    if run.refused_count and not leave_out_refused:
        raise Conflict(
            f"{run.refused_count:,} rows are refused. Correct them in the file and upload it "
            "again, or choose to leave them out.",
            code="import_rows_refused",
        )
    run.state = RunState.APPLYING.value
    run.lease_until = lease
    _change_notes(run, attempts=0, left_out=run.refused_count)
    if lease is None:
        enqueue(session, JobKind.IMPORT, run_id, now=now)


def cancel_run(session: Session, *, run_id: int) -> str:
    """Cancel a run that is not applied, delete its rows, and return the hash of its file.

    :raises Conflict: it is being applied, or is applied already.
    """
    run = _lock_run(session, run_id)
    if run.state in {RunState.APPLYING, RunState.APPLIED}:
        raise Conflict("This import is applied and cannot be given up.", code="import_applied")
    _forget_rows(session, run)
    run.state = RunState.CANCELLED.value
    run.lease_until = None
    return run.file_sha256


def _refuse_busy(run: ImportRun) -> None:
    state = STATES[RunState(run.state)]
    if state.is_busy:
        raise Conflict(
            "This import is being worked on. Wait until it is finished.", code="import_busy"
        )
    if state.is_done:
        raise Conflict(
            f"This import is {run.state}. Upload the file again to import it again.",
            code="import_done",
        )


def _forget_rows(session: Session, run: ImportRun) -> None:
    session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
    run.error = None
    run.rows_done = 0
    for facts in VERDICTS.values():
        setattr(run, facts.column, 0)


# -- Work under a lease ----------------------------------------------------------------------------


def claim_run(session: Session, run_id: int, *, now: datetime) -> ImportLease | None:
    """Lease a run whose job this worker took; None if it no longer waits for work.

    Another worker may still hold it: one that was taken for dead. It loses its lease, and stops. A
    run whose worker died several times is marked failed, so that it does not kill the next one.
    """
    run = _lock_run(session, run_id)
    if not STATES[RunState(run.state)].is_busy:
        return None
    attempts = RunNotes.from_json(run.headers).attempts + 1
    if attempts > MAX_ATTEMPTS:
        run.state = RunState.FAILED.value
        run.lease_until = None
        run.error = (
            f"The work was interrupted {MAX_ATTEMPTS} times, and nothing was imported. "
            "Check again; if it happens again, import the file in parts."
        )
        return None
    _change_notes(run, attempts=attempts)
    # Later than the lease that another may hold: an unchanged value would let both go on.
    run.lease_until = max(now, run.lease_until or now) + LEASE
    if run.state == RunState.CHECKING:  # the worker that died left some of its rows
        _forget_rows(session, run)
    return ImportLease(run.id, run.state, run.lease_until)


def renew_lease(
    session: Session, lease: ImportLease, *, now: datetime, **changes: Any
) -> ImportLease:
    """Extend the lease and note the progress; return the lease to go on with.

    :raises LeaseLost: another worker has it.
    """
    # Always later than before, even within one clock tick: an unchanged value would let a worker
    # that lost the run renew it too.
    until = max(now + LEASE, lease.lease_until + timedelta(microseconds=1))
    done = session.execute(
        update(ImportRun)
        .where(
            ImportRun.id == lease.run_id,
            ImportRun.state == lease.state,
            ImportRun.lease_until == lease.lease_until,
        )
        .values(lease_until=until, **changes)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined] # the result of an UPDATE has it
        raise LeaseLost
    return ImportLease(lease.run_id, lease.state, until)


def keep_rows(
    session: Session,
    lease: ImportLease,
    planned: Sequence[PlannedRow],
    *,
    rows_done: int,
    now: datetime,
) -> ImportLease:
    """Store what the dry run found for a chunk of rows.

    :raises LeaseLost: another worker has the run.
    """
    lease = renew_lease(session, lease, now=now, rows_done=rows_done)
    if planned:
        session.execute(
            insert(ImportRow),
            [
                {
                    "run_id": lease.run_id,
                    "row_number": row.number,
                    "verdict": row.verdict,
                    "label": row.label,
                    "detail": row.detail,
                }
                for row in planned
            ],
        )
    return lease


def finish_check(
    session: Session,
    lease: ImportLease,
    *,
    counts: Mapping[str, int],
    to_make: Additions,
    rows: int,
    now: datetime,
) -> None:
    """End the dry run and store its counts.

    :raises LeaseLost: another worker has the run.
    """
    renew_lease(session, lease, now=now)
    run = session.get_one(ImportRun, lease.run_id, populate_existing=True)
    for verdict, facts in VERDICTS.items():
        setattr(run, facts.column, counts.get(verdict.value, 0))
    run.rows_done = run.rows_total = rows
    _change_notes(run, to_make=to_make)
    run.state = RunState.CHECKED.value
    run.lease_until = None


def fail_run(session: Session, lease: ImportLease, *, error: str, now: datetime) -> None:
    """Mark a run as failed, with the reason, and tell who began it.

    A run that another worker finished is not touched.
    """
    failed = session.execute(
        update(ImportRun)
        .where(ImportRun.id == lease.run_id, ImportRun.state == lease.state)
        .values(state=RunState.FAILED.value, error=error[:MAX_ERROR], lease_until=None)
        .returning(ImportRun.filename, ImportRun.actor, ImportRun.created_at)
    ).one_or_none()
    if failed is not None:
        notice = job_failed(
            f"import:{lease.run_id}:{moment(failed.created_at)}",
            job=f"The import of {failed.filename}",
            reason=error[:MAX_ERROR],
            page=f"/imports/{lease.run_id}",
            to=failed.actor,
        )
        raise_notice(session, notice, now=now)

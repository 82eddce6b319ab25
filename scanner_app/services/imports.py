"""The life of an import: uploaded, mapped, checked row by row, then applied whole or not at all.

A run's `lease_until` is also its fencing token: whoever works on it renews the lease it holds, and
one whose lease was taken over finds no row to renew and stops. How rows are planned and written
is in `import_assets`, `import_places`, `import_people` and `import_apply`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.import_columns import ImportKind, count_known, is_from_snipe
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import ImportRow, ImportRun
from scanner_app.queries import imports as queries
from scanner_app.queries.imports import RunView
from scanner_app.services.import_assets import AssetPlanner
from scanner_app.services.import_files import clean_filename
from scanner_app.services.import_mapping import (
    ColumnMapping,
    Profile,
    profile_table,
    settle,
    suggest_mapping,
)
from scanner_app.services.import_people import PersonPlanner
from scanner_app.services.import_places import PlacePlanner
from scanner_app.services.import_plan import PlanContext, PlannedRow, Planner
from scanner_app.services.tabular import Table, open_table

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3
KEPT_FOR = timedelta(days=30)
VERDICT_COUNTS = {
    "created": "created_count",
    "changed": "changed_count",
    "left": "left_count",
    "refused": "refused_count",
}


class LeaseLost(Exception):
    """Another worker has taken this run over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker holds until `lease_until`."""

    run_id: int
    state: str
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file, how it is read by default, and what it holds."""

    table: Table
    mapping: ColumnMapping
    profile: Profile


def status_names(session: Session) -> dict[str, Stage]:
    return {row.name_key: row.stage for row in queries.list_status_names(session)}


def moved(what: str) -> Conflict:
    """Give the error of a plan that no longer fits the register."""
    return Conflict(
        f"The register changed since the check ({what}). Nothing was imported. "
        "Check again, look at the changes, and apply.",
        code="import_moved",
    )


# -- Before anything is planned -------------------------------------------------------------------


def inspect_file(
    path: Path,
    kind: ImportKind,
    *,
    statuses: Mapping[str, Stage],
    most_rows: int,
    mapping: ColumnMapping | None = None,
) -> Inspection:
    """Read a file once: find out how it is read and what is not clear about it.

    :param mapping: what a person chose; None suggests one from the header row.
    :raises BadTable: it is no table.
    :raises TooLarge: it has too many rows.
    """
    table = open_table(
        path,
        count_known=lambda headers: count_known(kind, headers),
        encoding=mapping.encoding if mapping else None,
        separator=mapping.separator if mapping else None,
    )
    chosen = mapping or suggest_mapping(kind, table)
    if len(chosen.columns) != len(table.headers):  # read in another way, the columns are others
        chosen = suggest_mapping(kind, table)
    profile = profile_table(kind, table, chosen, statuses=statuses, most_rows=most_rows)
    return Inspection(table, settle(chosen, profile), profile)


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
    """Add an import of an uploaded file and give its number.

    :param created_by: the name for the list of imports.
    :param actor: the key under which the history of each asset names who imported it.
    """
    run = ImportRun(
        kind=kind.value,
        filename=clean_filename(filename),
        file_sha256=sha256,
        state="uploaded",
        mapping=inspection.mapping.as_json(),
        headers=_headers(kind, inspection),
        actor=actor,
        rows_total=inspection.profile.rows,
        created_at=now,
        created_by=created_by,
    )
    session.add(run)
    session.flush()  # the page that follows has the number in its address
    return run.id


def _headers(kind: ImportKind, inspection: Inspection) -> dict[str, Any]:
    table = inspection.table
    return {
        "names": list(table.headers),
        "format": table.format,
        "encoding": table.encoding,
        "separator": table.separator,
        "sheet": table.sheet,
        "sheets": table.sheets,
        "is_from_snipe": is_from_snipe(kind, table.headers),
        **inspection.profile.as_json(),
    }


def _lock_run(session: Session, run_id: int) -> ImportRun:
    run = session.scalar(select(ImportRun).where(ImportRun.id == run_id).with_for_update())
    if run is None:
        raise NotFound("There is no such import.")
    return run


def change_mapping(
    session: Session, *, run_id: int, kind: ImportKind, inspection: Inspection
) -> None:
    """Keep what a person chose, before it is complete.

    :raises Conflict: the import is being worked on, or is done.
    """
    run = _lock_run(session, run_id)
    _refuse_busy(run)
    run.mapping = inspection.mapping.as_json()
    run.headers = _headers(kind, inspection)
    run.rows_total = inspection.profile.rows
    run.state = "uploaded"
    _forget_rows(session, run)


def ask_check(session: Session, *, run_id: int, lease: datetime | None = None) -> None:
    """Put a run in line for its dry run.

    :param lease: given where the caller checks it itself, so that no worker takes it.
    :raises Conflict: the import is being worked on, or is done.
    """
    run = _lock_run(session, run_id)
    _refuse_busy(run)
    _forget_rows(session, run)
    run.state = "checking"
    run.lease_until = lease
    run.headers = {**run.headers, "attempts": 0}


def ask_apply(
    session: Session, *, run_id: int, leave_out_refused: bool, lease: datetime | None = None
) -> None:
    """Put a checked run in line to be applied.

    :raises Conflict: it is not checked, or rows are refused and are not to be left out.
    """
    run = _lock_run(session, run_id)
    if run.state != "checked":
        raise Conflict(
            "The import was applied already." if run.state == "applied"
            else "Check the file first; only a checked import can be applied.",
            code="import_not_checked",
        )  # fmt: skip
    if run.refused_count and not leave_out_refused:
        raise Conflict(
            f"{run.refused_count:,} rows are refused. Mend them in the file and upload it again, "
            "or choose to leave them out.",
            code="import_rows_refused",
        )
    run.state = "applying"
    run.lease_until = lease
    run.headers = {**run.headers, "attempts": 0, "left_out": run.refused_count}


def cancel_run(session: Session, *, run_id: int) -> str:
    """Give up a run that is not applied, with its rows; give the hash of its file.

    :raises Conflict: it is being applied, or was.
    """
    run = _lock_run(session, run_id)
    if run.state in {"applying", "applied"}:
        raise Conflict("An import that is applied stays in the list.", code="import_applied")
    _forget_rows(session, run)
    run.state = "cancelled"
    run.lease_until = None
    return run.file_sha256


def _refuse_busy(run: ImportRun) -> None:
    if run.state in {"checking", "applying"}:
        raise Conflict("The import is being worked on. Wait until it is done.", code="import_busy")
    if run.state in {"applied", "cancelled"}:
        raise Conflict(
            f"The import is {run.state}. Upload the file again to import it anew.",
            code="import_done",
        )


def _forget_rows(session: Session, run: ImportRun) -> None:
    session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
    run.error = None
    run.rows_done = 0
    for name in VERDICT_COUNTS.values():
        setattr(run, name, 0)


# -- Work by lease --------------------------------------------------------------------------------


def claim_due_run(session: Session, *, now: datetime) -> Claim | None:
    """Take the oldest run that waits, or whose worker let its lease run out.

    A run that ended its worker several times is failed instead of ending the next one.
    """
    found = queries.find_due_run(session, now=now)
    if found is None:
        return None
    run = session.get_one(ImportRun, found[0])
    attempts = int(run.headers.get("attempts", 0)) + 1
    if attempts > MOST_ATTEMPTS:
        run.state = "failed"
        run.lease_until = None
        run.error = (
            f"The work was cut off {MOST_ATTEMPTS} times, and nothing was imported. "
            "Check again; if it happens again, import the file in parts."
        )
        return None
    run.headers = {**run.headers, "attempts": attempts}
    run.lease_until = now + LEASE
    if run.state == "checking":  # the rows of the worker that died
        _forget_rows(session, run)
    return Claim(run.id, run.state, run.lease_until)


def renew_lease(session: Session, claim: Claim, *, now: datetime, **changes: Any) -> Claim:
    """Hold the run for longer, noting how far it is.

    :raises LeaseLost: another worker has it.
    """
    until = max(now + LEASE, claim.lease_until + timedelta(microseconds=1))
    done = session.execute(
        update(ImportRun)
        .where(
            ImportRun.id == claim.run_id,
            ImportRun.state == claim.state,
            ImportRun.lease_until == claim.lease_until,
        )
        .values(lease_until=until, **changes)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined] # an UPDATE's result has it
        raise LeaseLost
    return Claim(claim.run_id, claim.state, until)


def start_planner(session: Session, run: RunView, table: Table, *, currency: str) -> Planner:
    """Give the planner for a run's rows, with the register's names as they are now."""
    context = PlanContext(
        headers=table.headers,
        mapping=ColumnMapping.from_json(run.mapping),
        statuses=status_names(session),
        currency=currency,
    )
    if run.kind == ImportKind.ASSETS:
        return AssetPlanner(session, context)
    if run.kind == ImportKind.PEOPLE:
        return PersonPlanner(session, context)
    return PlacePlanner(session, context)


def keep_rows(
    session: Session, claim: Claim, planned: Sequence[PlannedRow], *, rows_done: int, now: datetime
) -> Claim:
    """Store what the dry run says of a chunk of rows.

    :raises LeaseLost: another worker has the run.
    """
    claim = renew_lease(session, claim, now=now, rows_done=rows_done)
    if planned:
        session.execute(
            insert(ImportRow),
            [
                {
                    "run_id": claim.run_id,
                    "row_number": row.number,
                    "verdict": row.verdict,
                    "label": row.label,
                    "detail": row.detail,
                }
                for row in planned
            ],
        )
    return claim


def finish_check(
    session: Session,
    claim: Claim,
    *,
    counts: Mapping[str, int],
    to_make: Mapping[str, Any],
    rows: int,
    now: datetime,
) -> None:
    """Close the dry run with its counts.

    :raises LeaseLost: another worker has the run.
    """
    renew_lease(session, claim, now=now)
    run = session.get_one(ImportRun, claim.run_id, populate_existing=True)
    for verdict, name in VERDICT_COUNTS.items():
        setattr(run, name, counts.get(verdict, 0))
    run.rows_done = run.rows_total = rows
    run.headers = {**run.headers, "to_make": dict(to_make)}
    run.state = "checked"
    run.lease_until = None


def fail_run(session: Session, claim: Claim, *, error: str) -> None:
    """Say why a run ended without effect; a run that another worker holds is left to it."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == claim.run_id, ImportRun.state == claim.state)
        .values(state="failed", error=error[:1000], lease_until=None)
    )


def release_run(session: Session, claim: Claim, *, now: datetime) -> None:
    """Give a run back to be tried again shortly: the database could not answer."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == claim.run_id, ImportRun.lease_until == claim.lease_until)
        .values(lease_until=now + timedelta(seconds=5))
    )


def forget_old_rows(session: Session, *, now: datetime) -> list[str]:
    """Drop the rows of imports that were done long ago, and give the hashes of their files.

    The summary of a run stays; what an import changed is in each asset's history.
    """
    old = session.execute(
        select(ImportRun.id, ImportRun.file_sha256).where(
            ImportRun.state.in_(("applied", "failed", "checked", "uploaded")),
            ImportRun.created_at < now - KEPT_FOR,
            select(ImportRow.id).where(ImportRow.run_id == ImportRun.id).exists(),
        )
    ).all()
    for run_id, _sha256 in old:
        session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.state.in_(("checked", "uploaded")))
            .values(state="cancelled")
        )
    return [
        sha256
        for run_id, sha256 in old
        if not queries.is_file_used(session, sha256, besides=run_id)
    ]

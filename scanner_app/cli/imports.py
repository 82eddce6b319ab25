"""`scanner-app import KIND FILE [--dry-run]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from scanner_app.cli.context import open_app
from scanner_app.cli.costs.files import CostList, import_costs
from scanner_app.cli.health.lists import import_list
from scanner_app.config import Settings
from scanner_app.domain.errors import Invalid, ScannerAppError
from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.domain.imports.columns import match_headers
from scanner_app.domain.imports.kind import CUSTOM, IGNORED
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.imports.runs import RunState, Verdict
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.edge.attachments.import_files import forget_import_file, share_import_file
from scanner_app.edge.state import app_state
from scanner_app.queries.imports import runs as queries
from scanner_app.services.files.tables.encoding import ENCODINGS
from scanner_app.services.files.tables.open import FIND_OUT, Reading
from scanner_app.services.health.files import ListKind
from scanner_app.services.imports import files, life
from scanner_app.services.imports.life import ImportLease
from scanner_app.services.imports.mapping import (
    ColumnMapping,
    Inspection,
    check_mapping,
    inspect_file,
)
from scanner_app.services.imports.names import match_key
from scanner_app.services.imports.run import apply_import, check_import
from scanner_app.services.imports.status_names import load_status_names
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.imports import read_surroundings

ACTOR = "command line"
# Long enough that no web worker takes the run over while this process plans its first rows.
OWN_LEASE = timedelta(minutes=2)
KINDS = click.Choice([kind.value for kinds in (ImportKind, ListKind, CostList) for kind in kinds])
FIRST_LINES = 50


@click.command("import")
@click.argument("kind", type=KINDS)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show row by row what would happen; change nothing.")
@click.option(
    "--make-places/--no-make-places",
    default=None,
    help="Add locations that are missing. Default: only for a file from Snipe-IT.",
)
@click.option(
    "--make-people/--no-make-people",
    default=None,
    help="Add people that are missing. Default: only for a file from Snipe-IT.",
)
@click.option("--leave-out-refused", is_flag=True, help="Leave refused rows out, import the rest.")
@click.option(
    "--column", "columns", multiple=True, metavar="HEADER=MEANING",
    help='What a column means, such as "Inv-Nr=asset_tag"; "custom" keeps it, "-" leaves it out.',
)  # fmt: skip
@click.option(
    "--status", "statuses", multiple=True, metavar="NAME=STATUS",
    help='What a status name means, such as "Spare=in_stock".',
)  # fmt: skip
@click.option(
    "--date-order",
    type=click.Choice(["mdy", "dmy"]),
    help="Which part of 3/4/24 comes first: month (mdy) or day (dmy).",
)
@click.option("--product", default="", help="The product of a file of lifecycles without one.")
@click.option("--encoding", type=click.Choice(list(ENCODINGS)), help="How the text is encoded.")
@click.option("--sheet", default="", help="The sheet of a workbook. Default: the one that fits.")
@click.option("--header-row", type=click.IntRange(min=1), help="The row that names the columns.")
@click.option(
    "--rows", "lines", type=click.IntRange(min=0), default=FIRST_LINES, show_default=True,
    help="Rows to show of each verdict; 0 shows all.",
)  # fmt: skip
def import_command(
    kind: str,
    file: Path,
    dry_run: bool,
    make_places: bool | None,
    make_people: bool | None,
    leave_out_refused: bool,
    columns: tuple[str, ...],
    statuses: tuple[str, ...],
    date_order: str | None,
    product: str,
    encoding: str | None,
    sheet: str,
    header_row: int | None,
    lines: int,
) -> None:
    """Import a register from a CSV or XLSX file: all rows, or none."""
    if kind in set(ListKind):
        import_list(kind, file, product=product, dry_run=dry_run)
        return
    if kind in set(CostList):
        import_costs(kind, file, dry_run=dry_run)
        return
    with open_app() as app:
        settings: Settings = app_state(app).settings
        reading_ = Reading(encoding or "", "", sheet, header_row or 0)
        choices = Choices(make_places, make_people, columns, statuses, date_order, reading_)
        around = read_surroundings()
        run_id, lease = start_run(settings, ImportKind(kind), file, choices)
        with reading() as session:
            total = queries.find_run(session, run_id).rows_total
        with bar("Checking", total) as advance:
            fail_on_error(lease, lambda: check_import(lease, around, progress=advance))
        run = show(run_id, lines, dry_run=dry_run)
        refused = run.refused_count and not leave_out_refused
        if dry_run or refused or run.changes_nothing:
            close(run)
            if refused:
                sys.exit(1)
            return
        now = around.clock()
        lease = ImportLease(run_id, RunState.APPLYING, now + OWN_LEASE)
        with unit_of_work() as session:
            life.ask_apply(
                session, run_id=run_id, leave_out_refused=leave_out_refused, now=now,
                lease=lease.lease_until,
            )  # fmt: skip
        with bar("Importing", run.created_count + run.changed_count) as advance:
            took = fail_on_error(lease, lambda: apply_import(lease, around, progress=advance))
        click.echo(f"Imported in one transaction of {took:.1f} s.")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the options say about how the file is read."""

    make_places: bool | None
    make_people: bool | None
    columns: tuple[str, ...]
    statuses: tuple[str, ...]
    date_order: str | None
    reading: Reading = FIND_OUT


def start_run(
    settings: Settings, kind: ImportKind, file: Path, choices: Choices
) -> tuple[int, ImportLease]:
    """Keep the file, find out how it is read, and add a run that this process holds.

    :raises Invalid: the file is not a table. Open questions about columns end the command.
    """
    with file.open("rb") as source:
        sha256 = files.keep_file(
            source, settings.instance_dir, max_bytes=settings.import_max_mb * 1_000_000
        )
    share_import_file(sha256)
    path = files.file_path(settings.instance_dir, sha256)
    with reading() as session:
        names = load_status_names(session)
    inspect = partial(inspect_file, path, kind, statuses=names, max_rows=settings.import_max_rows)
    try:
        found = inspect(reading=choices.reading)
        found = inspect(mapping=choose(kind, found, choices))
        check_mapping(kind, found.table.headers, found.mapping, found.profile)
    except Invalid as error:
        path.unlink(missing_ok=True)
        for reasons in error.errors.values():
            for reason in reasons:
                click.echo(reason, err=True)
        if error.errors:
            _hint(error)
            sys.exit(1)
        raise
    now = datetime.now(UTC)
    lease = now + OWN_LEASE
    with unit_of_work() as session:
        run_id = life.add_run(
            session,
            kind=kind,
            filename=file.name,
            sha256=sha256,
            inspection=found,
            created_by=ACTOR,
            actor=ACTOR,
            now=now,
        )
        life.ask_check(session, run_id=run_id, now=now, lease=lease)
    return run_id, ImportLease(run_id, RunState.CHECKING, lease)


def _hint(error: Invalid) -> None:
    hints = {
        "columns": 'Name columns with --column "HEADER=MEANING".',
        "encoding": "Choose with --encoding; the names: " + ", ".join(ENCODINGS) + ".",
        "dates": "Choose with --date-order mdy or --date-order dmy.",
        "statuses": 'Name what they mean with --status "NAME=STATUS"; our statuses: '
        + ", ".join(stage.value for stage in Stage),
    }
    for name, hint in hints.items():
        if name in error.errors:
            click.echo(hint, err=True)


def choose(kind: ImportKind, found: Inspection, choices: Choices) -> ColumnMapping:
    """Return the suggested mapping, overruled by the options.

    :raises click.UsageError: an option names a column, meaning or status that does not exist.
    """
    mapping = found.mapping
    columns = list(mapping.columns)
    for text in choices.columns:
        header, equals, meaning = text.rpartition("=")
        if not equals or header not in found.table.headers:
            raise click.UsageError(f"--column {text!r}: the file has no column {header!r}.")
        target = {"-": IGNORED, CUSTOM: CUSTOM}.get(meaning)
        if target is None:
            target = match_headers(kind, [meaning])[0]
            if target in {IGNORED, CUSTOM}:
                raise click.UsageError(f"--column {text!r}: no column means {meaning!r}.")
        # Another column of this meaning is kept under its own name, where that is possible.
        other = CUSTOM if FACTS[kind].keeps_custom else IGNORED
        columns = [other if item == target and target != CUSTOM else item for item in columns]
        columns[found.table.headers.index(header)] = target
    statuses = {}
    for text in choices.statuses:
        name, _, stage = text.rpartition("=")
        if not name or stage not in set(Stage):
            known = ", ".join(item.value for item in Stage)
            raise click.UsageError(f"--status {text!r}: write NAME=STATUS with one of {known}.")
        statuses[match_key(name)] = stage
    mapping = replace(mapping, columns=tuple(columns), statuses=statuses)
    if choices.make_places is not None:
        mapping = replace(mapping, make_places=choices.make_places)
    if choices.make_people is not None:
        mapping = replace(mapping, make_people=choices.make_people)
    if choices.date_order is not None:
        orders = dict.fromkeys(found.profile.ambiguous_dates, choices.date_order)
        mapping = replace(mapping, date_orders={**mapping.date_orders, **orders})
    return mapping


@contextmanager
def bar(words: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error, if that is a terminal."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.update(task, completed=done)


def fail_on_error(lease: ImportLease, work: Callable[[], float | None]) -> float:
    """Do the work; after an error, mark the run failed, so that no worker tries it again."""
    try:
        return work() or 0.0
    except BaseException as error:
        words = error.message if isinstance(error, ScannerAppError) else "The command was stopped."
        with unit_of_work() as session:
            life.fail_run(session, lease, error=words, now=datetime.now(UTC))
        raise


def show(run_id: int, lines: int, *, dry_run: bool) -> queries.RunView:
    """Print the rows and the summary, and return the run; cells are printed without markup."""
    with reading() as session:
        run = queries.find_run(session, run_id)
        for verdict in Verdict:
            if verdict is Verdict.LEFT or (verdict is not Verdict.REFUSED and not dry_run):
                continue
            _show_rows(session, run, verdict, lines)
    _tell_columns(run)
    to_make = run.notes.to_make
    added = [
        f"{related.many} {len(to_make[related.name]):,}"
        for related in run.facts.adds
        if to_make.get(related.name)
    ]
    if added:
        click.echo(f"To be added first: {', '.join(added)}.")
    click.echo(
        f"{run.created_count:,} created, {run.changed_count:,} changed, "
        f"{run.left_count:,} left as they are, {run.refused_count:,} refused"
        f" ({run.rows_total:,} rows, sha256 {run.file_sha256[:12]}...)."
    )
    if dry_run:
        click.echo("Nothing was changed: this was a dry run.")
    elif run.refused_count:
        click.echo(
            "Nothing was imported. Correct the refused rows, or add --leave-out-refused.", err=True
        )
    elif run.changes_nothing:
        click.echo("The register already holds all of this.")
    return run


def _tell_columns(run: queries.RunView) -> None:
    """Print what becomes of columns that mean nothing here, or that another one is preferred to."""
    notes = run.notes
    known = recognise_file(notes.names)
    if known is not None and known.kind == run.kind:
        click.echo(f"This file holds {known.title}. {known.not_kept}")
    if notes.kept_beside:
        click.echo(
            "Kept as separate columns, because another column has their meaning: "
            f"{', '.join(notes.kept_beside)}."
        )
    if notes.dropped:
        click.echo(f"Left out, although rows have values there: {', '.join(notes.dropped)}.")


def _show_rows(session: Session, run: queries.RunView, verdict: Verdict, lines: int) -> None:
    after = shown = 0
    while True:
        page = queries.list_rows(session, run.id, verdict=verdict, after=after)
        for row in page.rows:
            if lines and shown >= lines:
                more = run.counts[verdict] - shown
                click.echo(f"... and {more:,} more {verdict}; --rows 0 shows all.")
                return
            click.echo(describe(row))
            shown += 1
        if page.next_after is None:
            return
        after = page.next_after


def describe(row: queries.RowView) -> str:
    """Return one row as one line, with control characters as escapes."""
    parts = [f"row {row.row_number}", row.verdict, row.label]
    if row.verdict == Verdict.CHANGED:
        parts.append(
            "; ".join(f"{name}: {old or '-'} -> {new or '-'}" for name, old, new in row.changes)
        )
    elif row.verdict == Verdict.CREATED:
        parts.append("; ".join(f"{name}: {new}" for name, _old, new in row.changes))
    parts.append("; ".join((*row.reasons, *row.notes)))
    line = "  ".join(part for part in parts if part)
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)


def close(run: queries.RunView) -> None:
    """Cancel a run that is not applied: its rows were printed, and its file is the caller's."""
    with unit_of_work() as session:
        sha256 = life.cancel_run(session, run_id=run.id)
        used = queries.is_file_used(session, sha256, besides=run.id)
    if not used:
        forget_import_file(sha256)

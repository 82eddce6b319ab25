"""`scanner-app import assets|locations|people FILE [--dry-run]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scanner_app.cli.context import open_app
from scanner_app.config import Settings
from scanner_app.domain.errors import Invalid, ScannerAppError
from scanner_app.domain.import_columns import ImportKind, match_headers
from scanner_app.domain.lifecycle import Stage
from scanner_app.edge.state import app_state
from scanner_app.extensions.jobs import apply_import, check_import
from scanner_app.queries import imports as queries
from scanner_app.services import import_files, imports
from scanner_app.services.import_mapping import ColumnMapping, check_mapping
from scanner_app.services.import_references import fold
from scanner_app.storage.database import reading, unit_of_work

ACTOR = "command line"
# Long enough that no web worker takes a run over while this process plans its first rows.
OWN_LEASE = timedelta(minutes=2)
KINDS = click.Choice([kind.value for kind in ImportKind])
FIRST_LINES = 50


@click.command("import")
@click.argument("kind", type=KINDS)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show row by row what would happen; change nothing.")
@click.option(
    "--make-places/--no-make-places",
    default=None,
    help="Make places that are missing. Default: only for a file of Snipe-IT's.",
)
@click.option(
    "--make-people/--no-make-people",
    default=None,
    help="Make people that are missing. Default: only for a file of Snipe-IT's.",
)
@click.option("--leave-out-refused", is_flag=True, help="Import the rest where rows are refused.")
@click.option(
    "--column", "columns", multiple=True, metavar="HEADER=MEANING",
    help='What a column means, such as "Inv-Nr=asset_tag"; "custom" keeps it, "-" leaves it out.',
)  # fmt: skip
@click.option(
    "--status", "statuses", multiple=True, metavar="NAME=STAGE",
    help='The stage of a status name, such as "Spare=in_stock".',
)  # fmt: skip
@click.option(
    "--date-order", type=click.Choice(["mdy", "dmy"]), help="How 3/4/24 is read in this file."
)
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
    lines: int,
) -> None:
    """Import assets, locations or people from a CSV or XLSX file: all rows, or none."""
    with open_app() as app:
        settings: Settings = app_state(app).settings
        choices = Choices(make_places, make_people, columns, statuses, date_order)
        run_id, claim = start_run(settings, ImportKind(kind), file, choices)
        with reading() as session:
            total = queries.find_run(session, run_id).rows_total
        with bar("Checking", total) as advance:
            guarded(claim, lambda: check_import(claim, progress=advance))
        run = show(run_id, lines, dry_run=dry_run)
        refused = run.refused_count and not leave_out_refused
        if dry_run or refused or run.changes_nothing:
            close(settings, run)
            if refused:
                sys.exit(1)
            return
        lease = datetime.now(UTC) + OWN_LEASE
        with unit_of_work() as session:
            imports.ask_apply(
                session, run_id=run_id, leave_out_refused=leave_out_refused, lease=lease
            )
        claim = imports.Claim(run_id, "applying", lease)
        with bar("Importing", run.created_count + run.changed_count) as advance:
            took = guarded(claim, lambda: apply_import(claim, progress=advance))
        click.echo(f"Imported in one transaction of {took:.1f} s.")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line says about how the file is read."""

    make_places: bool | None
    make_people: bool | None
    columns: tuple[str, ...]
    statuses: tuple[str, ...]
    date_order: str | None


def start_run(
    settings: Settings, kind: ImportKind, file: Path, choices: Choices
) -> tuple[int, imports.Claim]:
    """Keep the file, find out how it is read, and hold its run.

    :raises Invalid: the columns are not clear; the message says which options make them so.
    """
    with file.open("rb") as source:
        sha256 = import_files.keep_file(
            source, settings.instance_dir, most_bytes=settings.import_max_mb * 1_000_000
        )
    path = import_files.file_path(settings.instance_dir, sha256)
    with reading() as session:
        names = imports.status_names(session)
    try:
        found = imports.inspect_file(path, kind, statuses=names, most_rows=settings.import_max_rows)
        mapping = choose(kind, found, choices)
        found = imports.inspect_file(
            path, kind, statuses=names, most_rows=settings.import_max_rows, mapping=mapping
        )
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
        run_id = imports.add_run(
            session,
            kind=kind,
            filename=file.name,
            sha256=sha256,
            inspection=found,
            created_by=ACTOR,
            actor=ACTOR,
            now=now,
        )
        imports.ask_check(session, run_id=run_id, lease=lease)
    return run_id, imports.Claim(run_id, "checking", lease)


def _hint(error: Invalid) -> None:
    hints = {
        "columns": 'Name columns with --column "HEADER=MEANING".',
        "dates": "Choose with --date-order mdy or --date-order dmy.",
        "statuses": 'Name the stages with --status "NAME=STAGE"; stages: '
        + ", ".join(stage.value for stage in Stage),
    }
    for name, hint in hints.items():
        if name in error.errors:
            click.echo(hint, err=True)


def choose(kind: ImportKind, found: imports.Inspection, choices: Choices) -> ColumnMapping:
    """Give the suggested mapping with what the command line says instead.

    :raises click.UsageError: an option names a column, meaning or stage that does not exist.
    """
    mapping = found.mapping
    columns = list(mapping.columns)
    for text in choices.columns:
        header, equals, meaning = text.rpartition("=")
        if not equals or header not in found.table.headers:
            raise click.UsageError(f"--column {text!r}: the file has no column {header!r}.")
        target = {"-": "", "custom": "custom"}.get(meaning)
        if target is None:
            target = match_headers(kind, [meaning])[0]
            if target in {"", "custom"}:
                raise click.UsageError(f"--column {text!r}: {meaning!r} is no meaning of a column.")
        columns = ["" if item == target and target != "custom" else item for item in columns]
        columns[found.table.headers.index(header)] = target
    statuses = {}
    for text in choices.statuses:
        name, _, stage = text.rpartition("=")
        if not name or stage not in set(Stage):
            known = ", ".join(item.value for item in Stage)
            raise click.UsageError(f"--status {text!r}: write NAME=STAGE with a stage of {known}.")
        statuses[fold(name)] = stage
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
    """Show a progress bar on standard error; where that is no terminal, nothing."""
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


def guarded(claim: imports.Claim, work: Callable[[], float | None]) -> float:
    """Do the work; where it fails, say so on the run, so no worker tries it again."""
    try:
        return work() or 0.0
    except BaseException as error:
        words = error.message if isinstance(error, ScannerAppError) else "The command was stopped."
        with unit_of_work() as session:
            imports.fail_run(session, claim, error=words)
        raise


def show(run_id: int, lines: int, *, dry_run: bool) -> queries.RunView:
    """Print the rows of each verdict and the summary; data goes out as it is, without markup."""
    with reading() as session:
        run = queries.find_run(session, run_id)
        for verdict in queries.VERDICTS:
            if verdict == "left" or (verdict != "refused" and not dry_run):
                continue
            _show_rows(session, run, verdict, lines)
    made = {name: len(items) for name, items in run.headers.get("to_make", {}).items() if items}
    if made:
        words = ", ".join(f"{name} {count:,}" for name, count in made.items())
        click.echo(f"To be made first: {words}.")
    click.echo(
        f"{run.created_count:,} created, {run.changed_count:,} changed, "
        f"{run.left_count:,} left as they are, {run.refused_count:,} refused"
        f" ({run.rows_total:,} rows, sha256 {run.file_sha256[:12]}...)."
    )
    if dry_run:
        click.echo("Nothing was changed: this was a dry run.")
    elif run.refused_count:
        click.echo(
            "Nothing was imported. Mend the refused rows, or add --leave-out-refused.", err=True
        )
    elif run.changes_nothing:
        click.echo("The register holds all of this already.")
    return run


def _show_rows(session: object, run: queries.RunView, verdict: str, lines: int) -> None:
    after = shown = 0
    while True:
        page = queries.list_rows(session, run.id, verdict=verdict, after=after)  # type: ignore[arg-type] # a Session; the command needs no import of it
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
    """Give one row as one line, control characters shown as such."""
    parts = [f"row {row.row_number}", row.verdict, row.label]
    if row.verdict == "changed":
        parts.append(
            "; ".join(f"{name}: {old or '-'} -> {new or '-'}" for name, old, new in row.changes)
        )
    elif row.verdict == "created":
        parts.append("; ".join(f"{name}: {new}" for name, _old, new in row.changes))
    parts.append("; ".join((*row.reasons, *row.notes)))
    line = "  ".join(part for part in parts if part)
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)


def close(settings: Settings, run: queries.RunView) -> None:
    """Drop a run that is not applied: its rows were printed, its file is the caller's."""
    with unit_of_work() as session:
        sha256 = imports.cancel_run(session, run_id=run.id)
        used = queries.is_file_used(session, sha256, besides=run.id)
    if not used:
        import_files.file_path(settings.instance_dir, sha256).unlink(missing_ok=True)

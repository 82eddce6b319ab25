"""Files of costs: read expenses and rates (`import`), write expenses and the roadmap (`export`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import click
from sqlalchemy.orm import Session

from scanner_app.cli.accounts import OPERATOR
from scanner_app.cli.context import open_app
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import show_money
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.costs.lists import stream_expenses
from scanner_app.queries.costs.roadmap import load_roadmap
from scanner_app.services.costs.expense_file import (
    HEADERS,
    keep_expense_lines,
    read_expense_lines,
)
from scanner_app.services.costs.rates import keep_rates, read_rates
from scanner_app.services.files.table_writers import Cell, ExportTable, write_csv
from scanner_app.storage.database import reading, transact

ROADMAP_HEADERS = (
    "Year", "Due", "Asset Tag", "Name", "Category", "Why", "Cost", "Currency", "Points",
    "Reasons", "Decision",
)  # fmt: skip


class CostList(StrEnum):
    """The files of costs that are read."""

    EXPENSES = "expenses"
    RATES = "rates"


class _OnlyLooked(Exception):
    """Raised to undo what a dry run changed."""


def import_costs(kind: str, file: Path, *, dry_run: bool) -> None:
    """Read a file of expenses or rates, and print what it changed: all of it, or nothing.

    :raises Invalid: the file cannot be read, or a line of it cannot.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("This file is not text. Save it as CSV in UTF-8.") from None
    sums = [0, 0]
    with open_app():
        now, base = datetime.now(UTC), current_organisation().currency

        def save(session: Session) -> None:
            if kind == CostList.RATES:
                rows = read_rates(text, base)
                changed = keep_rates(session, base=base, rows=rows, actor=OPERATOR, now=now)
                sums[:] = len(rows), changed
            else:
                lines = read_expense_lines(text, base=base)
                added = keep_expense_lines(session, lines, actor=OPERATOR, now=now)
                sums[:] = len(lines), added
            if dry_run:
                raise _OnlyLooked

        try:
            transact(save)
        except _OnlyLooked:
            click.echo("Nothing was changed: this was a dry run.")
    click.echo(f"{sums[0]:,} {kind} are read; {sums[1]:,} are new or changed.")


@click.command("costs")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_costs(file: Path) -> None:
    """Write all expenses of assets that count as CSV; `import expenses` reads it again."""
    with open_app(), reading(snapshot=True) as session:
        _write(file, ExportTable("Expenses", HEADERS, _list_expenses(session)))


@click.command("roadmap")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_roadmap(file: Path) -> None:
    """Write what falls due in each budget year as CSV, the most urgent of a year first."""
    with open_app(), reading(snapshot=True) as session:
        organisation = current_organisation()
        today = datetime.now(UTC).astimezone(organisation.zone).date()
        found = load_roadmap(session, organisation, today=today, year=None, every_year=True)
        rows = (
            (
                row.year, row.due, row.asset_tag, row.name, row.category, row.why,
                None if row.cents is None else show_money(row.cents), organisation.currency,
                row.points, "; ".join(f"{one.label} ({one.points})" for one in row.signs),
                row.decision,
            )
            for row in sorted(found.rows, key=lambda one: one.year)
        )  # fmt: skip
        _write(file, ExportTable("Roadmap", ROADMAP_HEADERS, rows))


def _list_expenses(session: Session) -> Iterator[tuple[Cell, ...]]:
    for one in stream_expenses(session):
        row = one.row
        yield (
            one.asset_tag, row.on, row.kind.value, show_money(row.cents), row.currency, row.note,
            str(row.uuid),
        )  # fmt: skip


def _write(file: Path, table: ExportTable) -> None:
    """Write a whole table or nothing: half a table looks like a complete small one."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as target:
            write_csv(table, target)
        draft.replace(file)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    click.echo(f"Written to {file}.", err=True)

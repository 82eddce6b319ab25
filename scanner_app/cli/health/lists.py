"""Read files of lifecycles and of vulnerabilities: part of `scanner-app import`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from scanner_app.cli.context import open_app
from scanner_app.services.health.files import ListKind, Taken, take_file
from scanner_app.storage.database import transact


class _OnlyLooked(Exception):
    """Raised to undo what a dry run changed."""


def import_list(kind: str, file: Path, *, product: str, dry_run: bool) -> None:
    """Read a file of lifecycles or vulnerabilities, and print what it changed.

    :raises Invalid: the file cannot be read, or an entry of it cannot.
    """
    data = file.read_bytes()
    found: list[Taken] = []
    with open_app():

        def save(session: Session) -> None:
            taken = take_file(session, ListKind(kind), data, now=datetime.now(UTC), product=product)
            found[:] = [taken]
            if dry_run:
                raise _OnlyLooked

        try:
            transact(save)
        except _OnlyLooked:
            click.echo("Nothing was changed: this was a dry run.")
    taken = found[0]
    click.echo(
        f"{taken.read:,} entries: {taken.added:,} new, {taken.changed:,} changed,"
        f" {taken.removed:,} gone."
    )

"""`scanner-app stock`: compare the levels of stock with their moves."""

from __future__ import annotations

import sys

import click

from scanner_app.cli.context import open_app
from scanner_app.services.stock.check import find_mismatches
from scanner_app.storage.database import reading


@click.group("stock")
def stock_command() -> None:
    """Check stock."""


@stock_command.command("check")
def check_command() -> None:
    """Report each level that is not what its moves say; exit 1 if there is one. Repairs nothing."""
    with open_app(), reading(snapshot=True) as session:
        found = find_mismatches(session)
    for one in found:
        click.echo(
            f"{one.code}, account {one.account_id}: the level is {one.level}, its moves sum to"
            f" {one.moves}, its history gives {one.fold}"
        )
    if found:
        sys.exit(1)
    click.echo("Every level is what its moves say.")

"""`scanner-app contracts`: look at contracts for a day."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from scanner_app.cli.context import open_app
from scanner_app.edge.organisation import current_organisation
from scanner_app.worker.daily import run_check


@click.group("contracts")
def contracts_command() -> None:
    """Look at contracts."""


@contracts_command.command("check")
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day to look at; default: today. A worker does it once a day by itself.",
)
def check_command(day: datetime | None) -> None:
    """Make further terms, end what is over, and tell what to decide. Twice changes nothing."""
    now = datetime.now(UTC)
    with open_app():
        today = day.date() if day else now.astimezone(current_organisation().zone).date()
        made, told = run_check(today, now)
    click.echo(f"{today}: {made:,} further terms, {told:,} new notices.")

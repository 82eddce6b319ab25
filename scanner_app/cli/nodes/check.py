"""`scanner-app check`: what is wrong, seen from this machine."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from scanner_app.cli.context import open_app
from scanner_app.edge.health.troubles import find_troubles
from scanner_app.edge.state import app_state
from scanner_app.storage.database import is_pooled, reading


@click.command("check")
def check_command() -> None:
    """Print what is wrong with the service, seen from this machine. Exits with 1 if anything is."""
    with open_app() as app:
        settings = app_state(app).settings
        with reading() as session:
            pooled = not settings.is_sqlite and is_pooled(session)
            troubles = find_troubles(session, settings, now=datetime.now(UTC))
    if pooled:
        click.echo("A pooler is in front of PostgreSQL: no statements are prepared.")
    for trouble in troubles:
        click.echo(f"{trouble.code}: {trouble.message}")
    if troubles:
        raise SystemExit(1)
    click.echo("Nothing is wrong.")

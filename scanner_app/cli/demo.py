"""`scanner-app demo`: load the sample office."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from scanner_app.cli.context import open_app
from scanner_app.domain.errors import Conflict
from scanner_app.queries.home import load_standing
from scanner_app.services.sample_office import load_sample_office
from scanner_app.storage.database import unit_of_work


@click.command("demo")
def demo_command() -> None:
    """Load the sample office: people, places, assets with a past, an audit half counted."""
    now = datetime.now(UTC)
    with open_app(), unit_of_work() as session:
        if load_standing(session, now=now).total:
            raise Conflict("The register is not empty; the sample office would mix with it.")
        load_sample_office(session, now=now)
    click.echo("Loaded: three sites, 60 rooms, 80 people, 1,500 assets, an audit half counted.")

"""`scanner-app export`: sightings and moves as an EPCIS 2.0 document, and what is added to it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from scanner_app.cli.context import open_app
from scanner_app.cli.costs.files import export_costs, export_roadmap
from scanner_app.config import Settings
from scanner_app.domain.epcis import write_document
from scanner_app.domain.errors import Invalid
from scanner_app.queries.scanning.epcis_events import EventFilter, check_filter, stream_observations
from scanner_app.storage.database import reading


class Moment(click.ParamType[datetime]):
    """A day, or a time with its UTC offset."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the time. A day begins at midnight UTC."""
        if isinstance(value, datetime):
            return value
        text = str(value)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{text!r} is not a time such as 2026-03-02 or 2026-03-02T09:00+01:00.", param
            )
        if moment.tzinfo is None:
            if len(text) > len("2026-03-02"):
                self.fail(f"{text!r} has no offset. Write {text}Z for UTC.", param, ctx)
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


@click.group("export")
def export_command() -> None:
    """Write files for other systems."""


export_command.add_command(export_costs)
export_command.add_command(export_roadmap)


@export_command.command("epcis")
@click.option("--audit", type=click.IntRange(1, 2**31 - 1), help="Only the scans of this audit.")
@click.option("--since", type=Moment(), help="Only scans recorded from then on: a day or a time.")
@click.option("--until", type=Moment(), help="Only scans recorded before then.")
@click.option("--base-url", help="Names assets without a GS1 key; default: SCANNER_BASE_URL.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; default: standard output.",
)
def export_epcis(
    audit: int | None,
    since: datetime | None,
    until: datetime | None,
    base_url: str | None,
    output: Path | None,
) -> None:
    """Write sightings and moves as an EPCIS 2.0 document (JSON-LD)."""
    base_url = base_url or Settings.from_env().base_url
    if not base_url.startswith(("http://", "https://")):
        raise Invalid(
            "Assets without a GS1 key are named by this service's address. Set "
            "SCANNER_BASE_URL or use --base-url https://scan.example.org.",
            errors={},
        )
    wanted = EventFilter(audit, since, until)
    with open_app():
        if output is None:
            _write(sys.stdout, wanted, base_url)
            return
        # Write the whole document or nothing: half a document looks like a complete small one.
        draft = output.with_name(f".{output.name}.{os.getpid()}.part")
        try:
            with draft.open("w", encoding="utf-8") as file:
                _write(file, wanted, base_url)
            draft.replace(output)
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
    click.echo(f"Written to {output}.", err=True)


def _write(file: IO[str], wanted: EventFilter, base_url: str) -> None:
    with reading(snapshot=True) as session:
        check_filter(session, wanted)
        seen = stream_observations(session, wanted=wanted, base_url=base_url)
        for piece in write_document(seen, created_at=datetime.now(UTC)):
            file.write(piece)

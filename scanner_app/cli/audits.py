"""`scanner-app audits`: check whether a report was altered, and repeat a draw; no database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scanner_app.cli.samples import (
    draw_command,
    estimate_command,
    redraw_command,
    sizes_command,
)
from scanner_app.domain.seals.report import BrokenSeal, NotAReport, is_public_key, verify_report


@click.group("audits")
def audits_command() -> None:
    """Check sealed audit reports and samples."""


for _command in (draw_command, redraw_command, sizes_command, estimate_command):
    audits_command.add_command(_command)


@audits_command.command("verify")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public key it must be sealed with (audit-key.pub.pem of the service).",
)
def verify(report: Path, key: Path | None) -> None:
    """Check REPORT, the JSON of a closed audit.

    Exit with 0 if it is untouched, with 1 and the reason if it was altered, with 2 if it could not
    be checked.
    """
    pem = key.read_bytes().decode("utf-8", "replace") if key else None
    if pem is not None and not is_public_key(pem):
        # Exit with 2, not 1: 1 means "the report was altered", and here we never looked at it.
        raise click.BadParameter(
            "is not a public key in PEM form. Get it from the service: /audits/key.pem.",
            param_hint="--key",
        )
    try:
        key_id = verify_report(report.read_bytes(), public_pem=pem)
    except NotAReport as error:
        raise click.BadParameter(
            f"is not an audit report: {_show(error)}. Download report.json of a closed audit.",
            param_hint="REPORT",
        ) from None
    except BrokenSeal as error:
        click.echo(f"ALTERED: {_show(error)}.", err=True)
        sys.exit(1)
    click.echo(f"Untouched, sealed with key {key_id}.")
    if key is None:
        click.echo("Use --key to be sure that it was sealed by your service.", err=True)


def _show(error: BrokenSeal) -> str:
    """Return a reason for the terminal, which a hostile report must not control."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(error))

"""`scanner-app audits verify`: tell an untouched report from an altered one, without a database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scanner_app.domain.seals import BrokenSeal, is_public_key, verify_report


@click.group("audits")
def audits_command() -> None:
    """Check sealed audit reports."""


@audits_command.command("verify")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public key it must be sealed with (audit-key.pub.pem of the service).",
)
def verify(report: Path, key: Path | None) -> None:
    """Check REPORT: exit 0 where it is untouched, 1 where it was altered, with the reason."""
    pem = key.read_bytes().decode("utf-8", "replace") if key else None
    if pem is not None and not is_public_key(pem):
        # Nothing is said of the report: 1 would call an untouched one altered.
        raise click.BadParameter(
            "is no public key in PEM form. Get it from the service: /audits/key.pem.",
            param_hint="--key",
        )
    try:
        key_id = verify_report(report.read_bytes(), public_pem=pem)
    except BrokenSeal as error:
        # A hostile report must not write to the terminal: what is no text is shown as its escape.
        reason = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(error))
        click.echo(f"ALTERED: {reason}.", err=True)
        sys.exit(1)
    click.echo(f"Untouched, sealed with key {key_id}.")
    if key is None:
        click.echo("Give --key to be sure that the key is the service's own.", err=True)

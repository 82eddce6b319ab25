"""`scanner-app handovers verify`: check whether the receipt of a hand-over was altered."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scanner_app.cli.audits import FILE, show_reason
from scanner_app.domain.seals.report import (
    BrokenSeal,
    NotAReport,
    is_public_key,
    verify_report,
)


@click.group("handovers")
def handovers_command() -> None:
    """Check receipts of hand-overs."""


@handovers_command.command("verify")
@click.argument("receipt", metavar="FILE", type=FILE)
@click.option(
    "--key",
    type=FILE,
    help="The public key it must be sealed with (audit-key.pub.pem of the service).",
)
def verify(receipt: Path, key: Path | None) -> None:
    """Check FILE, the JSON receipt of a hand-over.

    Exit with 0 if it is untouched, with 1 and the reason if it was altered, with 2 if it could not
    be checked.
    """
    check_sealed(receipt, key, what="the receipt of a hand-over", where="the hand-over's page")


def check_sealed(file: Path, key: Path | None, *, what: str, where: str) -> None:
    """Print whether a sealed document is untouched; exit with 1 if it was altered.

    :raises click.BadParameter: it could not be checked.
    """
    pem = key.read_bytes().decode("utf-8", "replace") if key else None
    if pem is not None and not is_public_key(pem):
        raise click.BadParameter(
            "is not a public key in PEM form. Get it from the service: /audits/key.pem.",
            param_hint="--key",
        )
    try:
        key_id = verify_report(file.read_bytes(), public_pem=pem)
    except NotAReport as error:
        raise click.BadParameter(
            f"is not {what}: {show_reason(error)}. Download it as JSON from {where}.",
            param_hint="FILE",
        ) from None
    except BrokenSeal as error:
        click.echo(f"ALTERED: {show_reason(error)}.", err=True)
        sys.exit(1)
    click.echo(f"Untouched, sealed with key {key_id}.")
    if key is None:
        click.echo("Use --key to be sure that it was sealed by your service.", err=True)

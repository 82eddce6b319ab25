"""`scanner-app certificates verify`: check whether a certificate of disposal was altered."""

from __future__ import annotations

from pathlib import Path

import click

from scanner_app.cli.audits import FILE
from scanner_app.cli.handovers import check_sealed


@click.group("certificates")
def certificates_command() -> None:
    """Check certificates of disposal."""


@certificates_command.command("verify")
@click.argument("certificate", metavar="FILE", type=FILE)
@click.option(
    "--key",
    type=FILE,
    help="The public key it must be sealed with (audit-key.pub.pem of the service).",
)
def verify(certificate: Path, key: Path | None) -> None:
    """Check FILE, the JSON of a certificate.

    Exit with 0 if it is untouched, with 1 and the reason if it was altered, with 2 if it could not
    be checked.
    """
    check_sealed(certificate, key, what="a certificate", where="its page")

"""`scanner-app audits verify`: check whether reports were altered; `--all` asks the database."""

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
from scanner_app.domain.audits.checked import Checked, check_any, check_links
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.notes import BadNote, verify_checkpoint
from scanner_app.domain.seals.report import (
    BrokenSeal,
    NotAReport,
    is_public_key,
)

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("audits")
def audits_command() -> None:
    """Check sealed audit reports and samples."""


for _command in (draw_command, redraw_command, sizes_command, estimate_command):
    audits_command.add_command(_command)


@audits_command.command("verify")
@click.argument("reports", metavar="REPORT...", type=FILE, nargs=-1)
@click.option(
    "--key",
    type=FILE,
    help="The public key it must be sealed with (audit-key.pub.pem of the service).",
)
@click.option(
    "--checkpoint", type=FILE, help="A checkpoint of the log that the key must have signed."
)
@click.option("--all", "is_all", is_flag=True, help="Check every record here against the database.")
def verify(
    reports: tuple[Path, ...], key: Path | None, checkpoint: Path | None, *, is_all: bool
) -> None:
    """Check REPORT, the JSON of a closed audit; several are checked as one chain too.

    Exit with 0 if it is untouched, with 1 and the reason if it was altered, with 2 if it could not
    be checked.
    """
    if is_all:
        _verify_all()
        return
    if not reports:
        raise click.UsageError("Name a report, or use --all.")
    pem = key.read_bytes().decode("utf-8", "replace") if key else None
    if pem is not None and not is_public_key(pem):
        # Exit with 2, not 1: 1 means "the report was altered", and here we never looked at it.
        raise click.BadParameter(
            "is not a public key in PEM form. Get it from the service: /audits/key.pem.",
            param_hint="--key",
        )
    if checkpoint is not None and pem is None:
        raise click.BadParameter("needs --key, the key that signed it.", param_hint="--checkpoint")
    try:
        found = [check_any(path.read_bytes(), public_pem=pem) for path in reports]
        check_links([one for one in found if isinstance(one, Checked)])
        if checkpoint is not None and pem is not None:
            verify_checkpoint(checkpoint.read_text("utf-8", "replace"), pem)
    except NotAReport as error:
        raise click.BadParameter(
            f"is not an audit report: {show_reason(error)}."
            " Download report.json of a closed audit.",
            param_hint="REPORT",
        ) from None
    except (Broken, BrokenSeal, BadNote) as error:
        click.echo(f"ALTERED: {show_reason(error)}.", err=True)
        sys.exit(1)
    keys = {one.key_id if isinstance(one, Checked) else one for one in found}
    click.echo(f"Untouched, sealed with key {', '.join(sorted(keys))}.")
    if key is None:
        click.echo("Use --key to be sure that it was sealed by your service.", err=True)


def _verify_all() -> None:
    """Check every sealed record of this service against its rows."""
    # Here alone: a check of one file starts without the application.
    from scanner_app.cli.context import open_app
    from scanner_app.edge.attachments.keep import current_store
    from scanner_app.edge.state import current_settings
    from scanner_app.queries.seals.chain import count_seals
    from scanner_app.services.audits.records.check import check_records
    from scanner_app.storage.database import reading
    from scanner_app.storage.keys import load_public_keys

    with open_app(), reading(snapshot=True) as session:
        keys = load_public_keys(current_settings().instance_dir)
        found = check_records(session, keys=keys, find_file=current_store().get)
        faults = [show_reason(ValueError(fault)) for fault in found]
        total = count_seals(session)
    for fault in faults:
        click.echo(f"ALTERED: {fault}.", err=True)
    if faults:
        sys.exit(1)
    click.echo(f"Untouched: {total} sealed records.")


def show_reason(error: Exception) -> str:
    """Return a reason for the terminal, which a hostile report must not control."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(error))

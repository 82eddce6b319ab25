"""`scanner-app log`: check the log of scans and acts, and take checkpoints and proofs from it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from scanner_app.cli.context import open_app
from scanner_app.cli.export import Moment
from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.notes import BadNote, read_checkpoint
from scanner_app.edge.state import current_settings
from scanner_app.queries.seals.log import get_checkpoint, load_size
from scanner_app.queries.seals.proofs import load_proof
from scanner_app.queries.seals.witnesses import find_stamped
from scanner_app.services.seals.log_check import check_tree
from scanner_app.services.seals.log_file import check_file, write_leaves
from scanner_app.storage.database import reading
from scanner_app.storage.keys import load_public_keys

TREES = click.Choice([tree.value for tree in Tree])


@click.group("log")
def log_command() -> None:
    """Check the log of scans and acts."""


@log_command.command("verify")
@click.option(
    "--from",
    "outside",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that was kept outside; the log must begin with it.",
)
@click.option("--tree", "chosen", type=TREES, help="Only this tree; otherwise both.")
def verify(outside: Path | None, chosen: str | None) -> None:
    """Check every leaf, tile, root and signature. Exit 1 with the reasons if one is wrong."""
    note = outside.read_text(encoding="utf-8") if outside else None
    trees = [Tree(chosen)] if chosen else list(Tree)
    if note is not None:
        trees = [_tree_of(note, trees)]
    found = 0
    with open_app(), reading(snapshot=True) as session:
        keys = load_public_keys(current_settings().instance_dir)
        for tree in trees:
            for fault in check_tree(session, tree, keys=keys, now=datetime.now(UTC), outside=note):
                click.echo(f"ALTERED: {fault}.", err=True)
                found += 1
            click.echo(f"{tree.value}: {load_size(session, tree):,} leaves.")
    if found:
        sys.exit(1)
    click.echo("The log is untouched.")


def _tree_of(note: str, trees: Sequence[Tree]) -> Tree:
    """Return the tree that a checkpoint is of.

    :raises click.BadParameter: it is not a checkpoint, or of another tree than the one asked for.
    """
    try:
        name = read_checkpoint(note).origin.rpartition("/")[2]
    except BadNote as error:
        raise click.BadParameter(f"cannot be read: {error}.", param_hint="--from") from None
    if name not in {tree.value for tree in trees}:
        raise click.BadParameter(f"is a checkpoint of {name}.", param_hint="--from")
    return Tree(name)


@log_command.command("checkpoint")
@click.argument("tree", type=TREES, default=Tree.SCANS.value)
@click.option(
    "--stamp",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Print the newest one with a time stamp, and write the stamp into this file.",
)
def checkpoint(tree: str, stamp: Path | None) -> None:
    """Print the newest checkpoint, to be kept where this service cannot reach it."""
    with open_app(), reading() as session:
        if stamp is None:
            click.echo(get_checkpoint(session, Tree(tree)).note, nl=False)
            return
        found = find_stamped(session, Tree(tree))
        if found is None:
            raise click.ClickException("No checkpoint of this log has a time stamp.")
        note, answer = found
        stamp.write_bytes(answer)
        click.echo(note, nl=False)


@log_command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--tree", type=TREES, default=Tree.SCANS.value, show_default=True)
@click.option("--since", type=Moment(), help="Only what was recorded since a day or time.")
@click.option("--until", type=Moment(), help="Only what was recorded before then.")
def export(file: Path, tree: str, since: datetime | None, until: datetime | None) -> None:
    """Write the leaves of a time into a new file of CSV, each as the log hashes it."""
    with open_app(), reading(snapshot=True) as session:
        with file.open("x", encoding="utf-8", newline="") as opened:
            count = write_leaves(session, Tree(tree), opened, since=since, until=until)
    click.echo(f"{count:,} leaves of {tree} are in {file}.")


@log_command.command("verify-file")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tree", type=TREES, default=Tree.SCANS.value, show_default=True)
def verify_file(file: Path, tree: str) -> None:
    """Check each line of an exported file against the log. Exit 1 with the reasons if one is wrong.

    The scans themselves need not be in the database any more.
    """
    numbers: list[int] = []
    is_altered = False
    with open_app(), reading(snapshot=True) as session, file.open(newline="") as opened:
        for found in check_file(session, Tree(tree), opened):
            if isinstance(found, int):
                numbers.append(found)
            else:
                is_altered = True
                click.echo(f"ALTERED: {found}.", err=True)
    between = max(numbers) - min(numbers) + 1 if numbers else 0
    click.echo(f"{len(set(numbers)):,} of the {between:,} leaves from first to last are there.")
    if is_altered:
        sys.exit(1)


@log_command.command("proof")
@click.argument("scan_id", type=click.UUID)
def proof(scan_id: UUID) -> None:
    """Print the proof that a scan is in the log, as JSON."""
    with open_app(), reading(snapshot=True) as session:
        try:
            found = load_proof(session, scan_id)
        except ScannerAppError as error:
            raise click.ClickException(error.message) from None
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))

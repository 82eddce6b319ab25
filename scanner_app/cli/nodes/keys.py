"""`scanner-app keys`: what this machine's keys are, and whether they are those of the service."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask import Flask

from scanner_app.cli.context import open_app
from scanner_app.config import Settings
from scanner_app.edge.state import app_state
from scanner_app.storage.database import reading, transact
from scanner_app.storage.keys import put_key_aside
from scanner_app.storage.node_keys import adopt_keys, find_key, read_own_keys

NAMES = {"secret": "Secret key (cookies, cursors)", "audit": "Audit key (reports)"}


@click.group("keys")
def keys_command() -> None:
    """Show, adopt and change the keys that all machines of a service share."""


def _settings_of(app: Flask) -> Settings:
    # With the secret key: the app has it, the environment may not.
    settings: Settings = app_state(app).settings
    return settings


@keys_command.command("show")
def show() -> None:
    """Print the name of each key of this machine, and whether the service has the same.

    Exits with 1 if a key differs.
    """
    with open_app() as app:
        ours = read_own_keys(_settings_of(app))
        with reading() as session:
            known = {kind: find_key(session, kind) for kind in ours}
            theirs = {kind: row.key_id for kind, row in known.items() if row is not None}
    for kind, key_id in ours.items():
        if kind not in theirs:
            what = "the database knows none yet"
        elif theirs[kind] == key_id:
            what = "the same in the database"
        else:
            what = f"THE DATABASE HAS {theirs[kind]}"
        click.echo(f"{NAMES[kind]}: {key_id}, {what}")
    if any(theirs.get(kind, key_id) != key_id for kind, key_id in ours.items()):
        raise SystemExit(1)


@keys_command.command("adopt")
def adopt() -> None:
    """Make this machine's keys those of the service. Machines with others refuse to start."""
    with open_app() as app:
        _adopt(app)


@keys_command.command("rotate")
def rotate() -> None:
    """Make a new key for reports, and make it that of the service.

    Reports that the old key sealed can still be checked. Then copy audit-key.pem to the other
    machines, and start each again.
    """
    with open_app() as app:
        aside = put_key_aside(_settings_of(app).instance_dir)
        if aside is not None:
            click.echo(f"The old key is kept as {aside.name}.")
        _adopt(app)


def _adopt(app: Flask) -> None:
    settings, now = _settings_of(app), datetime.now(UTC)
    changed = transact(lambda session: adopt_keys(session, settings, now=now))
    if not changed:
        click.echo("The database has these keys already.")
    for kind in changed:
        click.echo(f"{NAMES[kind]}: {read_own_keys(settings)[kind]} is that of the service now.")

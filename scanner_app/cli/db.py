"""`scanner-app db upgrade`, `backup` and `restore`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from scanner_app import create_app
from scanner_app.cli import serving_lock
from scanner_app.cli.context import open_app
from scanner_app.cli.files import copies, postgres_copies, sqlite_copies
from scanner_app.config import Settings
from scanner_app.edge.state import app_state
from scanner_app.models import NoticeDelivery
from scanner_app.services.notices.stops import hold_after_restore
from scanner_app.storage.database import db, unit_of_work
from scanner_app.storage.schema import upgrade_schema


@click.group("db")
def db_command() -> None:
    """Upgrade, back up and restore the database."""


@db_command.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to date."""
    with open_app(needs_schema=False):
        click.echo(f"Schema at {upgrade_schema()}.")


def _settings_of(app: Flask) -> Settings:
    settings: Settings = app_state(app).settings
    return settings


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(file: Path) -> None:
    """Write a verified copy of the database to FILE, while the service runs.

    Pictures and documents go into the folder FILE.files.
    """
    with open_app() as app:
        settings = _settings_of(app)
        (sqlite_copies if _settings_of(app).is_sqlite else postgres_copies).back_up(file)
    files = copies.back_up_files(settings, file)
    with file.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    click.echo(f"Backed up to {file} (sha256 {digest}).")
    if files:
        click.echo(f"{files:,} pictures and documents are in {copies.folder_of(file)}.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(file: Path) -> None:
    """Replace the database by a backup. The replaced one is kept beside it.

    Pictures and documents are added from the folder FILE.files. Stop the service first.
    """
    settings = Settings.from_env()
    app = create_app(settings)
    added = copies.restore_files(settings, file)
    if settings.is_sqlite:
        target = Path(str(make_url(settings.effective_database_url).database))
        with serving_lock.hold_alone(settings.instance_dir.resolve()):
            kept = sqlite_copies.restore(file, target)
        if kept is not None:
            click.echo(f"The previous database is kept as {kept}.")
    else:
        with app.app_context():
            schema = postgres_copies.restore(file)
            upgrade_schema()
            db.engine.dispose()
        click.echo(f"The previous register is kept in the schema {schema}.")
    if added:
        click.echo(f"{added:,} pictures and documents were restored.")
    with app.app_context():
        missing = copies.count_missing(settings)
        held = _hold_messages()
        db.engine.dispose()
    if held:
        click.echo(
            f"{held:,} messages were on the way when the backup was made. They are held until an"
            " admin sends or drops them at /admin/notices."
        )
    if missing:
        click.echo(
            f"{missing:,} pictures and documents are missing: put the folder"
            f" {copies.folder_of(file)} beside the backup, and restore it again."
        )
    click.echo(f"Restored from {file}.")


def _hold_messages() -> int:
    """Hold what was on its way in the backup; one of an older version has no messages."""
    if not inspect(db.engine).has_table(NoticeDelivery.__tablename__):
        return 0
    with unit_of_work() as session:
        return hold_after_restore(session)

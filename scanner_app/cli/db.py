"""`scanner-app db upgrade`, `backup` and `restore`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pysqlite3.dbapi2 as sqlite
from flask import Flask
from sqlalchemy.engine import make_url

from scanner_app import create_app
from scanner_app.cli.context import open_app
from scanner_app.config import Settings
from scanner_app.domain.errors import ScannerAppError
from scanner_app.edge.state import app_state
from scanner_app.storage.database import db
from scanner_app.storage.schema import can_upgrade_from, newest_revision, upgrade_schema

MAGIC = b"SQLite format 3\x00"


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
@click.argument("file", type=click.Path(path_type=Path))
def backup_command(file: Path) -> None:
    """Write a verified copy of the database to FILE, while the service runs."""
    with open_app() as app:
        if not _settings_of(app).is_sqlite:
            _run_postgres_tool("pg_dump", "--format=custom", f"--file={file}")
            click.echo(f"Backed up to {file}.")
            return
        partial = file.with_name(file.name + ".partial")
        try:
            partial.unlink(missing_ok=True)
            # Readable by the owner alone: the file contains the register and the hashes of
            # passwords and tokens.
            partial.touch(mode=0o600)
            with db.engine.connect() as connection:
                raw: Any = connection.connection.driver_connection
                # VACUUM INTO copies one consistent state. A backup in steps would restart at every
                # write.
                raw.execute("VACUUM INTO ?", (str(partial),))
            _check_sqlite(partial)
            _sync(partial)
            partial.replace(file)
        except (OSError, sqlite.Error) as error:
            partial.unlink(missing_ok=True)
            raise ScannerAppError(f"{file} cannot be written: {error}.") from error
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    click.echo(f"Backed up to {file} (sha256 {digest}).")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(file: Path) -> None:
    """Replace the database by a backup. The replaced one is kept beside it.

    Stop the service first.
    """
    settings = Settings.from_env()
    app = create_app(settings)
    if not settings.is_sqlite:
        with app.app_context():
            _run_postgres_tool("pg_restore", "--clean", "--if-exists", "--single-transaction",
                               "--dbname", _libpq_url(), str(file))  # fmt: skip
        click.echo(f"Restored from {file}.")
        return
    _check_sqlite(file)
    revision = _revision_of(file)
    if revision is None or not can_upgrade_from(revision):
        raise ScannerAppError(
            f"{file} has schema {revision}, which this version cannot upgrade to its own, "
            f"{newest_revision()}. Install the version that wrote it."
        )
    target = Path(str(make_url(settings.effective_database_url).database))
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        _fold_wal_into(target)
    incoming = target.with_name(target.name + ".incoming")
    incoming.unlink(missing_ok=True)
    incoming.touch(mode=0o600)
    shutil.copyfile(file, incoming)
    _sync(incoming)
    if target.exists():
        kept = _find_free_name(target)
        target.replace(kept)
        click.echo(f"The previous database is kept as {kept}.")
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    incoming.replace(target)
    with app.app_context():
        upgrade_schema()
    click.echo(f"Restored from {file}.")


def _find_free_name(target: Path) -> Path:
    """Return a name for the replaced database that no earlier restore has used."""
    number = 1
    kept = target.with_name(f"{target.name}.before-restore")
    while kept.exists():
        number += 1
        kept = target.with_name(f"{target.name}.before-restore-{number}")
    return kept


def _sync(file: Path) -> None:
    with file.open("rb") as copy:
        os.fsync(copy.fileno())


def _check_sqlite(file: Path) -> None:
    if file.read_bytes()[:16] != MAGIC:
        raise ScannerAppError(f"{file} is not a backup of a SQLite register.")
    connection = sqlite.connect(f"file:{file}?mode=ro", uri=True)
    try:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        found = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name IN ('scan', 'asset', 'audit')"
        ).fetchone()[0]
    except sqlite.DatabaseError as error:
        raise ScannerAppError(f"{file} is damaged: {error}.") from error
    finally:
        connection.close()
    if verdict != "ok":
        raise ScannerAppError(f"{file} is damaged: {verdict}.")
    if found != 3:  # noqa: PLR2004 - the three tables named above
        raise ScannerAppError(f"{file} is a SQLite file, but not of this program.")


def _revision_of(file: Path) -> str | None:
    connection = sqlite.connect(f"file:{file}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    finally:
        connection.close()


def _fold_wal_into(file: Path) -> None:
    """Move the contents of the WAL into the file, so that the copy kept aside is complete."""
    connection = sqlite.connect(file)
    try:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    if busy:
        raise ScannerAppError("The database is in use. Stop the service first, then restore.")


def _libpq_url() -> str:
    return db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run_postgres_tool(tool: str, *arguments: str) -> None:
    path = shutil.which(tool)
    if path is None:
        raise ScannerAppError(f"{tool} is not installed: apt-get install postgresql-client")
    extra = [] if tool == "pg_restore" else ["--dbname", _libpq_url()]
    done = subprocess.run([path, *arguments, *extra], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ScannerAppError(f"{tool} failed: {done.stderr.strip()[:500]}")

"""Back up and restore a SQLite register: at each moment, a whole database is in its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, create_engine

from scanner_app.domain.errors import ScannerAppError
from scanner_app.storage.database import db, prepare_engine
from scanner_app.storage.guards import missing_guards
from scanner_app.storage.schema import can_upgrade_from, newest_revision, upgrade_schema

MAGIC = b"SQLite format 3\x00"
IN_USE = "The database is in use. Stop the service first, then restore."


def back_up(file: Path) -> None:
    """Write a checked copy of the open database to a file, which only its owner can read."""
    with writing_beside(file, ".partial") as partial:
        partial.touch(mode=0o600)
        with db.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            # VACUUM INTO copies one consistent state. A backup in steps would restart at every
            # write.
            raw.execute("VACUUM INTO ?", (str(partial),))
        check(partial, named=file)


@contextmanager
def writing_beside(file: Path, suffix: str) -> Iterator[Path]:
    """Yield a path to write to. At the end, what is there replaces `file`, on disk.

    :raises ScannerAppError: it cannot be written. Nothing is left behind then.
    """
    partial = file.with_name(file.name + suffix)
    try:
        _remove(partial)
        yield partial
        sync(partial)
        partial.replace(file)
        sync(file.parent)
    except (OSError, sqlite.Error) as error:
        raise ScannerAppError(f"{file} cannot be written: {error}.") from error
    finally:
        _remove(partial)


def restore(file: Path, target: Path) -> Path | None:
    """Put a backup in the place of the database; return where the replaced one is kept.

    The caller sees to it that no server runs.

    :raises ScannerAppError: the file is not a backup of a version that this one can upgrade from,
        or the database is in use. Nothing has changed then.
    """
    check(file, named=file)
    revision = _revision_of(file)
    if revision is None or not can_upgrade_from(revision):
        raise ScannerAppError(
            f"{file} has schema {revision}, which this version cannot upgrade to its own, "
            f"{newest_revision()}. Install the version that wrote it."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    forget_killed_restore(target)
    kept: Path | None = None
    with writing_beside(target, ".incoming") as incoming:
        incoming.touch(mode=0o600)
        shutil.copyfile(file, incoming)
        _upgrade(incoming, named=file)
        if target.exists():
            _leave_wal_mode(target)
            kept = _find_free_name(target)
            os.link(target, kept)  # a copy under both names: none of them is ever missing
            sync(target.parent)
        else:
            for suffix in ("-wal", "-shm"):
                target.with_name(target.name + suffix).unlink(missing_ok=True)
    return kept


def forget_killed_restore(target: Path) -> None:
    """Remove the second name of a database that a restore was about to replace when it was killed.

    SQLite can damage a file that two programs open by two names: each looks for another WAL.
    """
    for kept in target.parent.glob(f"{target.name}.before-restore*"):
        if target.exists() and kept.samefile(target):
            kept.unlink()


def check(file: Path, *, named: Path) -> None:
    """Raise unless a file is a whole register.

    :raises ScannerAppError: it is something else, or damaged.
    """
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise ScannerAppError(f"{named} is not a backup of a SQLite register.")
    try:
        with closing(_open_for_reading(file)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            found = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE name IN ('scan', 'asset', 'audit')"
            ).fetchone()[0]
    except sqlite.DatabaseError as error:
        raise ScannerAppError(f"{named} is damaged: {error}.") from error
    if verdict != "ok":
        raise ScannerAppError(f"{named} is damaged: {verdict}.")
    if found != 3:  # noqa: PLR2004 - the three tables named above
        raise ScannerAppError(f"{named} is a SQLite file, but not of this program.")


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_for_reading(file: Path) -> Any:
    # As a URI every sign of the name is escaped: # and ? would end it.
    return sqlite.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _revision_of(file: Path) -> str | None:
    try:
        with closing(_open_for_reading(file)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite.DatabaseError:
        return None
    return str(row[0]) if row else None


def _upgrade(incoming: Path, *, named: Path) -> None:
    """Bring the copy up to date before it is put in place, and check its guards."""
    engine = create_engine(URL.create("sqlite", database=str(incoming)), module=sqlite)
    prepare_engine(engine)
    try:
        upgrade_schema(engine)
        missing = missing_guards(engine)
    finally:
        engine.dispose()
    if missing:
        raise ScannerAppError(
            f"{named} lacks guards that protect closed audits and the log: {', '.join(missing)}. "
            "Somebody changed it outside of this program."
        )
    _leave_wal_mode(incoming)


def _leave_wal_mode(file: Path) -> None:
    """Move what the WAL holds into the file, and remove the WAL.

    :raises ScannerAppError: somebody else has the file open, be it an idle server.
    """
    connection = sqlite.connect(str(file), timeout=2)
    try:
        mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite.OperationalError as error:
        raise ScannerAppError(IN_USE) from error
    finally:
        connection.close()
    if mode != "delete":
        raise ScannerAppError(IN_USE)


def _find_free_name(target: Path) -> Path:
    """Return a name for the replaced database that no earlier restore has used."""
    number = 1
    kept = target.with_name(f"{target.name}.before-restore")
    while kept.exists():
        number += 1
        kept = target.with_name(f"{target.name}.before-restore-{number}")
    return kept


def _remove(partial: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        partial.with_name(partial.name + suffix).unlink(missing_ok=True)

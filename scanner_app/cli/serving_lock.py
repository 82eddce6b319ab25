"""Which version serves an instance folder. A server of another version refuses to start.

Several servers of one version may share a folder (HTTPS for phones, HTTP behind a proxy). A server
of another version would change the schema while the first one is running.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click

LOCK_NAME = "serving.lock"
MAX_TEXT = 200
# Which bytes of the file are locked. An older version locks the whole of it.
VERSION_BYTE = 0
IN_USE_BYTE = 4096
BEING_RESTORED = "The database is being restored. Try again when that has ended."


def describe_version() -> str:
    """Return this version of the product and the version of the schema that it needs."""
    from scanner_app.storage.schema import newest_revision

    return f"{version('scanner-app')}, schema {newest_revision()}"


def hold_instance(folder: Path, described: str) -> None:
    """Hold an instance folder while this process lives. Servers of the same version share it.

    The lock belongs to the process (a POSIX record lock): a child does not inherit it, and the
    system releases it however the process ends, so that a crash never blocks the next start.

    :raises click.ClickException: a server of another version holds the folder.
    """
    file = _open(folder)
    if file is None:
        return
    alone = _try_lock(file, fcntl.LOCK_EX, VERSION_BYTE)
    if not alone:
        fcntl.lockf(file, fcntl.LOCK_SH, 1, VERSION_BYTE)  # waits for one that writes its version
        running = os.pread(file, MAX_TEXT, 0).decode(errors="replace")
        # Alone by now: what it waited for has ended, and the version there is nobody's.
        alone = running != described and _try_lock(file, fcntl.LOCK_EX, VERSION_BYTE)
        if running != described and not alone:
            os.close(file)
            raise click.ClickException(
                f"Another version already serves {folder}: {running}; this one is {described}. Stop"
                " that server first, then start this one: it upgrades the database."
            )
    if alone:
        os.ftruncate(file, 0)
        os.pwrite(file, described.encode(), 0)
    fcntl.lockf(file, fcntl.LOCK_SH, 1, VERSION_BYTE)
    if not _try_lock(file, fcntl.LOCK_SH, IN_USE_BYTE):
        raise click.ClickException(BEING_RESTORED)


def hold_in_use(folder: Path) -> None:
    """Mark the database as in use while this process lives. Each worker holds the mark itself.

    A worker may outlive its server. A restore must not replace the file under it.
    """
    file = _open(folder)
    if file is not None and not _try_lock(file, fcntl.LOCK_SH, IN_USE_BYTE):
        raise click.ClickException(BEING_RESTORED)


@contextmanager
def using(folder: Path) -> Iterator[None]:
    """Mark the database as in use by a command until it ends."""
    file = _open(folder)
    try:
        if file is not None and not _try_lock(file, fcntl.LOCK_SH, IN_USE_BYTE):
            raise click.ClickException(BEING_RESTORED)
        yield
    finally:
        if file is not None:
            os.close(file)


@contextmanager
def hold_alone(folder: Path) -> Iterator[None]:
    """Keep every server and command out of a folder, whatever its version.

    :raises click.ClickException: one is there.
    """
    file = _open(folder)
    try:
        if file is not None and not (
            _try_lock(file, fcntl.LOCK_EX, VERSION_BYTE)
            and _try_lock(file, fcntl.LOCK_EX, IN_USE_BYTE)
        ):
            raise click.ClickException(
                "The database is in use. Stop the service first, then restore."
            )
        yield
    finally:
        if file is not None:
            os.close(file)


def _open(folder: Path) -> int | None:
    """Open the lock file; None where a folder takes no files, so that nobody serves from it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Closing any descriptor of the file in this process would release all its locks.
        return os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _try_lock(file: int, kind: int, byte: int) -> bool:
    try:
        fcntl.lockf(file, kind | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass  # some network file systems have no locks
    return True

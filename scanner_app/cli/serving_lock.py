"""Which version serves an instance folder. A server of another version refuses to start.

Several servers of one version may share a folder (HTTPS for phones, HTTP behind a proxy). A server
of another version would change the schema while the first one is running.
"""

from __future__ import annotations

import fcntl
import os
from importlib.metadata import version
from pathlib import Path

import click

LOCK_NAME = "serving.lock"
MAX_TEXT = 200


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
    folder.mkdir(parents=True, exist_ok=True)
    # Never closed: closing any descriptor of the file would release the lock.
    file = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _join(file, described, folder)
    except OSError:
        return  # some network file systems have no locks
    else:
        os.ftruncate(file, 0)
        os.pwrite(file, described.encode(), 0)
        fcntl.lockf(file, fcntl.LOCK_SH)


def _join(file: int, described: str, folder: Path) -> None:
    fcntl.lockf(file, fcntl.LOCK_SH)  # another server that is starting may be writing its version
    running = os.pread(file, MAX_TEXT, 0).decode(errors="replace")
    if running == described:
        return
    os.close(file)
    raise click.ClickException(
        f"Another version already serves {folder}: {running}; this one is {described}. Stop "
        "that server first, then start this one: it upgrades the database."
    )

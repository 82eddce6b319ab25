"""Which version serves an instance: told to the next server, which is refused where it is another.

Several servers of one version may share a folder (HTTPS for phones, HTTP behind a proxy). One of
another version would change the schema under the feet of the one that runs.
"""

from __future__ import annotations

import fcntl
import os
from importlib.metadata import version
from pathlib import Path

import click

LOCK_NAME = "serving.lock"
LONGEST = 200


def describe_version() -> str:
    """Give this version of the product and of the schema that it works with."""
    from scanner_app.storage.schema import newest_revision

    return f"{version('scanner-app')}, schema {newest_revision()}"


def hold_instance(folder: Path, described: str) -> None:
    """Hold an instance for as long as this process lives, beside servers of the same version.

    The lock is the process's own (POSIX record lock): a child does not inherit it, and the system
    takes it back however the process ends, so that a crash keeps nobody from starting.

    :raises click.ClickException: a server of another version holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Never closed: with the last descriptor of the file, the lock would go.
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
    fcntl.lockf(file, fcntl.LOCK_SH)  # another start may be writing what it is
    running = os.pread(file, LONGEST, 0).decode(errors="replace")
    if running == described:
        return
    os.close(file)
    raise click.ClickException(
        f"Another version serves {folder} already: {running}; this one is {described}. Stop that "
        "server first, then start this one: it brings the database up to date."
    )

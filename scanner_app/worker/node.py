"""The name of one worker, and how the next one knows at once that it is dead."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from scanner_app.services.jobs.work import WorkerNode

MAX_WORKERS = 64  # beside one instance folder
MAX_ID = 200


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one worker beside an instance folder, held by a lock while the worker lives.

    :param node: the worker.
    :param before: the id of the worker that had the place before, and is dead; empty without one.
    """

    node: WorkerNode
    before: str
    file: int


def take_slot(folder: Path, *, now: datetime) -> Slot:
    """Take the first free place, and return it with a new name for this worker.

    The system releases the lock however the process ends.

    :raises OSError: the folder cannot be written to, or has no free place.
    """
    host = socket.gethostname()
    folder = folder / "workers"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(MAX_WORKERS):
        # By host, too: containers may share a folder, and not every network file system locks.
        path = folder / f"{host}-{number}"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        before = os.pread(file, MAX_ID, 0).decode(errors="replace")
        # A new name each time: two machines of one host name never take each other for dead.
        name = f"{host}-{number}-{secrets.token_hex(4)}"
        os.ftruncate(file, 0)
        os.pwrite(file, name.encode(), 0)
        return Slot(WorkerNode(name, host, version("scanner-app"), now), before, file)
    raise OSError(0, f"{MAX_WORKERS} workers run here already", str(folder))

"""`WriteTurn`: the threads and processes that write to one SQLite file, one after the other.

One writer at a time is all that SQLite takes. It has those who wait sleep and look again, up to a
tenth of a second apart, while whoever writes takes the next turn as well: of many some starve.
Threads of a process wait for a lock here, which wakes the next one at once; of each process, one
looks every millisecond for a lock on a file beside the database. That lock ends with its process,
however it ends.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# As long as SQLite itself waits for another process's write (busy_timeout), in seconds.
LONGEST_WAIT = 5.0
LOOK_EVERY = 0.001


class WriteTurn:
    """The turn to write to one database file.

    :param path: the lock file; made where it is not there, and empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._file: int | None = None
        self._process = 0
        self._holds_file = False

    @contextmanager
    def take(self, *, longest: float = LONGEST_WAIT) -> Iterator[None]:
        """Wait for the turn; after so many seconds in vain go on, and let SQLite say it is busy."""
        until = time.monotonic() + longest
        is_ours = self._lock.acquire(timeout=longest)
        try:
            if is_ours:
                self._depth += 1
                if self._depth == 1:
                    self._holds_file = self._lock_file(until)
            yield
        finally:
            if is_ours:
                self._depth -= 1
                if self._depth == 0 and self._holds_file and self._file is not None:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
                self._lock.release()

    def _lock_file(self, until: float) -> bool:
        try:
            if self._file is None or self._process != os.getpid():
                # A lock belongs to the file as it was opened: a forked process opens its own.
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._process = os.getpid()
            while not self._try_file(self._file):
                if time.monotonic() > until:
                    return False
                time.sleep(LOOK_EVERY)  # flock waits for ever or not at all; this waits so long
        except OSError:
            return False  # a full disk, or one without locks: SQLite's own lock stands all the same
        return True

    @staticmethod
    def _try_file(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

"""`WriteLock`: let the threads and processes that write to one SQLite file go one after the other.

SQLite takes one writer at a time. It makes waiting writers sleep up to a tenth of a second and look
again, while the current writer may start its next transaction first: with many writers, some
starve. Here the threads of a process wait for a lock that wakes the next one at once. One thread of
each process looks every millisecond for a lock on a file beside the database. That lock ends with
its process, however the process ends.
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
MAX_WAIT = 5.0
LOOK_EVERY = 0.001


class WriteLock:
    """The right to write to one database file.

    :param path: the lock file. It is empty, and made if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._file: int | None = None
        self._process = 0
        self._holds_file = False

    @contextmanager
    def take(self, *, longest: float = MAX_WAIT) -> Iterator[None]:
        """Wait for the lock. After `longest` seconds go on without: SQLite then says it is busy."""
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
                # A fork shares the open file and with it the lock, so each process opens its own.
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._process = os.getpid()
            while not self._try_file(self._file):
                if time.monotonic() > until:
                    return False
                time.sleep(LOOK_EVERY)  # flock itself waits for ever or not at all
        except OSError:
            return False  # a full disk, or one without locks: SQLite's own lock still holds
        return True

    @staticmethod
    def _try_file(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

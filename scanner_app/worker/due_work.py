"""Work that lies in a job table: one daemon thread a web worker, started when some of it is due."""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

log = logging.getLogger(__name__)


class DueWork(ABC):
    """Starts the thread of this process when work is due; a web worker has at most one of a kind.

    :cvar noun: what is worked on, in the names of threads and in the log.
    :cvar poll_seconds: how often requests look for work that a dead worker left.
    """

    noun: str
    poll_seconds: float

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.looked_at = time.monotonic()

    @abstractmethod
    def is_due(self) -> bool:
        """Return whether there is something to do."""

    @abstractmethod
    def run_due(self) -> None:
        """Do what is due, until nothing is left."""

    def wake(self) -> None:
        """Start the thread unless it runs.

        Never at start-up: a web server forks after it has loaded the app, and a thread that exists
        before a fork is not in the child.
        """
        with self.lock:
            if self.thread is not None and self.thread.is_alive():
                return
            name = f"scanner-{self.noun}"
            self.thread = threading.Thread(target=self._run, name=name, daemon=True)
            self.thread.start()

    def _run(self) -> None:
        try:
            self.run_due()
        except (DBAPIError, PoolTimeout):
            # Busy or away. The work is still due, and a later request finds it.
            log.warning("%s wait, the database cannot answer", self.noun)
        except Exception:
            log.exception("the thread of %s ended", self.noun)

    def look(self) -> None:
        """Wake the thread if work is due; look at most once in `poll_seconds`."""
        moment = time.monotonic()
        if moment - self.looked_at < self.poll_seconds:
            return
        self.looked_at = moment
        try:
            is_due = self.is_due()
        except (DBAPIError, PoolTimeout):
            return  # the request itself reports that the database is away
        if is_due:
            self.wake()

    def wait(self, seconds: float) -> None:
        """Wait for the thread, for tests and a clean stop."""
        thread = self.thread
        if thread is not None:
            thread.join(seconds)

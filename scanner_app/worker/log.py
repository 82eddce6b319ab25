"""The sealer of the log: a daemon thread a web worker, alive while something waits for a window."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.report import SigningKey
from scanner_app.edge.state import app_state, current_settings, current_state
from scanner_app.services.seals.log import read_window, write_window
from scanner_app.storage.database import db, reading, transact
from scanner_app.storage.keys import load_signing_key

log = logging.getLogger(__name__)

# Between parts of a window the requests of this process get the processor.
REST = 0.005


def seal_windows(app: Flask) -> int:
    """Seal what waits in both trees, and return how many leaves were added."""
    added = 0
    with app.app_context():
        key = load_signing_key(current_settings().instance_dir)
        try:
            for tree in Tree:
                is_full = True
                while is_full:
                    count, is_full = _seal_one(tree, key)
                    added += count
        finally:
            db.session.remove()
    return added


def _seal_one(tree: Tree, key: SigningKey) -> tuple[int, bool]:
    now = datetime.now(UTC)
    with reading(snapshot=True) as session:
        window = read_window(session, tree, now=now, rest=lambda: time.sleep(REST))
    if not window.leaves:
        return 0, False
    row = transact(lambda session: write_window(session, window, key=key, now=now))
    # Somebody else wrote a window meanwhile: what is left is found at the next turn.
    return (len(window.leaves), window.is_full) if row is not None else (0, False)


class LogWorker:
    """Starts the thread of this process after a request; it ends when nothing waits any more."""

    def __init__(self, app: Flask, seconds: int) -> None:
        self.app = app
        self.seconds = seconds
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.stopped = threading.Event()
        self.is_asked = False

    def wake(self) -> None:
        """Start the thread unless it runs. Never at start-up, as a web server forks then."""
        with self.lock:
            self.is_asked = True
            if self.seconds <= 0 or (self.thread is not None and self.thread.is_alive()):
                return
            self.thread = threading.Thread(target=self._run, name="scanner-log", daemon=True)
            self.thread.start()

    def look(self) -> None:
        """Start the thread: the request may have recorded something."""
        self.wake()

    def wait(self, seconds: float) -> None:
        """Stop, and wait for a window that is being written."""
        self.stopped.set()
        thread = self.thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        while not self.stopped.wait(self.seconds):
            self.is_asked = False
            try:
                if not seal_windows(self.app) and self._ends():
                    return
            except (DBAPIError, PoolTimeout):
                log.warning("the log waits, the database cannot answer")
            except Exception:
                log.exception("a window of the log failed")

    def _ends(self) -> bool:
        """Return whether the thread may end: a request that found it alive counts on it."""
        with self.lock:
            if self.is_asked:
                return False
            self.thread = None
            return True


def init_log_worker(app: Flask) -> None:
    """Attach the sealer to the app, and have each request that writes start it."""
    state = app_state(app)
    state.log = LogWorker(app, state.settings.log_seconds)
    app.after_request(_look_after)


def _look_after(response: Response) -> Response:
    worker = current_state().log
    if worker is not None and request.method not in {"GET", "HEAD", "OPTIONS"}:
        worker.look()
    return response

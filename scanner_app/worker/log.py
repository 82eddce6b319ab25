"""The sealer of the log: a job that runs by itself, as often as the settings say."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import Flask

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.seals.leaves import Tree
from scanner_app.edge.state import current_settings
from scanner_app.storage.database import db, reading, transact
from scanner_app.worker.handlers import handles

if TYPE_CHECKING:  # a worker that has sealed nothing yet holds no cryptography
    from scanner_app.domain.seals.report import SigningKey

# Between parts of a window the requests of this machine get the processor.
REST = 0.005


@handles(JobKind.SEAL_LOG)
def seal_log(_row_id: int, now: datetime) -> datetime | None:
    """Seal what waits, and return when to look again; None with the sealer switched off."""
    seconds = current_settings().log_seconds
    if seconds <= 0:
        return None  # its next turn finds out whether it is switched on again
    _seal_all()
    return now + timedelta(seconds=seconds)


def seal_windows(app: Flask) -> int:
    """Seal what waits in both trees, and return how many leaves were added."""
    with app.app_context():
        try:
            return _seal_all()
        finally:
            db.session.remove()


def _seal_all() -> int:
    from scanner_app.storage.keys import load_signing_key

    added = 0
    key = load_signing_key(current_settings().instance_dir)
    for tree in Tree:
        is_full = True
        while is_full:
            count, is_full = _seal_one(tree, key)
            added += count
    return added


def _seal_one(tree: Tree, key: SigningKey) -> tuple[int, bool]:
    from scanner_app.services.seals.log import read_window, write_window

    now = datetime.now(UTC)
    with reading(snapshot=True) as session:
        window = read_window(session, tree, now=now, rest=lambda: time.sleep(REST))
    if not window.leaves:
        return 0, False
    row = transact(lambda session: write_window(session, window, key=key, now=now))
    # Somebody else wrote a window meanwhile: what is left is found at the next turn.
    return (len(window.leaves), window.is_full) if row is not None else (0, False)

"""The worker, as tests call it: in their own process, and over at once."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from scanner_app.services.jobs.work import take_over
from scanner_app.storage.database import db, unit_of_work
from scanner_app.worker.run_jobs import drain
from scanner_app.worker.sweep import put_forgotten_in_line


def run_waiting(app: Flask) -> int:
    """Run all jobs that are due, those too of rows that a test put in line by hand.

    What another call left in the middle counts as left by a worker that is gone.
    """
    with app.app_context():
        now = datetime.now(UTC)
        with unit_of_work() as session:
            take_over(session, node="tests", running=(), now=now)
        put_forgotten_in_line(0, now)
        db.session.remove()
    return drain(app)

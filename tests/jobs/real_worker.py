"""`scanner-app worker` with a kind of job whose effects can be counted, for tests that kill it.

    python -m tests.jobs.real_worker FOLDER

Its handler adds the job's number to FOLDER/sent, waits 20 ms, and writes a row, as one does that
sends mail. The job 999 never ends. A second kind runs each second and adds the second to
FOLDER/ticks. A worker is taken for dead after three seconds here.
"""

# mypy: disable-error-code="attr-defined"
# Limits are replaced in the modules that use them.
from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from scanner_app.cli.worker.command import worker_command
from scanner_app.domain.jobs import JOB_KINDS, JobKind, KindFacts
from scanner_app.models import Throttle
from scanner_app.services.jobs import work
from scanner_app.services.jobs.queue import insert_for
from scanner_app.storage.database import transact
from scanner_app.worker import handlers, runner

SENDS, TICKS, ENDLESS = JobKind.PRINT, JobKind.SWEEP, 999
SECOND = timedelta(seconds=1)


def replace_kinds(folder: Path) -> None:
    """Put the kinds of this module in the place of two that exist."""
    JOB_KINDS[SENDS] = KindFacts("Send", at_once=4, retries=(SECOND,))
    JOB_KINDS[TICKS] = KindFacts("Tick", every=SECOND)
    handlers.load_handlers()

    def send(row_id: int, now: datetime) -> None:
        add_line(folder / "sent", row_id)
        time.sleep(1000 if row_id == ENDLESS else 0.02)
        values = {"key": f"sent {row_id}", "window_start": datetime(2026, 1, 1, tzinfo=now.tzinfo)}
        transact(
            lambda session: session.execute(
                insert_for(session)(Throttle).values(attempts=1, **values).on_conflict_do_nothing()
            )
        )

    handlers._handlers[SENDS] = send
    handlers._handlers[TICKS] = lambda _row, now: add_line(folder / "ticks", int(now.timestamp()))
    runner.BEAT = SECOND
    work.SILENCE = 3 * SECOND


def add_line(path: Path, number: int) -> None:
    with path.open("a") as file:
        file.write(f"{number}\n")


if __name__ == "__main__":
    replace_kinds(Path(sys.argv.pop(1)))
    worker_command()

"""Imports worked on beside the requests: one daemon thread a web worker, started when one is due.

The rows of `import_run` are the job table. A worker claims one run at a time under a lease and
renews it with every chunk; a run whose worker died is taken over when the lease runs out. The
command line works through the same two functions with a lease of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from flask import Flask, Response, current_app
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scanner_app.config import Settings
from scanner_app.domain.errors import ScannerAppError
from scanner_app.extensions.database import db, is_trouble, reading, unit_of_work
from scanner_app.queries import imports as queries
from scanner_app.services import import_apply, import_files, imports
from scanner_app.services.import_mapping import ColumnMapping
from scanner_app.services.imports import Claim, LeaseLost
from scanner_app.services.tabular import Table, open_table

log = logging.getLogger(__name__)

T = TypeVar("T")
CHUNK_ROWS = 1000
POLL_SECONDS = 15.0
EXTENSION = "scanner_jobs"

Progress = Callable[[int], None]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["scanner_settings"]
    return settings


def _ignore(_done: int) -> None:
    """Take progress that nobody watches."""


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


# -- The work -------------------------------------------------------------------------------------


def check_import(claim: Claim, *, progress: Progress = _ignore) -> None:
    """Plan every row of a claimed run and store what each would do; nothing else is written.

    :raises LeaseLost: another worker took the run over.
    :raises ScannerAppError: the file cannot be read any more.
    """
    settings = _settings()
    with reading() as session:
        run = queries.find_run(session, claim.run_id)
        table = _open(run, settings)
        planner = imports.start_planner(session, run, table, currency=settings.currency)
    planner.prepare(table.rows())
    counts: Counter[str] = Counter()
    done = 0
    for rows in _chunks(table.rows(), CHUNK_ROWS):
        with reading() as session:
            planned = planner.plan(session, rows)
        counts.update(row.verdict for row in planned)
        done += len(rows)
        with unit_of_work() as session:
            claim = imports.keep_rows(
                session, claim, planned, rows_done=done, now=datetime.now(UTC)
            )
        progress(done)
    with unit_of_work() as session:
        imports.finish_check(
            session,
            claim,
            counts=counts,
            to_make=planner.to_make(),
            rows=done,
            now=datetime.now(UTC),
        )
    log.info("import checked run=%s rows=%s refused=%s", claim.run_id, done, counts["refused"])


def _open(run: queries.RunView, settings: Settings) -> Table:
    path = import_files.file_path(settings.instance_dir, run.file_sha256)
    if not path.exists():
        raise ScannerAppError("The uploaded file is gone from the server. Upload it again.")
    mapping = ColumnMapping.from_json(run.mapping)
    return open_table(
        path,
        count_known=len,
        encoding=mapping.encoding or None,
        separator=mapping.separator or None,
    )


def apply_import(claim: Claim, *, progress: Progress = _ignore) -> float:
    """Write a claimed run in one transaction, and give the seconds that the transaction took.

    :raises LeaseLost: another worker took the run over.
    :raises Conflict: the register moved since the check; nothing was written.
    """
    folder = _settings().instance_dir

    def tell(done: int) -> None:
        import_files.note_progress(folder, claim.run_id, done)
        progress(done)

    try:
        with unit_of_work() as session:
            # The moment from which the file's values count as known: when the lock is ours.
            now, started = datetime.now(UTC), time.perf_counter()
            import_apply.apply_run(session, claim, now=now, progress=tell)
        took = time.perf_counter() - started
    except IntegrityError as error:
        # A tag, code or badge that somebody else took between the check and now.
        raise imports.moved("a code of the file was taken meanwhile") from error
    finally:
        import_files.forget_progress(folder, claim.run_id)
    log.info("import applied run=%s seconds=%.1f", claim.run_id, took)
    _refresh_statistics()
    return took


def _refresh_statistics() -> None:
    """Tell PostgreSQL how large the tables are now.

    Until its own daemon comes round, it plans for the tables of before, which may have been empty.
    """
    if db.engine.dialect.name != "postgresql":
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("asset", "identifier", "location", "person", "import_row"):
            connection.exec_driver_sql(f"ANALYZE {table}")


def work_on(claim: Claim) -> None:
    """Do the work of one claimed run; whatever happens is written on the run, never raised."""
    try:
        if claim.state == "checking":
            check_import(claim)
        else:
            apply_import(claim)
    except LeaseLost:
        log.warning("import taken over by another worker run=%s", claim.run_id)
    except ScannerAppError as error:
        _fail(claim, error.message)
    except (DBAPIError, PoolTimeout) as error:
        if not isinstance(error, DBAPIError) or is_trouble(error):
            log.warning("import put off, the database cannot answer run=%s", claim.run_id)
            _release(claim)
        else:
            log.exception("import failed run=%s", claim.run_id)
            _fail(claim, "The import met an error of this program and was undone. See the log.")
    except Exception:
        log.exception("import failed run=%s", claim.run_id)
        _fail(claim, "The import met an error of this program and was undone. See the log.")


def _fail(claim: Claim, error: str) -> None:
    with unit_of_work() as session:
        imports.fail_run(session, claim, error=error)


def _release(claim: Claim) -> None:
    try:
        with unit_of_work() as session:
            imports.release_run(session, claim, now=datetime.now(UTC))
    except DBAPIError:
        log.warning("import left to its lease run=%s", claim.run_id)


def run_due_imports(app: Flask) -> int:
    """Work on due runs, one after the other, until none is due; give how many there were."""
    done = 0
    with app.app_context():
        try:
            while True:
                with unit_of_work() as session:
                    claim = imports.claim_due_run(session, now=datetime.now(UTC))
                if claim is None:
                    break
                work_on(claim)
                done += 1
            if done:
                _tidy()
        finally:
            db.session.remove()
    return done


def _tidy() -> None:
    with unit_of_work() as session:
        unused = imports.forget_old_rows(session, now=datetime.now(UTC))
    for sha256 in unused:
        import_files.file_path(_settings().instance_dir, sha256).unlink(missing_ok=True)


# -- The thread -----------------------------------------------------------------------------------


class Jobs:
    """Starts the thread of this process when a run is due; a web worker has at most one."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.looked_at = time.monotonic()

    def wake(self) -> None:
        """Start the thread unless it runs. It is made here, after any fork, never at start-up."""
        with self.lock:
            if self.thread is not None and self.thread.is_alive():
                return
            self.thread = threading.Thread(target=self._run, name="scanner-imports", daemon=True)
            self.thread.start()

    def _run(self) -> None:
        try:
            run_due_imports(self.app)
        except (DBAPIError, PoolTimeout):
            # Busy or away: the next request that looks finds the run still due.
            log.warning("imports wait, the database cannot answer")
        except Exception:
            log.exception("the thread of imports ended")

    def look(self) -> None:
        """Wake the thread where a run is due; at most one look in a while, so it costs nothing."""
        moment = time.monotonic()
        if moment - self.looked_at < POLL_SECONDS:
            return
        self.looked_at = moment
        try:
            with reading() as session:
                is_due = queries.is_run_due(session, now=datetime.now(UTC))
        except (DBAPIError, PoolTimeout):
            return  # the request itself says what ails the database
        if is_due:
            self.wake()

    def wait(self, seconds: float) -> None:
        """Wait for the thread, for tests and a clean stop."""
        thread = self.thread
        if thread is not None:
            thread.join(seconds)


def init_jobs(app: Flask) -> None:
    """Let any request find work that a dead worker left."""
    app.extensions[EXTENSION] = Jobs(app)
    app.after_request(_look_after)


def _look_after(response: Response) -> Response:
    jobs: Jobs = current_app.extensions[EXTENSION]
    jobs.look()
    return response


def wake_jobs() -> None:
    """Start on a run that was just put in line, instead of waiting for the next look."""
    jobs: Jobs = current_app.extensions[EXTENSION]
    jobs.wake()

"""Imports worked on beside the requests: one daemon thread a web worker, started when one is due.

The rows of `import_run` are the job table. A worker leases one run at a time and renews the lease
with every chunk; a run whose worker died is taken over when its lease ends.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

from flask import Flask, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.imports.runs import RunState
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import app_state, current_settings, current_state, require_room
from scanner_app.queries.imports.runs import is_run_due
from scanner_app.services.imports import life
from scanner_app.services.imports.life import ImportLease, LeaseLost
from scanner_app.services.imports.run import Surroundings, apply_import, check_import
from scanner_app.storage.database import db, is_trouble, reading, unit_of_work
from scanner_app.worker.due_work import DueWork
from scanner_app.worker.notices import sweep_notices, watch
from scanner_app.worker.retention import sweep

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
OUR_ERROR = "The import was undone because of an error in this program. See the log."


def _now() -> datetime:
    return datetime.now(UTC)


def read_surroundings() -> Surroundings:
    """Return the sessions, clock and files of the current app, for the two steps of an import."""
    settings = current_settings()
    return Surroundings(
        unit_of_work, reading, _now, settings.instance_dir, current_organisation().currency
    )


def work_on(lease: ImportLease, around: Surroundings) -> None:
    """Do the work of one leased run; an error is written on the run and never raised."""
    try:
        require_room()
        if lease.state == RunState.CHECKING:
            check_import(lease, around)
        else:
            apply_import(lease, around)
    except LeaseLost:
        log.warning("import taken over by another worker run=%s", lease.run_id)
    except ScannerAppError as error:
        _fail(lease, around, error.message)
    except (DBAPIError, PoolTimeout) as error:
        if not isinstance(error, DBAPIError) or is_trouble(error):
            log.warning("import put off, the database cannot answer run=%s", lease.run_id)
            _release(lease, around)
        else:
            log.exception("import failed run=%s", lease.run_id)
            _fail(lease, around, OUR_ERROR)
    except Exception:
        log.exception("import failed run=%s", lease.run_id)
        _fail(lease, around, OUR_ERROR)


def _fail(lease: ImportLease, around: Surroundings, error: str) -> None:
    with around.open_session() as session:
        life.fail_run(session, lease, error=error, now=around.clock())


def _release(lease: ImportLease, around: Surroundings) -> None:
    try:
        with around.open_session() as session:
            life.release_run(session, lease, now=around.clock())
    except DBAPIError:
        log.warning("import left until its lease ends run=%s", lease.run_id)


def run_due_imports(app: Flask) -> int:
    """Work on due runs one after the other until none is left, and return how many there were."""
    done = 0
    with app.app_context():
        around = read_surroundings()
        try:
            while True:
                with around.open_session() as session:
                    lease = life.claim_due_run(session, now=around.clock())
                if lease is None:
                    break
                work_on(lease, around)
                done += 1
        finally:
            db.session.remove()
    return done


class ImportWorker(DueWork):
    """Works on due imports, and sweeps once an hour."""

    noun = "imports"
    poll_seconds = 15.0

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        # Not at once: many short-lived commands and tests make an app.
        self.swept_at = time.monotonic()

    def is_due(self) -> bool:
        with reading() as session:
            return is_run_due(session, now=_now()) or self._may_sweep()

    def run_due(self) -> None:
        run_due_imports(self.app)
        if self._may_sweep():
            self.swept_at = time.monotonic()
            sweep(self.app)
            with self.app.app_context():
                try:
                    now = _now()
                    sweep_notices(0, now)
                    watch(0, now)
                finally:
                    db.session.remove()

    def _may_sweep(self) -> bool:
        return time.monotonic() - self.swept_at >= SWEEP_SECONDS


def init_import_worker(app: Flask) -> None:
    """Attach a worker to the app, and have requests look for runs that a dead worker left."""
    app_state(app).imports = ImportWorker(app)
    app.after_request(_look_after)


def _look_after(response: Response) -> Response:
    worker = current_state().imports
    if worker is not None:
        worker.look()
    return response


def wake_import_worker() -> None:
    """Begin with a run that was just queued, instead of waiting for the next look."""
    worker = current_state().imports
    if worker is not None:
        worker.wake()

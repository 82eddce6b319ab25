"""Imports: checked and applied by a job.

The worker leases the run and renews the lease with every chunk. If it was taken for dead and its
job runs elsewhere, it finds that its lease is lost, and stops.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.imports.runs import RunState
from scanner_app.domain.jobs import PAUSE, JobKind
from scanner_app.edge.attachments.import_files import fetch_import_file
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings, require_room
from scanner_app.models import ImportRun
from scanner_app.services.imports import life
from scanner_app.services.imports.life import ImportLease, LeaseLost
from scanner_app.services.imports.run import Surroundings, apply_import, check_import
from scanner_app.storage.database import is_trouble, reading, unit_of_work
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)

OUR_ERROR = "The import was undone because of an error in this program. See the log."


def _now() -> datetime:
    return datetime.now(UTC)


def read_surroundings() -> Surroundings:
    """Return the sessions, clock and files of the current app, for the two steps of an import."""
    settings, ours = current_settings(), current_organisation()
    return Surroundings(
        unit_of_work, reading, _now, settings.instance_dir, ours.currency, ours.zone
    )


def work_on(lease: ImportLease, around: Surroundings) -> datetime | None:
    """Do the work of one leased run; an error is written on the run and never raised.

    :return: when to try again; None once the run is done or failed.
    """
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
            return around.clock() + PAUSE
        log.exception("import failed run=%s", lease.run_id)
        _fail(lease, around, OUR_ERROR)
    except Exception:
        log.exception("import failed run=%s", lease.run_id)
        _fail(lease, around, OUR_ERROR)
    return None


def _fail(lease: ImportLease, around: Surroundings, error: str) -> None:
    with around.open_session() as session:
        life.fail_run(session, lease, error=error, now=around.clock())


@handles(JobKind.IMPORT)
def run_import(run_id: int, now: datetime) -> datetime | None:
    """Check or apply an import; return when to try again if the database could not answer."""
    around = read_surroundings()
    with reading() as session:
        sha256 = session.scalar(select(ImportRun.file_sha256).where(ImportRun.id == run_id))
    if sha256:
        fetch_import_file(sha256)
    with around.open_session() as session:
        lease = life.claim_run(session, run_id, now=now)
    return None if lease is None else work_on(lease, around)

"""Tallies of audits: what scans and decisions have changed is taken in, a part at a time."""

from __future__ import annotations

import time
from datetime import datetime

from scanner_app.domain.jobs import JobKind
from scanner_app.queries.audits.counted.behind import list_behind
from scanner_app.storage.database import reading, transact
from scanner_app.worker.handlers import handles

# Between parts the requests of this machine get the processor.
REST = 0.005


@handles(JobKind.TALLIES)
def keep_all(_row_id: int, _now: datetime) -> None:
    """Take into the kept tallies what has changed in the audits that are open."""
    # Heavy: a worker imports it once something is counted, and waits in little memory.
    with reading() as session:
        behind = list_behind(session)
    if not behind:
        return
    for audit_id in behind:
        while _keep_some(audit_id):
            time.sleep(REST)


def _keep_some(audit_id: int) -> bool:
    """Take a part in, and return whether more is left."""
    from scanner_app.services.audits.counted.keep import STEP, keep_some

    return transact(lambda session: keep_some(session, audit_id)) == STEP

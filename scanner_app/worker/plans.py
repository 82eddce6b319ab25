"""Planned work: opened as its day comes."""

from __future__ import annotations

import logging
from datetime import datetime

from scanner_app.domain.jobs import JobKind
from scanner_app.edge.organisation import current_organisation
from scanner_app.services.lifecycle.plans import open_planned
from scanner_app.storage.database import transact
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)


@handles(JobKind.PLANS)
def open_due(_row_id: int, now: datetime) -> None:
    """Open what plans ask for today. A second run of a day finds it open."""
    today = now.astimezone(current_organisation().zone).date()
    count = transact(lambda session: open_planned(session, today=today, now=now))
    if count:
        log.info("plans: opened=%s", count)

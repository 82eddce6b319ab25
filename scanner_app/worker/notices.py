"""The sweep of notices: what is due, late or ends, and readers that fell silent."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from scanner_app.domain.notices.sweep import SweepRules
from scanner_app.edge.organisation import current_organisation
from scanner_app.services.notices.sweep import find_holding, watch_readers, write_holding
from scanner_app.storage.database import reading, transact

log = logging.getLogger(__name__)


def sweep_notices(now: datetime | None = None) -> int:
    """Raise what holds now, end what is over, and return how many are new."""
    now = now or datetime.now(UTC)
    rules = SweepRules(current_organisation().zone)
    with reading(snapshot=True) as session:
        holding = find_holding(session, now=now, rules=rules)
    raised, ended = transact(lambda session: write_holding(session, holding, now=now))
    silent = transact(lambda session: watch_readers(session, now=now))
    if raised or ended or silent:
        log.info("notices: raised=%s ended=%s silent=%s", raised, ended, silent)
    return raised + silent

"""Notices that come with time: what is due, late or ends, and readers that fell silent."""

from __future__ import annotations

import logging
from datetime import datetime

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.sweep import SweepRules
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.services.notices.sweep import find_holding, watch_readers, write_holding
from scanner_app.services.stockroom.booking.over import end_over
from scanner_app.services.stockroom.open_links import lapse_links
from scanner_app.storage.database import reading, transact
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)


@handles(JobKind.NOTICE_SWEEP)
def sweep_notices(_row_id: int, now: datetime) -> None:
    """Raise what holds now, and end what is over."""
    lapsed = transact(lambda session: lapse_links(session, now))
    over = transact(lambda session: end_over(session, now))
    if over:
        log.info("reservations: ended=%s", over)
    if lapsed:
        log.info("hand-overs: links lapsed=%s", lapsed)
    days = tuple(sorted(current_settings().notice_days_before, reverse=True))
    rules = SweepRules(current_organisation().zone, days)
    # Read first: on a large register it takes a second, in which nobody should wait to write.
    with reading(snapshot=True) as session:
        holding = find_holding(session, now=now, rules=rules)
    raised, ended = transact(lambda session: write_holding(session, holding, now=now))
    if raised or ended:
        log.info("notices: raised=%s ended=%s", raised, ended)


@handles(JobKind.READER_WATCH)
def watch(_row_id: int, now: datetime) -> None:
    """Raise a notice for each reader that fell silent."""
    count = transact(lambda session: watch_readers(session, now=now))
    if count:
        log.info("notices: silent readers=%s", count)

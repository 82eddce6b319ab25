"""The daily check: one worker takes the day by its row, and looks in parts."""

from __future__ import annotations

import logging
from datetime import date, datetime

from scanner_app.domain.jobs import JobKind
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.services.contracts import daily
from scanner_app.services.licences.notices import tell_ends
from scanner_app.storage.database import reading, transact
from scanner_app.worker.device_check.run import check_all
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)


@handles(JobKind.DAILY_CHECK)
def check_today(_row_id: int, now: datetime) -> None:
    """Look at contracts and licences, unless a worker has taken today already."""
    today = now.astimezone(current_organisation().zone).date()
    if transact(lambda session: daily.claim_day(session, today=today, now=now)):
        run_check(today, now)


def run_check(today: date, now: datetime) -> tuple[int, int]:
    """Make further terms, end what is over, and tell; return how many terms and notices are new."""
    transact(lambda session: daily.begin_check(session, today=today, now=now))
    with reading() as session:
        chunks = daily.list_chunks(session)
    made = 0
    for ids in chunks:
        made += transact(lambda s, part=ids: daily.roll_terms(s, part, today=today, now=now))  # type: ignore[misc]
    days = tuple(sorted(current_settings().notice_days_before, reverse=True))
    # Each further term is told of too.
    told = made + transact(lambda s: daily.tell_dues(s, today=today, days=days, now=now))
    told += transact(lambda s: tell_ends(s, today=today, days=days, now=now))
    told += check_all(today, now)
    transact(lambda session: daily.finish_day(session, today=today, now=now))
    if told:
        log.info("daily check: terms=%s notices=%s", made, told)
    return made, told

"""The check of all devices: each day, and after a file or a rule that may change what they are."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date, datetime

from sqlalchemy.orm import Session

from scanner_app.domain.health.exploited import Grade
from scanner_app.domain.jobs import JobKind
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.health.lookups import load_lookups
from scanner_app.queries.health.reports import list_device_chunks
from scanner_app.services.health.check import check_devices
from scanner_app.services.health.policies import load_device_policies
from scanner_app.services.health.tell import forget_ended, keep_counts, tell_health
from scanner_app.storage.database import reading, transact
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)
Counts = Counter[tuple[str, Grade]]


@handles(JobKind.DEVICE_CHECK)
def check_now(_row_id: int, now: datetime) -> None:
    """Look at all devices."""
    check_all(now.astimezone(current_organisation().zone).date(), now)


def check_all(today: date, now: datetime) -> int:
    """Look at all devices in parts, tell what holds, and return how many notices are new."""
    with reading() as session:
        lookups, chunks = load_lookups(session), list_device_chunks(session)
        policies = load_device_policies(session)
    counts: Counts = Counter()
    changed = 0
    for ids in chunks:
        # Counted apart: a transaction that is tried again must not count twice.
        found: Counts = Counter()

        def check(session: Session, ids: list[int] = ids, found: Counts = found) -> int:
            found.clear()
            return check_devices(
                session, ids, today=today, now=now, lookups=lookups, counts=found,
                policies=policies,
            )  # fmt: skip

        changed += transact(check)
        counts += found
    transact(lambda session: _finish(session, counts))
    told = transact(lambda session: tell_health(session, today=today, now=now))
    if changed or told:
        log.info("devices: changed=%s notices=%s", changed, told)
    return told


def _finish(session: Session, counts: Counts) -> None:
    forget_ended(session)
    keep_counts(session, counts)

"""Programmes: the audit of each round is set up on its day."""

from __future__ import annotations

import logging
from datetime import date, datetime, tzinfo

from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.jobs import JobKind
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.audits.programmes.list import list_due
from scanner_app.storage.database import reading, transact
from scanner_app.worker.handlers import handles

log = logging.getLogger(__name__)


@handles(JobKind.PROGRAMMES)
def make_rounds(_row_id: int, now: datetime) -> None:
    """Set up what programmes ask for today, each in its own transaction, each round once.

    A programme that fails does not keep the ones after it waiting: the first error is raised when
    all had their turn.
    """
    zone = current_organisation().zone
    today = now.astimezone(zone).date()
    with reading() as session:
        due = list_due(session, today=today)
    failed: Exception | None = None
    for programme_id in due:
        try:
            _make(programme_id, today=today, zone=zone, now=now)
        except Exception as error:
            log.exception("programme %s: no round made", programme_id)
            failed = failed or error
    if failed is not None:
        raise failed


def _make(programme_id: int, *, today: date, zone: tzinfo, now: datetime) -> None:
    # Heavy: a worker imports it on the day on which a round is due, and waits in little memory.
    from scanner_app.services.audits.programmes.rounds import make_due, note_problem

    def make(session: Session) -> bool:
        return make_due(session, programme_id, today=today, zone=zone, now=now) is not None

    try:
        if transact(make):
            log.info("programme %s: round made", programme_id)
    except Invalid as error:
        problem = error
        transact(lambda s: note_problem(s, programme_id, problem, today=today, now=now))

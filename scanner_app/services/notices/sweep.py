"""The sweep: raise what the day brings, and end what is over. Run twice, it changes nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.domain.notices.causes import reader_silent
from scanner_app.domain.notices.kinds import NewNotice
from scanner_app.domain.notices.sweep import SweepRules, sweep
from scanner_app.queries.notices.state import list_open_topics, list_silent, load_swept
from scanner_app.services.notices.raise_notice import clear_topics, raise_notices


def find_holding(session: Session, *, now: datetime, rules: SweepRules) -> tuple[NewNotice, ...]:
    """Return the notices that hold now. Only reads, so that no writer waits for it."""
    return sweep(load_swept(session, now=now, rules=rules), now=now, rules=rules)


def write_holding(
    session: Session, holding: tuple[NewNotice, ...], *, now: datetime
) -> tuple[int, int]:
    """Raise what holds and was not raised yet, end the rest; return how many of each."""
    raised = raise_notices(session, holding, now=now)
    over = list_open_topics(session) - {one.topic for one in holding}
    return raised, clear_topics(session, over, now=now)


def watch_readers(session: Session, *, now: datetime) -> int:
    """Raise a notice for each reader that fell silent, and return how many are new."""
    silent = [
        reader_silent(one.id, one.name, silent_since=one.heard_at)
        for one in list_silent(session, now=now)
    ]
    return raise_notices(session, silent, now=now)

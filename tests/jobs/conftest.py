from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scanner_app.domain.errors import Conflict
from scanner_app.domain.jobs import JOB_KINDS, JobKind, KindFacts
from scanner_app.worker import handlers

MINUTE = timedelta(minutes=1)


class Tried:
    """A kind of job whose handler notes what it was asked, and does as it is told."""

    kind = JobKind.RETENTION

    def __init__(self) -> None:
        self.asked: list[tuple[int, datetime]] = []
        self.errors: list[Exception] = []
        self.later: datetime | None = None

    def run(self, row_id: int, now: datetime) -> datetime | None:
        self.asked.append((row_id, now))
        if self.errors:
            raise self.errors.pop(0)
        later, self.later = self.later, None
        return later

    @property
    def rows(self) -> list[int]:
        return [row_id for row_id, _ in self.asked]


@pytest.fixture
def tried(monkeypatch) -> Tried:
    """Put a kind in the place of one that exists: it is tried twice more, after 1 and 5 minutes."""
    handlers.load_handlers()
    tried = Tried()
    for other in set(JOB_KINDS) - {tried.kind}:
        monkeypatch.setitem(JOB_KINDS, other, KindFacts("Not tried"))
    facts = KindFacts("Tried", retries=(MINUTE, 5 * MINUTE))
    monkeypatch.setitem(JOB_KINDS, tried.kind, facts)
    monkeypatch.setitem(handlers._handlers, tried.kind, tried.run)
    return tried


def busy() -> Conflict:
    return Conflict("The post office is closed.", code="closed")

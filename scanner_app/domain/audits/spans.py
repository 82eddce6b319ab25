"""When an audit counted: its spans, and whether a scan was made in one of them.

A scan is judged by when it was made, not by when it arrived. The spans are kept on the audit's own
row, which every scan of it locks, so that what a scan reads there is never older than its lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scanner_app.domain.audits.states import AuditState

# The states in which a scan that was made in time still counts.
TAKES_SCANS = frozenset({AuditState.COUNTING, AuditState.RECONCILING})
NO_SKEW = timedelta(0)


# A device that is ahead of us by more than this is right: our own clock was wrong then.
MAX_AHEAD = timedelta(days=1)


def sighted_at(effective_at: datetime, recorded_at: datetime) -> datetime:
    """Return the time by which a sighting is newer or older than another one.

    A clock that is a little ahead of ours would make its sighting newer than every true one of the
    next minutes, so it is as new as its arrival.
    """
    is_ahead = recorded_at < effective_at <= recorded_at + MAX_AHEAD
    return recorded_at if is_ahead else effective_at


class Span(NamedTuple):
    """One time of counting; it has no end while it goes on."""

    started_at: datetime
    ended_at: datetime | None = None

    def covers(self, at: datetime, skew: timedelta = NO_SKEW) -> bool:
        """Return whether a time lies in it.

        :param skew: how far behind ours the clock of a device may be: its first scans would seem
            to be from before the start.
        """
        return self.started_at - skew <= at and (self.ended_at is None or at <= self.ended_at)


def read_spans(stored: Sequence[Any]) -> tuple[Span, ...]:
    """Return the spans that an audit's row holds."""
    return tuple(
        Span(datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
        for start, end in stored
    )


def start_span(stored: Sequence[Any], at: datetime) -> list[Any]:
    """Return the spans of an audit that begins or resumes counting, as its row holds them."""
    return [*stored, [at.isoformat(), None]]


def end_span(stored: Sequence[Any], at: datetime) -> list[Any]:
    """Return the spans of an audit that ends counting, as its row holds them."""
    return [*stored[:-1], [stored[-1][0], at.isoformat()]] if stored else []


def covers(spans: Sequence[Span], at: datetime, skew: timedelta = NO_SKEW) -> bool:
    """Return whether a time lies in any of the spans."""
    return any(span.covers(at, skew) for span in spans)


def takes_scan(
    state: AuditState, spans: Sequence[Span], at: datetime, skew: timedelta = NO_SKEW
) -> bool:
    """Return whether an audit takes a scan that was made at this time, whenever it arrives."""
    return state in TAKES_SCANS and covers(spans, at, skew)

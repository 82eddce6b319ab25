"""Reservations that are over: not picked up in time, or back. A worker ends them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.domain.stockroom.reservations import ReservationState, Span, is_lapsed
from scanner_app.models import Reservation
from scanner_app.queries.stockroom.booked import is_reserved_at_all
from scanner_app.queries.stockroom.reservations import load_between

FIRST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def end_over(session: Session, now: datetime) -> int:
    """End the reservations that are over, and return how many they were. The sweep tells."""
    if not is_reserved_at_all(session):
        return 0
    rows = [
        row
        for row in load_between(session, Span(FIRST, now))
        if row.state is ReservationState.DONE or is_lapsed(row.state, row.starts_at, now)
    ]
    for found in rows:
        row = session.get_one(Reservation, found.id, with_for_update=True, populate_existing=True)
        if row.ended_at is not None:
            continue
        is_done = found.state is ReservationState.DONE
        row.ended_at = now
        row.ended_as = (ReservationState.DONE if is_done else ReservationState.LAPSED).value
    session.flush()
    return len(rows)

"""Reservations that are over: not picked up, back, or of who left. A worker ends them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.stockroom.reservations import ReservationState, Span, is_lapsed
from scanner_app.models import Person, Reservation
from scanner_app.queries.stockroom.booked import is_reserved_at_all
from scanner_app.queries.stockroom.reservations import get_reservation, load_between
from scanner_app.services.stockroom.booking.book import cancel

FIRST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def end_over(session: Session, now: datetime) -> int:
    """End the reservations that are over, and return how many they were. The sweep tells."""
    if not is_reserved_at_all(session):
        return end_old_drafts(session, now) + cancel_of_gone(session, now)
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
    return len(rows) + end_old_drafts(session, now) + cancel_of_gone(session, now)


def end_old_drafts(session: Session, now: datetime) -> int:
    """Cancel the drafts whose time is over, and return how many they were."""
    numbers = session.scalars(
        select(Reservation.number)
        .where(Reservation.is_draft, Reservation.ended_at.is_(None), Reservation.ends_at <= now)
        .order_by(Reservation.id)
    ).all()
    for number in numbers:
        cancel(session, number, now=now)
    return len(numbers)


def cancel_of_gone(session: Session, now: datetime) -> int:
    """Cancel what people booked who left since, and return how many reservations that were.

    What they picked up stays with them until it is checked in.
    """
    numbers = session.scalars(
        select(Reservation.number)
        .join(Person, Person.id == Reservation.person_id)
        .where(Reservation.ended_at.is_(None), Person.is_active.is_(False))
        .order_by(Reservation.id)
    ).all()
    held = [one for one in numbers if get_reservation(session, one).state.facts.may_cancel]
    for number in held:
        cancel(session, number, now=now)
    return len(held)

"""The notices of reservations that hold now: what begins soon, and what somebody else still has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scanner_app.domain.notices.causes import (
    reservation_at_risk,
    reservation_lapsed,
    reservation_ready,
    wanted_back,
)
from scanner_app.domain.notices.kinds import NewNotice
from scanner_app.queries.stockroom.reservations import ReservationRow, list_lapsed
from scanner_app.queries.stockroom.reserved_soon import list_at_risk, list_soon

READY = timedelta(days=1)
# How long the notice of what nobody picked up stays.
TOLD = timedelta(days=7)


def list_of_reservations(session: Session, now: datetime) -> list[NewNotice]:
    """Return the notices of reservations that hold at a moment."""
    soon = list_soon(session, now)
    ready = [
        reservation_ready(row.id, row.number, row.person_id, row.title, starts_at=row.starts_at)
        for row in soon
        if row.starts_at - now <= READY
    ]
    lapsed = [
        reservation_lapsed(
            row.id, row.number, row.person_id, row.title, to=row.actor, starts_at=row.starts_at
        )
        for row in list_lapsed(session, since=now - TOLD)
    ]
    return [*ready, *lapsed, *list_risks(session, soon)]


def list_risks(session: Session, rows: Sequence[ReservationRow]) -> Iterator[NewNotice]:
    """Return what both sides are told of booked things that are not back: who has it, who waits."""
    for one in list_at_risk(session, rows):
        row = one.reservation
        yield wanted_back(
            row.id, one.custody_id, one.holder_id, one.holder,
            tag=one.tag, name=one.name, starts_at=row.starts_at,
        )  # fmt: skip
        yield reservation_at_risk(
            row.id, row.number, row.person_id,
            tag=one.tag, holder=one.holder, starts_at=row.starts_at, substitute=one.substitute,
        )  # fmt: skip

"""What is reserved of the things in a tray, for the decision table, and who is told of a clash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scanner_app.domain.circulation.line import Booking
from scanner_app.domain.stockroom.reservations import Demand, Span, find_most
from scanner_app.queries.circulation.line_facts import Thing
from scanner_app.queries.stockroom.booked import count_free_units, is_reserved_at_all, load_booked
from scanner_app.queries.stockroom.reservations import ReservationRow

AHEAD = timedelta(days=3650)


@dataclass(slots=True)
class Reserved:
    """What others have booked of some assets and of their models.

    :param free: how many units of each model are in stock; each line of the tray takes one.
    """

    now: datetime
    demands: Sequence[tuple[ReservationRow, Demand]] = ()
    free: dict[int, int] = field(default_factory=dict)

    def of(self, thing: Thing, due_at: datetime | None) -> tuple[Booking, ...]:
        """Return the bookings that keep a thing from being lent; it counts as taken from then."""
        found = [row for row, one in self.demands if one.asset_id == thing.id]
        if thing.model_id is not None and thing.model_id in self.free:
            self.free[thing.model_id] -= 1
            units = [
                (row, one)
                for row, one in self.demands
                if one.asset_id is None and one.model_id == thing.model_id
            ]
            span = Span(self.now, due_at or self.now + AHEAD)
            most = find_most((one for _, one in units), span, timedelta(0))
            if most > self.free[thing.model_id]:
                found += [row for row, _ in units]
        return tuple(
            Booking(row.person_id, row.person, row.starts_at, row.ends_at)
            for row in {row.id: row for row in found}.values()
        )


def load_reserved(
    session: Session, things: Mapping[int, Thing], person_id: int | None, now: datetime
) -> Reserved:
    """Return what others than a person have booked of things, from now on."""
    if not things or not is_reserved_at_all(session):
        return Reserved(now)
    models = {thing.model_id for thing in things.values() if thing.model_id is not None}
    booked = load_booked(session, Span(now, now + AHEAD), asset_ids=set(things), model_ids=models)
    others = [(row, one) for row, one in booked if row.person_id != person_id]
    return Reserved(now, others, count_free_units(session, models) if others else {})

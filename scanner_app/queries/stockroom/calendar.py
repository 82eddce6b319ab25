"""The calendar of reservations: what is booked of each thing on each day, of how many units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scanner_app.domain.stockroom.reservations import Span
from scanner_app.queries.stockroom.booked import count_units
from scanner_app.queries.stockroom.reservations import ReservationRow, ReservedLine, load_between


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of one thing.

    :param booked: how many are booked at most; `rows` are the reservations of the day.
    """

    on: date
    booked: int
    rows: tuple[ReservationRow, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One thing of the calendar: an asset, a kit or a model.

    :param units: how many there are.
    """

    kind: str
    ref: str
    name: str
    units: int
    days: tuple[CalendarDay, ...]


@dataclass(slots=True)
class _Thing:
    line: ReservedLine
    rows: list[tuple[ReservationRow, int]] = field(default_factory=list)


def load_calendar(
    session: Session, first: date, days: int, zone: ZoneInfo, *, only: str = ""
) -> tuple[list[CalendarRow], list[ReservationRow]]:
    """Return the rows of the calendar, and the reservations of the span in their order.

    :param only: the tag of an asset or a kit, or the name of a model.
    """
    begin, end = _midnight(first, zone), _midnight(first + timedelta(days=days), zone)
    rows = load_between(session, Span(begin, end))
    things: dict[tuple[str, str], _Thing] = {}
    shown: dict[int, ReservationRow] = {}
    for row in rows:
        for line in row.lines:
            if only and only.casefold() not in {line.ref.casefold(), line.name.casefold()}:
                continue
            shown[row.id] = row
            thing = things.setdefault((_kind(line), line.ref), _Thing(line))
            thing.rows.append((row, line.quantity))
    units = _count(session, things.values())
    days_ = [first + timedelta(days=n) for n in range(days)]
    return [
        CalendarRow(
            kind,
            ref,
            thing.line.name,
            units.get(thing.line.model_id or 0, 1) if kind == "model" else 1,
            tuple(_day(on, thing.rows, zone) for on in days_),
        )
        for (kind, ref), thing in sorted(things.items())
    ], list(shown.values())


def _kind(line: ReservedLine) -> str:
    return "kit" if line.kit_id is not None else "model" if line.model_id is not None else "asset"


def _count(session: Session, things: Iterable[_Thing]) -> dict[int, int]:
    models = {one.line.model_id for one in things if one.line.model_id is not None}
    return count_units(session, models) if models else {}


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone)


def _day(on: date, rows: Sequence[tuple[ReservationRow, int]], zone: ZoneInfo) -> CalendarDay:
    day = Span(_midnight(on, zone), _midnight(on + timedelta(days=1), zone))
    there = [(row, quantity) for row, quantity in rows if row.span.meets(day)]
    return CalendarDay(on, sum(n for _, n in there), tuple(row for row, _ in there))

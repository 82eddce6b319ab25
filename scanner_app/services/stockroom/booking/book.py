"""Reservations: drafts, booked under the locks of what they ask for, and cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.stockroom.reservations import (
    Demand,
    Held,
    ReservationState,
    find_conflicts,
)
from scanner_app.models import Asset, AssetModel, Reservation, ReservationLine
from scanner_app.queries.stockroom.booked import count_units, load_booked, load_loans
from scanner_app.queries.stockroom.reservations import ReservationRow, get_reservation
from scanner_app.services.custody.assets import lock_assets
from scanner_app.services.stockroom.booking.order import (
    Booking,
    Order,
    list_demands,
    order_again,
    read_order,
)
from scanner_app.services.stockroom.numbers import take_number


def book(session: Session, values: Mapping[str, Any], booking: Booking) -> str:
    """Book things for a person, and return the number of the reservation.

    :param values: what is asked for, as `read_order` takes it.
    :raises Invalid: a value cannot be used.
    :raises NotFound: nobody is the person.
    :raises Conflict: something is reserved or lent then; `errors` of the API names each.
    """
    order = read_order(session, values, booking)
    _lock_free(session, order)
    return _add(session, order, booking, is_draft=False)


def keep_draft(session: Session, values: Mapping[str, Any], booking: Booking) -> str:
    """Keep what somebody means to book, and return its number. Nothing is reserved by it.

    :raises Invalid: a value cannot be used.
    :raises NotFound: nobody is the person.
    """
    return _add(session, read_order(session, values, booking), booking, is_draft=True)


def change_draft(
    session: Session, number: str, values: Mapping[str, Any], booking: Booking
) -> None:
    """Put other values in the place of those of a draft.

    :raises Invalid: a value cannot be used.
    :raises NotFound: no reservation has this number, or nobody is the person.
    :raises Conflict: it is not a draft any more (`not_a_draft`).
    """
    row, _ = _lock_draft(session, number)
    order = read_order(session, values, booking)
    _set(row, order)
    session.execute(delete(ReservationLine).where(ReservationLine.reservation_id == row.id))
    _add_lines(session, row, order)


def book_draft(session: Session, number: str, booking: Booking) -> None:
    """Book what a draft asks for, as it would be asked for now.

    :raises Invalid: a value cannot be used any more, such as a time that is over.
    :raises NotFound: no reservation has this number.
    :raises Conflict: it is not a draft any more (`not_a_draft`), or something is reserved or lent.
    """
    row, draft = _lock_draft(session, number)
    order = read_order(session, order_again(draft), booking)
    _lock_free(session, order)
    row.buffer_hours, row.is_draft = order.buffer_hours, False
    row.made_at, row.made_by, row.actor = booking.now, booking.actor.name, booking.actor.key
    session.flush()


def find_clashes(session: Session, draft: ReservationRow, booking: Booking) -> list[str]:
    """Return why a draft could not be booked now, a sentence each; none if it could."""
    try:
        order = read_order(session, order_again(draft), booking)
    except (Invalid, NotFound) as error:
        return [error.message]
    return _find_clashes(session, order, list_demands(session, order))


def cancel(session: Session, number: str, *, now: datetime) -> ReservationRow:
    """Cancel what was booked and not picked up. What was picked up stays with the person.

    :raises NotFound: no reservation has this number.
    :raises Conflict: it was ended before, or all of it was picked up.
    """
    found = get_reservation(session, number)
    row = session.get_one(Reservation, found.id, with_for_update=True, populate_existing=True)
    state = get_reservation(session, number).state
    if not state.facts.may_cancel:
        raise Conflict(f"{row.number} is {state.facts.label.lower()}.", code="already_ended")
    is_begun = state is ReservationState.PICKING
    row.ended_at = now
    row.ended_as = (ReservationState.DONE if is_begun else ReservationState.CANCELLED).value
    session.flush()
    return found


def _lock_draft(session: Session, number: str) -> tuple[Reservation, ReservationRow]:
    found = get_reservation(session, number)
    row = session.get_one(Reservation, found.id, with_for_update=True, populate_existing=True)
    draft = get_reservation(session, number)
    if draft.state is not ReservationState.DRAFT:
        label = draft.state.facts.label.lower()
        raise Conflict(f"{row.number} is not a draft: it is {label}.", code="not_a_draft")
    return row, draft


def _add(session: Session, order: Order, booking: Booking, *, is_draft: bool) -> str:
    year = booking.now.year
    row = Reservation(
        number=f"R-{year}-{take_number(session, f'reservation {year}'):06d}",
        made_at=booking.now,
        made_by=booking.actor.name,
        actor=booking.actor.key,
        is_draft=is_draft,
    )
    _set(row, order)
    session.add(row)
    session.flush()
    _add_lines(session, row, order)
    return row.number


def _set(row: Reservation, order: Order) -> None:
    row.person_id, row.place_id, row.note = order.person.id, order.place_id, order.note
    row.starts_at, row.ends_at = order.span.starts_at, order.span.ends_at
    row.buffer_hours = order.buffer_hours


def _add_lines(session: Session, row: Reservation, order: Order) -> None:
    session.add_all(ReservationLine(reservation_id=row.id, **one._asdict()) for one in order.wanted)
    session.flush()


def _lock_free(session: Session, order: Order) -> None:
    """Lock what an order asks for, or raise Conflict if something is booked or lent then."""
    demands = list_demands(session, order)
    _lock(session, demands)
    conflicts = _find_clashes(session, order, demands)
    if conflicts:
        raise Conflict(" ".join(conflicts), code="reserved")


def _lock(session: Session, demands: Sequence[Demand]) -> None:
    """Lock what is asked for, so that two who book it wait for each other: models, then assets."""
    models = sorted({one.model_id for one in demands if one.model_id is not None})
    if models:
        session.execute(
            select(AssetModel.id)
            .where(AssetModel.id.in_(models))
            .order_by(AssetModel.id)
            .with_for_update()
        ).all()
    assets = sorted({one.asset_id for one in demands if one.asset_id is not None})
    lock_assets(session.connection(), assets)


def _find_clashes(session: Session, order: Order, demands: Sequence[Demand]) -> list[str]:
    """Return what is booked or lent to somebody else then, a sentence each."""
    assets = {one.asset_id for one in demands if one.asset_id is not None}
    models = {one.model_id for one in demands if one.model_id is not None}
    booked = load_booked(session, order.span, asset_ids=assets, model_ids=models)
    held = Held(
        [demand for _, demand in booked],
        load_loans(session, assets, not_of=order.person.id),
        count_units(session, models),
        _name_all(session, assets, models),
    )
    return list(dict.fromkeys(find_conflicts(demands, held, order.buffer)))


def _name_all(session: Session, assets: set[int], models: set[int]) -> dict[str, str]:
    named = session.execute(
        select(Asset.id, Asset.asset_tag, Asset.name).where(Asset.id.in_(sorted(assets)))
    )
    names = {f"asset:{row.id}": f"{row.asset_tag} {row.name}".strip() for row in named}
    of = session.execute(
        select(AssetModel.id, AssetModel.name).where(AssetModel.id.in_(sorted(models)))
    )
    return names | {f"model:{row.id}": row.name for row in of}

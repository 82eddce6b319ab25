"""Seats of a licence: given to people and assets, and taken back. Every door uses this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.licences.metrics import MAX_SEATS
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, Licence, Person, Seat
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.queries.register.people import find_person_id
from scanner_app.services.licences.notices import tell_seats
from scanner_app.services.licences.write import lock_licence


def find_holder(session: Session, *, person: str = "", asset: str = "") -> tuple[str, int]:
    """Return who is to have a seat: the column of a seat, and an id.

    :param person: their number, or `~id`.
    :raises Invalid: neither or both are named, or nothing is known by the name.
    """
    if bool(person.strip()) == bool(asset.strip()):
        problem = "Name a person or an asset, one of the two."
        raise Invalid(problem, errors={"person": [problem]})
    if person.strip():
        person_id = find_person_id(session, person.strip())
        if person_id is None:
            problem = f"Nobody is known as “{person[:40]}”."
            raise Invalid(problem, errors={"person": [problem]})
        return "person_id", person_id
    try:
        return "asset_id", find_asset_id(session, asset.strip())
    except NotFound as error:
        raise Invalid(error.message, errors={"asset": [error.message]}) from None


def give_seat(
    session: Session,
    *,
    asset_tag: str,
    holder: tuple[str, int],
    quantity: int = 1,
    actor: Actor,
    now: datetime,
) -> int:
    """Add seats of a holder to a licence, and return the id of the row.

    :raises NotFound: no licence has the tag.
    :raises Conflict: too few seats are free (`no_free_seat`), the licence or the asset is over, the
        person left, or the holder has a seat already (`seat_given`).
    """
    if not 1 <= quantity <= MAX_SEATS:
        problem = f"Give a whole number from 1 to {MAX_SEATS:,}."
        raise Invalid(problem, errors={"quantity": [problem]})
    row = lock_licence(session, asset_tag)
    _refuse_over(session, row, holder)
    column, id_ = holder
    of = (Seat.licence_id == row.asset_id, getattr(Seat, column) == id_, Seat.ended_at.is_(None))
    if session.scalar(select(Seat.id).where(*of)) is not None:
        raise Conflict("They have a seat of this licence already.", code="seat_given")
    if row.given + quantity > row.seats and not row.allows_overuse:
        free = max(0, row.seats - row.given)
        raise Conflict(
            f"{free:,} of {row.seats:,} seats {'is' if free == 1 else 'are'} free. Have"
            " some returned or buy more.",
            code="no_free_seat",
        )
    seat = Seat(
        licence_id=row.asset_id,
        quantity=quantity,
        started_at=now,
        given_by=actor.name,
        **{column: id_},
    )
    row.given += quantity
    session.add(seat)
    session.flush()
    tell_seats(session, row, now=now)
    return seat.id


def take_seat(
    session: Session, *, asset_tag: str, seat_id: int, actor: Actor, now: datetime
) -> None:
    """Take the seats of a holder back.

    :raises NotFound: no licence has the tag, or the seat is not given.
    :raises Conflict: seats of this licence stay with who has them (`not_reassignable`).
    """
    row = lock_licence(session, asset_tag)
    seat = session.scalar(
        select(Seat).where(
            Seat.id == seat_id, Seat.licence_id == row.asset_id, Seat.ended_at.is_(None)
        )
    )
    if seat is None:
        raise NotFound("This seat is not given. Look at the list again.")
    if not row.reassignable:
        raise Conflict(
            "Seats of this licence stay with who has them. Change the licence if that is wrong.",
            code="not_reassignable",
        )
    _end(session, row, [seat], by=actor.name, now=now)


def take_all_of(session: Session, *, asset_ids: Sequence[int], by: str, now: datetime) -> int:
    """Take back what assets have that are gone, and return how many seats that were."""
    seats = session.scalars(
        select(Seat).where(Seat.asset_id.in_(asset_ids), Seat.ended_at.is_(None))
    ).all()
    for licence_id in sorted({seat.licence_id for seat in seats}):
        row = session.get_one(Licence, licence_id, with_for_update=True)
        _end(session, row, [one for one in seats if one.licence_id == licence_id], by=by, now=now)
    return sum(seat.quantity for seat in seats)


def _refuse_over(session: Session, row: Licence, holder: tuple[str, int]) -> None:
    column, id_ = holder
    if session.get_one(Asset, row.asset_id).status in ENDED:
        raise Conflict("This licence has ended. Choose another.", code="licence_ended")
    if column == "person_id":
        if not session.get_one(Person, id_).is_active:
            raise Conflict("This person is no longer here.", code="person_left")
        return
    asset = session.get_one(Asset, id_)
    if asset.status in ENDED or asset.kind not in {AssetKind.HARDWARE, AssetKind.CLOUD}:
        raise Conflict(f"{asset.asset_tag} takes no seat.", code="takes_no_seat")


def _end(session: Session, row: Licence, seats: Sequence[Seat], *, by: str, now: datetime) -> None:
    for seat in seats:
        seat.ended_at, seat.taken_by = now, by
        row.given -= seat.quantity
    if row.given <= row.seats:
        row.is_overuse_accepted = False
    session.flush()
    tell_seats(session, row, now=now)

"""The place and custodian that are kept between scans on the page without script."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.models import Location, Person, SignIn


def keep_place(session: Session, *, sign_in_id: int, code: str | None) -> None:
    """Set the place at which the following scans happen; None clears it."""
    place_id = session.scalar(select(Location.id).where(Location.code == code)) if code else None
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(place_id=place_id))


def keep_custodian(
    session: Session, *, sign_in_id: int, number: str | None, name: str | None = None
) -> None:
    """Set the person that following check-outs go to; None clears it."""
    person_id = None
    if number:
        person_id = session.scalar(select(Person.id).where(Person.number == number))
    elif name:
        # A person without a number is found by name if only one person has it.
        ids = session.scalars(select(Person.id).where(Person.name == name).limit(2)).all()
        person_id = ids[0] if len(ids) == 1 else None
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(custodian_id=person_id))

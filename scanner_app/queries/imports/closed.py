"""Who left and which locations are closed: an import hands and brings nothing there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Location, Person


def list_people_who_left(session: Session) -> dict[int, str]:
    """Return the names of people who are no longer here, by id."""
    rows = session.execute(select(Person.id, Person.name).where(~Person.is_active))
    return {id_: name for id_, name in rows}  # noqa: C416 - mypy does not take rows as pairs


def list_closed_locations(session: Session) -> dict[int, str]:
    """Return the names of locations that are not in use, by id."""
    rows = session.execute(select(Location.id, Location.full_name).where(~Location.is_active))
    return {id_: name for id_, name in rows}  # noqa: C416 - mypy does not take rows as pairs

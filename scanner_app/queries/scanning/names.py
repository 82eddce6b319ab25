"""The display names of places and people by id, each loaded once for a batch or a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from scanner_app.models import Location, Person
from scanner_app.sql.bulk_read import Lookup
from scanner_app.sql.value_list import is_among

# Without the ORM: every scan waits for these.
_PLACE = Location.__table__.c
_PERSON = Person.__table__.c
_PLACES = Lookup(
    select(_PLACE.id, _PLACE.code, _PLACE.name, _PLACE.path, _PLACE.is_active).where(
        is_among(_PLACE.id, "ids")
    ),
    "ids",
)
_PEOPLE = Lookup(
    select(_PERSON.id, _PERSON.number, _PERSON.name, _PERSON.email, _PERSON.is_active).where(
        is_among(_PERSON.id, "ids")
    ),
    "ids",
)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    id: int
    code: str
    name: str
    path: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    number: str | None
    name: str
    email: str | None
    is_active: bool


class DisplayNames:
    """The places and people that a batch or a page names.

    What is asked for must be loaded first: a name that is looked up one by one costs a select each.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._places: dict[int, PlaceRow] = {}
        self._people: dict[int, PersonRow] = {}

    def load_places(self, ids: Iterable[int | None]) -> None:
        """Load those places that are not loaded yet, by one select."""
        wanted = {i for i in ids if i is not None} - self._places.keys()
        if wanted:
            rows = _PLACES.fetch(self._connection, wanted)
            self._places.update((row[0], PlaceRow(*row)) for row in rows)

    def load_people(self, ids: Iterable[int | None]) -> None:
        """Load those people that are not loaded yet, by one select."""
        wanted = {i for i in ids if i is not None} - self._people.keys()
        if wanted:
            rows = _PEOPLE.fetch(self._connection, wanted)
            self._people.update((row[0], PersonRow(*row)) for row in rows)

    def place(self, location_id: int | None) -> PlaceRow | None:
        """Return a loaded place, None if there is none of this id."""
        return None if location_id is None else self._places.get(location_id)

    def person(self, person_id: int | None) -> PersonRow | None:
        """Return a loaded person, None if there is none of this id."""
        return None if person_id is None else self._people.get(person_id)


def find_place_row(connection: Connection, location_id: int | None) -> PlaceRow | None:
    """Return one place by its id."""
    names = DisplayNames(connection)
    names.load_places([location_id])
    return names.place(location_id)

"""Places and people by id, as an answer names them; loaded once, asked many times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from scanner_app.models import Location, Person
from scanner_app.models.among import is_among
from scanner_app.models.lookup import Lookup

# Past the ORM: these stand in the way of every scan.
_PLACE = Location.__table__.c
_PERSON = Person.__table__.c
_PLACES = Lookup(
    select(_PLACE.id, _PLACE.code, _PLACE.name, _PLACE.path).where(is_among(_PLACE.id, "ids")),
    "ids",
)
_PEOPLE = Lookup(
    select(_PERSON.id, _PERSON.number, _PERSON.name, _PERSON.email).where(
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


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    number: str | None
    name: str
    email: str | None


class Names:
    """The places and people that a batch or a page names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._places: dict[int, PlaceRow] = {}
        self._people: dict[int, PersonRow] = {}

    def load_places(self, ids: Iterable[int | None]) -> None:
        """Load places that are not known yet, by one select."""
        wanted = {i for i in ids if i is not None} - self._places.keys()
        if wanted:
            rows = _PLACES.fetch(self._connection, wanted)
            self._places.update((row[0], PlaceRow(*row)) for row in rows)

    def load_people(self, ids: Iterable[int | None]) -> None:
        """Load people that are not known yet, by one select."""
        wanted = {i for i in ids if i is not None} - self._people.keys()
        if wanted:
            rows = _PEOPLE.fetch(self._connection, wanted)
            self._people.update((row[0], PersonRow(*row)) for row in rows)

    def place(self, location_id: int | None) -> PlaceRow | None:
        """Give a place by id."""
        if location_id is None:
            return None
        known = self._places.get(location_id)
        if known is None:
            self.load_places([location_id])
            known = self._places.get(location_id)
        return known

    def person(self, person_id: int | None) -> PersonRow | None:
        """Give a person by id."""
        if person_id is None:
            return None
        if person_id not in self._people:
            self.load_people([person_id])
        return self._people.get(person_id)

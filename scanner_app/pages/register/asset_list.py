"""What the address of an asset list contains: search, filters, order. Lists and exports use it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import g, request
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.narrowing import read_narrowing
from scanner_app.domain.text import is_storable
from scanner_app.queries.register.assets import AssetFilter
from scanner_app.queries.register.locations import LocationRow, get_location
from scanner_app.queries.register.people import PersonRow, get_person

NAMES = (
    "q",
    "status",
    "category",
    "location",
    "custodian",
    "overdue",
    "due",
    "seen",
    "lacks",
    "sort",
)
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class ListAddress:
    """The filters of a list, and the names of what they refer to."""

    filter: AssetFilter
    given: dict[str, str]
    sort: str
    place: LocationRow | None
    person: PersonRow | None

    def link(self, path: str, **changes: str) -> str:
        """Return the address of the same list with changes. An empty value removes its filter."""
        values = {k: v for k, v in {**self.given, **changes}.items() if v}
        return f"{path}?{urlencode(values)}" if values else path

    @property
    def chips(self) -> dict[str, str]:
        """Return what each further filter says, by its name in the address."""
        return self.filter.narrowed.chips() if self.filter.narrowed else {}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.given.keys() - {"sort"})


def query_text(name: str) -> str:
    """Return a text of the query string.

    :raises Invalid: it is too long, or cannot be sent to a database.
    """
    text = request.args.get(name, "").strip()
    if len(text) > MAX_TEXT or not is_storable(text):
        raise Invalid(f"The {name} in this address cannot be used. Start again from the list.")
    return text


def read_filter(session: Session) -> ListAddress:
    """Return the filters of a list from its address.

    :raises Invalid: the status or `overdue` is not valid, or a text cannot be used.
    :raises NotFound: the location or the person does not exist.
    """
    given = {name: text for name in NAMES if (text := query_text(name))}
    try:
        status = Stage(given["status"]) if "status" in given else None
    except ValueError:
        raise Invalid("This status is not known. Choose one from the list.") from None
    if given.get("overdue", "yes") != "yes":
        raise Invalid("overdue must be `yes` or left out. Start again from the list.")
    place = get_location(session, given["location"]) if "location" in given else None
    person = get_person(session, given["custodian"]) if "custodian" in given else None
    wanted = AssetFilter(
        query=given.get("q", ""),
        status=status,
        category=given.get("category"),
        location_id=place.id if place else None,
        custodian_id=person.id if person else None,
        overdue_at=g.now if "overdue" in given else None,
        narrowed=read_narrowing(given, g.now),
    )
    return ListAddress(wanted, given, given.get("sort", "tag"), place, person)

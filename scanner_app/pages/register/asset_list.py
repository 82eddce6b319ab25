"""What the address of an asset list contains: search, filters, order, columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import g, request
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.many import Shown, read_shown
from scanner_app.domain.register.row_looks import ROW_LISTS, RowList
from scanner_app.domain.scanning.many import MANY, Many, ManyFacts
from scanner_app.domain.text import is_storable
from scanner_app.edge.guard import require_actor
from scanner_app.edge.made_files.tables import read_asset_filter
from scanner_app.queries.register.assets import AssetFilter, name_model
from scanner_app.queries.register.locations import LocationRow, get_location
from scanner_app.queries.register.people import PersonRow, get_person

FILTERS = (
    *("q", "status", "category", "location", "custodian", "overdue"),
    *("unassigned", "unseen", "due", "seen", "lacks", "model"),
)
LOOK = ("sort", "cols", "density")
NAMES = (*FILTERS, *LOOK)
MAX_TEXT = 200
DENSITIES = ("roomy", "compact")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: its header, and the order that a click on it gives."""

    label: str
    sort: str = ""


# The tag with the name is always the first column.
COLUMNS: Mapping[str, Column] = {
    "status": Column("Status", "status"),
    "location": Column("Location", "location"),
    "holder": Column("Assigned to", "holder"),
    "due": Column("Due back", "due"),
    "model": Column("Model", "model"),
    "category": Column("Category"),
    "serial": Column("Serial", "serial"),
    "seen": Column("Last seen", "seen"),
    "home": Column("Home location"),
    "cost": Column("Cost"),
    "updated": Column("Changed", "updated"),
}
SHOWN = ("status", "location", "holder", "seen", "serial")


@dataclass(frozen=True, slots=True)
class ListAddress:
    """The filters of a list, and the names of what they refer to."""

    filter: AssetFilter
    given: dict[str, str]
    sort: str
    place: LocationRow | None
    person: PersonRow | None
    columns: tuple[str, ...] = SHOWN
    is_compact: bool = False
    model: str = ""

    def link(self, path: str, **changes: str) -> str:
        """Return the address of the same list with changes. An empty value removes its filter."""
        values = {k: v for k, v in {**self.given, **changes}.items() if v}
        return f"{path}?{urlencode(values)}" if values else path

    @property
    def further_chips(self) -> list[tuple[str, str, str]]:
        """Return what each further filter says: its name in the address, its words, its tone."""
        chips = self.filter.narrowed.chips() if self.filter.narrowed else {}
        return [(name, text, "") for name, text in chips.items()]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.given.keys() - set(LOOK))

    @property
    def filters(self) -> dict[str, str]:
        """Return the parts of the address that choose assets, without order and look."""
        return {name: text for name, text in self.given.items() if name in FILTERS}

    @property
    def query(self) -> str:
        """Return the list as the text after the question mark."""
        return urlencode(self.given)


@dataclass(frozen=True, slots=True)
class RowAddress:
    """What the address of a list of people or locations contains."""

    list: str
    given: dict[str, str]
    shown: Shown | None

    @property
    def rows(self) -> RowList:
        return ROW_LISTS[self.list]

    @property
    def query(self) -> str:
        return self.given.get("q", "")

    @property
    def sort(self) -> str:
        return self.given.get("sort", self.rows.order)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.rows.choose(self.given.get("cols", ""))

    @property
    def is_compact(self) -> bool:
        return "density" in self.given

    @property
    def text(self) -> str:
        """Return the list as the text after the question mark."""
        return urlencode(self.given)

    def link(self, **changes: str) -> str:
        """Return the address of the same list with changes. An empty value is left out."""
        values = {k: v for k, v in {**self.given, **changes}.items() if v}
        return f"/{self.list}?{urlencode(values)}".rstrip("?")

    def order_link(self, sort: str) -> str:
        """Return the address of the list in an order; where it has that order, from its end."""
        order = f"-{sort}" if self.sort == sort else sort
        return self.link(sort="" if order == self.rows.order else order)


def read_rows(list_: str) -> RowAddress:
    """Return what the address of this request says of a list of people or locations.

    :raises Invalid: a text cannot be used.
    """
    rows = ROW_LISTS[list_]
    given = {name: text for name in ("q", "shown", *LOOK) if (text := query_text(name))}
    shown = read_shown(given.pop("shown", ""), list_)
    if shown is not None:
        given["shown"] = shown
    chosen = ",".join(request.args.getlist("col")) or given.get("cols", "")
    columns = rows.choose(chosen)
    given.pop("cols", None)
    if columns != rows.shown:
        given["cols"] = ",".join(columns)
    if given.get("density") != DENSITIES[1]:
        given.pop("density", None)
    if given.get("sort") == rows.order:
        del given["sort"]
    return RowAddress(list_, given, shown)


def query_text(name: str) -> str:
    """Return a text of the query string.

    :raises Invalid: it is too long, or cannot be sent to a database.
    """
    return _check(name, request.args.get(name, ""))


def _check(name: str, value: str) -> str:
    text = value.strip()
    if len(text) > MAX_TEXT or not is_storable(text):
        raise Invalid(f"The {name} in this address cannot be used. Start again from the list.")
    return text


def holds_empty_parts() -> bool:
    """Return whether the address has parts without a value, as a form writes it, or `col` boxes."""
    return any(not value or name == "col" for name, value in request.args.items(multi=True))


def read_filter(session: Session, source: Mapping[str, str] | None = None) -> ListAddress:
    """Return the filters of a list from its address.

    :param source: the parts of another address than that of this request.
    :raises Invalid: the status, a day or a flag is not valid, or a text cannot be used.
    :raises NotFound: the location or the person does not exist.
    """
    parts = request.args if source is None else source
    given = {name: text for name in NAMES if (text := _check(name, parts.get(name, "")))}
    if source is None and (boxes := request.args.getlist("col")):
        given["cols"] = ",".join(name for name in COLUMNS if name in boxes)
    wanted = read_asset_filter(session, given, now=g.now)
    if given.get("cols") == ",".join(SHOWN):
        del given["cols"]
    if given.get("density") not in DENSITIES or given["density"] == DENSITIES[0]:
        given.pop("density", None)
    place = get_location(session, given["location"]) if "location" in given else None
    person = get_person(session, given["custodian"]) if "custodian" in given else None
    model = ""
    if wanted.model_id is not None:
        model = name_model(session, wanted.model_id) or "a model that is gone"
    chosen = given.get("cols", ",".join(SHOWN)).split(",")
    columns = tuple(name for name in COLUMNS if name in chosen)
    is_compact = given.get("density") == "compact"
    return ListAddress(
        wanted, given, given.get("sort", "tag"), place, person, columns or SHOWN, is_compact, model
    )


def offer_many() -> list[tuple[Many, ManyFacts]]:
    """Return what the person may do to many assets at once."""
    actor = require_actor()
    return [(one, facts) for one, facts in MANY.items() if actor.can(facts.action)]

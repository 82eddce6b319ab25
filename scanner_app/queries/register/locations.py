"""Selects over locations: the tree, a location with what is inside, and a location by its code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.register.lifecycle import THERE
from scanner_app.domain.register.many import Shown
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, Identifier, Location
from scanner_app.queries.paging import Cursor as Mark
from scanner_app.queries.paging import Page, read_cursor, write_cursor
from scanner_app.queries.register.search import places_with, split_words

_IS_THERE = Asset.status.in_(sorted(THERE))
_parent = aliased(Location, name="parent")


@dataclass(frozen=True, slots=True)
class LocationRow:
    """One location. `depth` is 0 at the root.

    `assets` counts those that are exactly here, `inside` those here and in everything inside. What
    is missing, disposed of or only ordered is not here, wherever it is recorded.
    """

    id: int
    code: str
    name: str
    kind: str
    full_name: str
    path: str
    is_active: bool
    parent: str | None
    parent_name: str | None
    latitude: float | None
    longitude: float | None
    assets: int = 0
    inside: int = 0
    identifiers: tuple[tuple[str, str], ...] = ()

    @property
    def depth(self) -> int:
        return self.path.count("/") - 2


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        Location.id,
        Location.code,
        Location.name,
        Location.kind,
        Location.full_name,
        Location.path,
        Location.is_active,
        _parent.code.label("parent"),
        _parent.name.label("parent_name"),
        Location.latitude,
        Location.longitude,
    ).outerjoin(_parent, _parent.id == Location.parent_id)


def _row(row: Row[*tuple[Any, ...]]) -> LocationRow:
    return LocationRow(*row)


def list_locations(
    session: Session, *, query: str = "", cursor: str | None = None, limit: int = 100
) -> Page[LocationRow]:
    """Return a page of locations, by code.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="code")
    statement = _select().order_by(Location.code_key).limit(limit + 1)
    for word in split_words(query):
        statement = statement.where(Location.id.in_(places_with(session, word)))
    if after is not None:
        statement = statement.where(Location.code_key > after.key)
    rows = [_row(row) for row in session.execute(statement)]
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(Mark("code", tag_key(rows[-1].code), rows[-1].id))
    return Page(_with_codes(session, rows), following)


def load_tree(session: Session) -> list[LocationRow]:
    """Return all locations in the order of the tree, each after its parent, sorted by name.

    `inside` counts the assets here and in everything inside.
    """
    rows = [_row(row) for row in session.execute(_select())]
    counts = _count_assets(session)
    children: dict[str, list[LocationRow]] = defaultdict(list)
    for row in rows:
        children[row.path[: row.path.rstrip("/").rfind("/") + 1]].append(row)
    ordered: list[LocationRow] = []
    stack = _in_order(children["/"])
    while stack:
        row = stack.pop()
        ordered.append(row)
        stack += _in_order(children[row.path])
    inside: dict[int, int] = defaultdict(int)
    for row in rows:
        for id_ in row.path.strip("/").split("/"):
            inside[int(id_)] += counts.get(row.id, 0)
    return [replace(row, assets=counts.get(row.id, 0), inside=inside[row.id]) for row in ordered]


def load_shown(session: Session, shown: Shown | None) -> list[LocationRow]:
    """Return the locations of a list, in the order of the tree."""
    rows = load_tree(session)
    if shown is Shown.OUT_OF_USE:
        return [row for row in rows if not row.is_active]
    return [row for row in rows if not row.inside] if shown is Shown.EMPTY else rows


# The orders of the list, by the name in its address.
SORTS: Mapping[str, Callable[[LocationRow], Any]] = {
    "tree": lambda _: 0,  # as the rows come
    "name": lambda row: row.name.casefold(),
    "code": lambda row: tag_key(row.code),
    "kind": lambda row: row.kind,
    "assets": lambda row: row.assets,
    "inside": lambda row: row.inside,
}


def sort_places(rows: Sequence[LocationRow], sort: str) -> list[LocationRow]:
    """Return the rows of a list in an order of `SORTS`, with a minus from its end.

    :raises Invalid: the order is not known.
    """
    key = SORTS.get(sort.removeprefix("-"))
    if key is None:
        raise Invalid(
            "This order does not exist.", errors={"sort": [f"One of {', '.join(SORTS)}."]}
        )
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def list_place_codes(session: Session, *, query: str, shown: Shown | None, most: int) -> list[str]:
    """Return the codes of the locations that a list has, at most `most`."""
    found = list_locations(session, query=query, limit=most).rows if query else None
    rows = load_shown(session, shown) if found is None else found
    return [row.code for row in rows[:most]]


def _in_order(rows: Sequence[LocationRow]) -> list[LocationRow]:
    return sorted(rows, key=lambda row: (row.name.casefold(), row.code), reverse=True)


def _count_assets(session: Session, *, among: str = "") -> dict[int, int]:
    """Return how many assets are in each location, of those whose path starts so."""
    wanted = (
        select(Asset.location_id, func.count())
        .where(Asset.location_id.is_not(None), _IS_THERE)
        .group_by(Asset.location_id)
    )
    if among:
        below = select(Location.id).where(Location.path.startswith(among))
        wanted = wanted.where(Asset.location_id.in_(below))
    rows = session.execute(wanted)
    return {id_: count for id_, count in rows if id_ is not None}


def get_location(session: Session, code: str) -> LocationRow:
    """Return one location by its code, in any spelling, with the assets here and inside.

    :raises NotFound: no location has this code.
    """
    location_id = find_location_id(session, code)
    if location_id is None:
        raise NotFound(f"No location has the code {code[:64]!r}.")
    return get_location_by_id(session, location_id)


def get_location_by_id(session: Session, location_id: int) -> LocationRow:
    """Return one location by id."""
    row = _row(session.execute(_select().where(Location.id == location_id)).one())
    here = session.scalar(
        select(func.count()).select_from(Asset).where(Asset.location_id == row.id, _IS_THERE)
    )
    below = select(Location.id).where(Location.path.startswith(row.path))
    inside = session.scalar(
        select(func.count()).select_from(Asset).where(Asset.location_id.in_(below), _IS_THERE)
    )
    return _with_codes(session, [replace(row, assets=here or 0, inside=inside or 0)])[0]


def find_location_id(session: Session, code: str) -> int | None:
    """Return the id of the location with a code, or None."""
    key = tag_key(code)
    if not is_storable(key):
        return None
    return session.scalar(select(Location.id).where(Location.code_key == key))


def list_children(session: Session, location_id: int) -> list[LocationRow]:
    """Return the locations directly inside one, by name, each with what is in it."""
    children = session.execute(_select().where(Location.parent_id == location_id))
    rows = [_row(row) for row in children]
    if not rows:
        return []
    around = rows[0].path[: rows[0].path.rstrip("/").rfind("/") + 1]
    inside = dict(
        session.execute(
            select(Location.id, Location.path).where(Location.path.startswith(around))
        ).all()
    )
    counts = _count_assets(session, among=around)
    path_counts = [(inside[id_], count) for id_, count in counts.items()]
    return [
        replace(row, inside=sum(n for path, n in path_counts if path.startswith(row.path)))
        for row in reversed(_in_order(rows))
    ]


def list_ancestors(session: Session, path: str) -> list[LocationRow]:
    """Return the locations around one, outermost first, without the location itself."""
    ids = [int(id_) for id_ in path.strip("/").split("/")[:-1]]
    rows = session.execute(_select().where(Location.id.in_(ids))) if ids else ()
    by_id = {row.id: _row(row) for row in rows}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def list_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, full name) of the locations in use, for a form."""
    rows = session.execute(
        select(Location.code, Location.full_name)
        .where(Location.is_active)
        .order_by(Location.full_name, Location.code)
    )
    return [(code, name) for code, name in rows]


def _with_codes(session: Session, rows: Sequence[LocationRow]) -> list[LocationRow]:
    codes: dict[int, list[tuple[str, str]]] = defaultdict(list)
    ids = [row.id for row in rows]
    for start in range(0, len(ids), 500):
        for id_, scheme, value in session.execute(
            select(Identifier.location_id, Identifier.scheme, Identifier.value)
            .where(
                Identifier.location_id.in_(ids[start : start + 500]), Identifier.ended_at.is_(None)
            )
            .order_by(Identifier.id)
        ):
            if id_ is not None:
                codes[id_].append((scheme, value))
    return [replace(row, identifiers=tuple(codes[row.id])) for row in rows]

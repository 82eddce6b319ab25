"""Selects over people: lists with search, and one person by number, or by id without a number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.numbers import read_id
from scanner_app.domain.register.many import Shown
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, Identifier, Person
from scanner_app.queries.paging import (
    Cursor,
    Page,
    read_cursor,
    write_cursor,
)
from scanner_app.queries.register.search import people_with, split_words


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person.

    `ref` names them in an address, `assets` is the number of assets assigned to them.
    """

    id: int
    number: str | None
    name: str
    email: str | None
    username: str | None
    department: str | None
    is_active: bool
    assets: int = 0
    badges: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        return self.number or f"~{self.id}"


def _select() -> Select[*tuple[Any, ...]]:
    return select(
        Person.id,
        Person.number,
        Person.name,
        Person.email,
        Person.username,
        Person.department,
        Person.is_active,
    )


# The orders of a list, by the name in its address. A person has one name, so none is NULL.
SORTS: Mapping[str, Any] = {
    "name": Person.name,
    "number": func.coalesce(Person.number, ""),
    "department": func.coalesce(Person.department, ""),
    "email": func.coalesce(Person.email, ""),
    "username": func.coalesce(Person.username, ""),
}


def list_people(
    session: Session,
    *,
    query: str = "",
    shown: Shown | None = None,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = 100,
) -> Page[PersonRow]:
    """Return a page of people in an order of `SORTS`, with a minus from its end.

    :raises Invalid: the order or the cursor is not known.
    """
    key, falls = SORTS.get(sort.removeprefix("-")), sort.startswith("-")
    if key is None:
        raise Invalid(
            "This order does not exist.", errors={"sort": [f"One of {', '.join(SORTS)}."]}
        )
    after = read_cursor(cursor, sort=sort)
    order = (key.desc(), Person.id.desc()) if falls else (key, Person.id)
    statement = _select().where(*_find(session, query, shown)).order_by(*order).limit(limit + 1)
    if after is not None:
        is_same = key == after.key
        statement = statement.where(
            (key < after.key) | (is_same & (Person.id < after.id))
            if falls
            else (key > after.key) | (is_same & (Person.id > after.id))
        )
    rows = list(session.execute(statement))
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        last = session.scalar(select(key).where(Person.id == rows[-1].id))
        following = write_cursor(Cursor(sort, str(last), rows[-1].id))
    return Page(_complete(session, rows), following)


def list_person_refs(session: Session, *, query: str, shown: Shown | None, most: int) -> list[str]:
    """Return what names the people that a list has in an address, by name, at most `most`."""
    statement = _select().where(*_find(session, query, shown)).order_by(Person.name, Person.id)
    return [PersonRow(*row).ref for row in session.execute(statement.limit(most))]


def count_people(session: Session, *, query: str, most: int, shown: Shown | None = None) -> int:
    """Return how many people a search finds, at most `most`."""
    few = select(Person.id).where(*_find(session, query, shown)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _find(session: Session, query: str, shown: Shown | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a person has every word, one of which may be a whole badge."""
    conditions: list[ColumnElement[bool]] = []
    if shown in (Shown.LEFT, Shown.LEFT_HOLDING):
        conditions.append(Person.is_active.is_(False))
    if shown in (Shown.HOLDING, Shown.LEFT_HOLDING):
        conditions.append(exists().where(Asset.custodian_id == Person.id))
    for word in split_words(query):
        badge = select(Identifier.person_id).where(
            Identifier.scheme == "badge",
            Identifier.value == tag_key(word),
            Identifier.ended_at.is_(None),
        )
        conditions.append(Person.id.in_(people_with(session, word)) | Person.id.in_(badge))
    return conditions


def find_person_id(session: Session, ref: str) -> int | None:
    """Return the id of a person by number, by `~id`, or by an id that is not anyone's number."""
    key = tag_key(ref)
    if not is_storable(key):
        return None
    found = session.scalar(
        select(Identifier.person_id).where(
            Identifier.scheme == "person_number",
            Identifier.value == key,
            Identifier.ended_at.is_(None),
        )
    )
    id_ = read_id(key.removeprefix("~"))
    if found is None and id_ is not None:
        found = session.scalar(select(Person.id).where(Person.id == id_))
    return found


def get_person(session: Session, ref: str) -> PersonRow:
    """Return one person.

    :raises NotFound: nobody has this number or id.
    """
    person_id = find_person_id(session, ref)
    if person_id is None:
        raise NotFound(f"Nobody has the number {ref[:64]!r}.")
    return get_person_by_id(session, person_id)


def get_person_by_id(session: Session, person_id: int) -> PersonRow:
    """Return one person by id."""
    return _complete(session, [session.execute(_select().where(Person.id == person_id)).one()])[0]


def _complete(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[PersonRow]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    holdings = session.execute(
        select(Asset.custodian_id, func.count())
        .where(Asset.custodian_id.in_(ids))
        .group_by(Asset.custodian_id)
    )
    counts = dict(holdings.all())
    badges = load_badges(session, ids)
    return [
        replace(PersonRow(*row), assets=counts.get(row.id, 0), badges=badges.get(row.id, ()))
        for row in rows
    ]


def load_badges(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the badges that mean each person now."""
    badges: dict[int, list[str]] = defaultdict(list)
    for id_, value in session.execute(
        select(Identifier.person_id, Identifier.value)
        .where(
            Identifier.person_id.in_(ids),
            Identifier.scheme == "badge",
            Identifier.ended_at.is_(None),
        )
        .order_by(Identifier.id)
    ):
        if id_ is not None:
            badges[id_].append(value)
    return {id_: tuple(values) for id_, values in badges.items()}

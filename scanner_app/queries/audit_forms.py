"""What the set-up page of an audit offers to choose from, and a scope in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.models import Asset, Category, Location, Person
from scanner_app.queries.scanning.codes import CodeIndex, custodian_values, place_values

MOST = 5000


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of the form: what it sends, what it says, and how deep it stands in the tree."""

    value: str
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    locations: list[Choice]
    categories: list[Choice]
    custodians: list[Choice]


def list_choices(session: Session) -> Choices:
    """Give places in the order of their tree, categories, and people who hold something."""
    places = session.execute(
        select(Location.code, Location.name, Location.path)
        .where(Location.is_active)
        .order_by(Location.full_name, Location.id)
        .limit(MOST)
    )
    categories = session.scalars(select(Category.name).order_by(Category.name).limit(MOST))
    holders = session.execute(
        select(Person.number, Person.name)
        .where(
            Person.number.is_not(None),
            Person.id.in_(select(Asset.custodian_id).where(Asset.custodian_id.is_not(None))),
        )
        .order_by(Person.name)
        .limit(MOST)
    )
    return Choices(
        [Choice(code, name, min(path.count("/") - 2, 5)) for code, name, path in places],
        [Choice(name, name) for name in categories],
        [Choice(number or "", name) for number, name in holders],
    )


def name_scope(
    session: Session, scope: Mapping[str, Any], *, now: datetime
) -> dict[str, list[Choice]]:
    """Give a scope as a person reads it: names beside the codes that it was set up with.

    What is known no longer keeps its code as its name.
    """
    places = [str(code) for code in scope.get("locations") or []]
    people = [str(who) for who in scope.get("custodians") or []]
    register = CodeIndex(
        session.connection(),
        {v for code in places for v in place_values(code)}
        | {v for who in people for v in custodian_values(who)},
    )
    meant = {code: register.find_place(place_values(code), now) for code in places}
    place_ids = {code: m.id if m.kind == "location" else None for code, m in meant.items()}
    person_ids = {who: register.find_custodian(custodian_values(who), now).id for who in people}
    place_names = _list_names(session, Location.id, Location.full_name, place_ids.values())
    person_names = _list_names(session, Person.id, Person.name, person_ids.values())
    labels = {stage.value: LABELS[stage] for stage in Stage}
    categories = [str(name) for name in scope.get("categories") or []]
    statuses = [str(stage) for stage in scope.get("statuses") or []]
    return {
        "locations": [Choice(c, place_names.get(i, c)) for c, i in place_ids.items()],
        "categories": [Choice(name, name) for name in categories],
        "custodians": [Choice(w, person_names.get(i, w)) for w, i in person_ids.items()],
        "statuses": [Choice(stage, labels.get(stage, stage)) for stage in statuses],
    }


def _list_names(
    session: Session,
    key: InstrumentedAttribute[int],
    name: InstrumentedAttribute[str],
    ids: Iterable[int | None],
) -> dict[int | None, str]:
    rows = session.execute(select(key, name).where(key.in_([i for i in ids if i is not None])))
    return {row[0]: row[1] for row in rows}

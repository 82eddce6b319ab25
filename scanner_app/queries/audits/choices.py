"""What the page that sets up an audit offers, and the names of a scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.models import Asset, Category, Location, Person
from scanner_app.queries.audits.scope import (
    find_custodians,
    find_locations,
    register_of_scope,
)

MAX_CHOICES = 5000


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of the form: its value, its text, and its depth in the tree."""

    value: str
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    locations: list[Choice]
    categories: list[Choice]
    custodians: list[Choice]


def list_choices(session: Session) -> Choices:
    """Return locations in the order of the tree, categories, and people who hold something."""
    places = session.execute(
        select(Location.code, Location.name, Location.path)
        .where(Location.is_active)
        .order_by(Location.full_name, Location.id)
        .limit(MAX_CHOICES)
    )
    categories = session.scalars(select(Category.name).order_by(Category.name).limit(MAX_CHOICES))
    holders = session.execute(
        select(Person.number, Person.name)
        .where(
            Person.number.is_not(None),
            Person.id.in_(select(Asset.custodian_id).where(Asset.custodian_id.is_not(None))),
        )
        .order_by(Person.name)
        .limit(MAX_CHOICES)
    )
    return Choices(
        [Choice(code, name, min(path.count("/") - 2, 5)) for code, name, path in places],
        [Choice(name, name) for name in categories],
        [Choice(number or "", name) for number, name in holders],
    )


def name_scope(
    session: Session, scope: Mapping[str, Any], *, now: datetime
) -> dict[str, list[Choice]]:
    """Return a scope as a person reads it: names beside the codes that it was set up with.

    The name of something that no longer exists is its code.
    """
    codes = register_of_scope(session, scope)
    place_ids = find_locations(codes, [str(c) for c in scope.get("locations") or []], now)
    person_ids = find_custodians(codes, [str(w) for w in scope.get("custodians") or []], now)
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

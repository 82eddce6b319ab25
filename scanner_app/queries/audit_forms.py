"""What the set-up page of an audit offers to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Category, Location, Person

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

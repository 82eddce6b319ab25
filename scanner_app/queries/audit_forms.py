"""What the set-up page of an audit offers to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Category, Location, Person

MOST = 2000


@dataclass(frozen=True, slots=True)
class Choices:
    """Pairs of value and text for each part of a scope."""

    locations: list[tuple[str, str]]
    categories: list[tuple[str, str]]
    custodians: list[tuple[str, str]]


def list_choices(session: Session) -> Choices:
    """Give places by their path, categories, and people who hold something."""
    places = session.execute(
        select(Location.code, Location.full_name)
        .where(Location.is_active)
        .order_by(Location.full_name)
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
        [(code, full) for code, full in places],
        [(name, name) for name in categories],
        [(number or "", name) for number, name in holders],
    )

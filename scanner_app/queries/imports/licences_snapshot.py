"""Licences and their open seats as an import compares its rows with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.licences.metrics import Metric
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Category, Licence, Person, Seat


@dataclass(frozen=True, slots=True)
class LicenceNow:
    """A licence as it is, with what an import compares and sets."""

    id: int
    asset_tag: str
    tag_key: str
    status: Stage
    product: str
    product_key: str
    key_hint: str
    metric: Metric
    seats: int
    given: int
    min_free: int
    min_cores: int
    starts_on: date | None
    ends_on: date | None
    maintained_until: date | None
    termination_on: date | None
    reassignable: bool
    allows_overuse: bool
    unit_price_cents: int | None
    currency: str | None
    category: str | None
    supplier: str | None
    order_number: str | None
    purchase_date: date | None
    purchase_cost_cents: int | None
    notes: str | None
    custom: dict[str, Any]


def list_licences_now(session: Session, ids: Collection[int] | None = None) -> list[LicenceNow]:
    """Return all licences, or those with these ids, in the order in which they were added."""
    statement = (
        select(
            Licence.asset_id, Asset.asset_tag, Asset.tag_key, Asset.status, Licence.product,
            Licence.product_key, Licence.key_hint, Licence.metric, Licence.seats, Licence.given,
            Licence.min_free, Licence.min_cores, Licence.starts_on, Licence.ends_on,
            Licence.maintained_until, Licence.termination_on, Licence.reassignable,
            Licence.allows_overuse, Licence.unit_price_cents, Licence.currency, Category.name,
            Asset.supplier, Asset.order_number, Asset.purchase_date,
            Asset.purchase_cost_cents, Asset.notes, Asset.custom,
        )
        .join(Asset, Asset.id == Licence.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .order_by(Licence.asset_id)
    )  # fmt: skip
    if ids is not None:
        statement = statement.where(Licence.asset_id.in_(ids))
    return [LicenceNow(*tuple(row)) for row in session.execute(statement)]


def load_seat_holders(session: Session) -> set[tuple[int, str, int]]:
    """Return who has an open seat: licence, the column of the holder, and the holder's id."""
    rows = session.execute(
        select(Seat.licence_id, Seat.person_id, Seat.asset_id).where(Seat.ended_at.is_(None))
    )
    return {
        (licence, "person_id" if person is not None else "asset_id", person or asset or 0)
        for licence, person, asset in rows
    }


def list_left_people(session: Session) -> dict[int, str]:
    """Return the people who are no longer here, by id."""
    rows = session.execute(select(Person.id, Person.name).where(Person.is_active.is_(False)))
    return {row.id: row.name for row in rows}

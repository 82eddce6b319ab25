"""One asset as lists, pages and exports show it: its row, the select for it, and its codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, func, select, text
from sqlalchemy.orm import Session, aliased

from scanner_app.models import Asset, AssetModel, Category, Identifier, Location, Person
from scanner_app.sql.value_list import is_among

Code = tuple[str, str]
_home = aliased(Location, name="home")
_seen = aliased(Location, name="seen")
_own_category = aliased(Category, name="own_category")
_model_category = aliased(Category, name="model_category")


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset as pages and programs see it.

    Locations and people are shown by their codes and names.
    """

    id: int
    asset_tag: str
    name: str
    serial_number: str | None
    status: str
    model: str | None
    model_number: str | None
    manufacturer: str | None
    category: str | None
    location: str | None
    location_name: str | None
    location_full_name: str | None
    home_location: str | None
    home_location_name: str | None
    custodian: str | None
    custodian_name: str | None
    custodian_ref: str | None
    due_at: datetime | None
    condition: str | None
    last_seen_at: datetime | None
    last_seen_location: str | None
    last_seen_location_name: str | None
    purchase_date: date | None
    purchase_cost_cents: int | None
    currency: str | None
    supplier: str | None
    order_number: str | None
    warranty_months: int | None
    eol_date: date | None
    lost_since: date | None
    notes: str | None
    custom: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    identifiers: tuple[Code, ...] = ()


@cache  # a statement never changes; adding a condition returns a new one
def select_assets() -> Select[*tuple[Any, ...]]:
    """Return the select behind every AssetRow, to which callers add conditions and order."""
    columns: Select[*tuple[Any, ...]] = select(
        Asset.id,
        Asset.tag_key,
        Asset.asset_tag,
        Asset.name,
        Asset.serial_number,
        Asset.status,
        AssetModel.name.label("model"),
        AssetModel.model_number,
        AssetModel.manufacturer,
        func.coalesce(_own_category.name, _model_category.name).label("category"),
        Location.code.label("location"),
        Location.name.label("location_name"),
        Location.full_name.label("location_full_name"),
        _home.code.label("home_location"),
        _home.name.label("home_location_name"),
        Person.id.label("person_id"),
        Person.number.label("person_number"),
        Person.email.label("person_email"),
        Person.name.label("custodian_name"),
        Asset.due_at,
        Asset.condition,
        Asset.last_seen_at,
        _seen.code.label("last_seen_location"),
        _seen.name.label("last_seen_location_name"),
        Asset.purchase_date,
        Asset.purchase_cost_cents,
        Asset.currency,
        Asset.supplier,
        Asset.order_number,
        Asset.warranty_months,
        Asset.eol_date,
        Asset.lost_since,
        Asset.notes,
        Asset.custom,
        Asset.created_at,
        Asset.updated_at,
    )
    return (
        columns.outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .outerjoin(_own_category, _own_category.id == Asset.category_id)
        .outerjoin(_model_category, _model_category.id == AssetModel.category_id)
        .outerjoin(Location, Location.id == Asset.location_id)
        .outerjoin(_home, _home.id == Asset.home_location_id)
        .outerjoin(_seen, _seen.id == Asset.last_seen_location_id)
        .outerjoin(Person, Person.id == Asset.custodian_id)
    )


def join_as_written(session: Session) -> None:
    """Make PostgreSQL join in the written order, in this transaction.

    Planning every order of these seven joins takes forty times as long as running the query.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL join_collapse_limit = 1"))


def person_ref(person_id: int, number: str | None) -> str:
    """Return what names a person in an address: the number, or `~id` for a person without one."""
    return number or f"~{person_id}"


@cache
def _names() -> tuple[str, ...]:
    return tuple(select_assets().selected_columns.keys())


_CODE = Identifier.__table__.c
_SELECT_CODES = (
    select(_CODE.asset_id, _CODE.scheme, _CODE.value)
    .where(is_among(_CODE.asset_id, "ids"), _CODE.ended_at.is_(None))
    .order_by(_CODE.id)
)


def make_rows(session: Session, found: Sequence[Row[*tuple[Any, ...]]]) -> list[AssetRow]:
    """Return AssetRows from the rows of `select_assets`, with the codes that mean each asset."""
    if not found:
        return []
    codes: dict[int, list[Code]] = defaultdict(list)
    ids = [row[0] for row in found]
    for asset_id, scheme, value in session.connection().execute(_SELECT_CODES, {"ids": ids}):
        codes[asset_id].append((scheme, value))
    return [_make_row(row, tuple(codes[row[0]])) for row in found]


def _make_row(row: Row[*tuple[Any, ...]], codes: tuple[Code, ...]) -> AssetRow:
    values: dict[str, Any] = dict(zip(_names(), row, strict=True))
    del values["tag_key"]  # the list orders by it
    person_id = values.pop("person_id")
    number, email = values.pop("person_number"), values.pop("person_email")
    values["status"] = values["status"].value
    for name in ("model", "model_number", "manufacturer"):
        values[name] = values[name] or None
    values["custom"] = values["custom"] or {}
    values["custodian"] = number or email or values["custodian_name"]
    values["custodian_ref"] = person_ref(person_id, number) if person_id is not None else None
    return AssetRow(**values, identifiers=codes)

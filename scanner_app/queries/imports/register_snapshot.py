"""The register as an import compares its rows with it: assets, codes, and all existing names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, Category, Identifier, Location, Person

# Fewer than the parameters that either database allows in one statement.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class AssetNow:
    """An asset as it is, with the columns that an import compares and sets."""

    id: int
    asset_tag: str
    tag_key: str
    name: str
    serial_number: str | None
    model_id: int | None
    category_id: int | None
    status: Stage
    location_id: int | None
    home_location_id: int | None
    custodian_id: int | None
    purchase_date: date | None
    purchase_cost_cents: int | None
    currency: str | None
    supplier: str | None
    order_number: str | None
    warranty_months: int | None
    eol_date: date | None
    notes: str | None
    custom: Mapping[str, Any]
    due_at: datetime | None


_ASSET_COLUMNS = [getattr(Asset, name) for name in AssetNow.__dataclass_fields__]


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield values in portions, each few enough for the parameters of one statement."""
    items = list(values)
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def assets_by_tag_key(session: Session, keys: Iterable[str]) -> dict[str, AssetNow]:
    found: dict[str, AssetNow] = {}
    for chunk in chunks(keys):
        for row in session.execute(select(*_ASSET_COLUMNS).where(Asset.tag_key.in_(chunk))):
            found[row.tag_key] = AssetNow(*row)
    return found


def assets_by_id(session: Session, ids: Iterable[int]) -> dict[int, AssetNow]:
    found: dict[int, AssetNow] = {}
    for chunk in chunks(ids):
        for row in session.execute(select(*_ASSET_COLUMNS).where(Asset.id.in_(chunk))):
            found[row.id] = AssetNow(*row)
    return found


class Named(NamedTuple):
    """An asset that a row of another kind names by its tag or its serial number."""

    id: int
    asset_tag: str
    status: Stage
    kind: AssetKind


def list_takers(session: Session, keys: Iterable[str]) -> dict[str, Named]:
    """Return assets by the keys of their tags."""
    return {
        row.tag_key: Named(row.id, row.asset_tag, row.status, row.kind)
        for chunk in chunks(keys)
        for row in session.execute(
            select(Asset.tag_key, Asset.id, Asset.asset_tag, Asset.status, Asset.kind).where(
                Asset.tag_key.in_(chunk)
            )
        )
    }


def list_by_serial(session: Session, keys: Iterable[str]) -> dict[str, list[Named]]:
    """Return assets by their serial numbers. Several may have the same."""
    found: dict[str, list[Named]] = {}
    for chunk in chunks(keys):
        for row in session.execute(
            select(Identifier.value, Asset.id, Asset.asset_tag, Asset.status, Asset.kind)
            .join(Asset, Asset.id == Identifier.asset_id)
            .where(
                Identifier.scheme == "serial",
                Identifier.value.in_(chunk),
                Identifier.ended_at.is_(None),
            )
            .order_by(Asset.id)
        ):
            found.setdefault(row.value, []).append(Named(*row[1:]))
    return found


@dataclass(frozen=True, slots=True)
class Holder:
    """The one thing that an open identifier means."""

    asset_id: int | None
    location_id: int | None
    person_id: int | None


def find_holders(
    session: Session, codes: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Holder]:
    """Return what each (scheme, value) means now."""
    by_scheme: dict[str, set[str]] = {}
    for scheme, value in codes:
        by_scheme.setdefault(scheme, set()).add(value)
    found: dict[tuple[str, str], Holder] = {}
    for scheme, values in by_scheme.items():
        for chunk in chunks(values):
            for row in session.execute(
                select(
                    Identifier.value,
                    Identifier.asset_id,
                    Identifier.location_id,
                    Identifier.person_id,
                ).where(
                    Identifier.scheme == scheme,
                    Identifier.value.in_(chunk),
                    Identifier.ended_at.is_(None),
                )
            ):
                found[scheme, row.value] = Holder(row.asset_id, row.location_id, row.person_id)
    return found


def open_identifiers(
    session: Session, *, asset_ids: Iterable[int] = (), person_ids: Iterable[int] = ()
) -> dict[int, set[tuple[str, str]]]:
    """Return the open identifiers of assets or of people, by id."""
    column, ids = (
        (Identifier.asset_id, list(asset_ids))
        if asset_ids
        else (Identifier.person_id, list(person_ids))
    )
    found: dict[int, set[tuple[str, str]]] = {}
    for chunk in chunks(ids):
        query = select(column, Identifier.scheme, Identifier.value).where(
            and_(column.in_(chunk), Identifier.ended_at.is_(None))
        )
        for holder, scheme, value in session.execute(query):
            found.setdefault(int(holder or 0), set()).add((scheme, value))
    return found


def all_places(session: Session) -> Sequence[Any]:
    return session.execute(
        select(
            Location.id,
            Location.code,
            Location.code_key,
            Location.name,
            Location.full_name,
            Location.kind,
            Location.parent_id,
        )
    ).all()


def all_people(session: Session) -> Sequence[Any]:
    return session.execute(
        select(
            Person.id,
            Person.number,
            Person.name,
            Person.email,
            Person.username,
            Person.department,
        )
    ).all()


def all_badges(session: Session) -> Sequence[tuple[str, int]]:
    """Return each badge that somebody has, and whose it is."""
    rows = session.execute(
        select(Identifier.value, Identifier.person_id).where(
            Identifier.scheme == "badge",
            Identifier.ended_at.is_(None),
            Identifier.person_id.is_not(None),
        )
    )
    return [(row.value, int(row.person_id or 0)) for row in rows]


def all_models(session: Session) -> Sequence[Any]:
    return session.execute(
        select(
            AssetModel.id,
            AssetModel.name,
            AssetModel.model_number,
            AssetModel.manufacturer,
            AssetModel.category_id,
        )
    ).all()


def all_categories(session: Session) -> Sequence[Any]:
    return session.execute(select(Category.id, Category.name)).all()

"""The rows of exported lists, in chunks, under the headers that our own import reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.models import Asset, Location, Person
from scanner_app.queries.register.asset_rows import (
    AssetRow,
    join_as_written,
    make_rows,
    select_assets,
)
from scanner_app.queries.register.assets import AssetFilter, list_custom_names, narrow
from scanner_app.queries.register.people import PersonRow, load_badges

CHUNK = 1000
LOCATION_HEADERS = FACTS[ImportKind.LOCATIONS].export_headers
PEOPLE_HEADERS = FACTS[ImportKind.PEOPLE].export_headers


def asset_headers(session: Session) -> tuple[list[str], list[str]]:
    """Return the headers of the asset export, and the names of the custom fields at their end."""
    custom = list_custom_names(session)
    return [*FACTS[ImportKind.ASSETS].export_headers, *custom], custom


def stream_assets(
    session: Session, *, wanted: AssetFilter, custom: list[str]
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the asset export by tag; they are read in chunks."""
    join_as_written(session)
    conditions = narrow(session, wanted)
    shared = find_shared_names(session)
    last = ""
    while True:
        found = session.execute(
            select_assets()
            .where(Asset.tag_key > last, *conditions)
            .order_by(Asset.tag_key)
            .limit(CHUNK)
        ).all()
        rows = make_rows(session, found)
        for row in rows:
            yield _asset_cells(row, custom, shared)
        if len(rows) < CHUNK:
            return
        last = tag_key(rows[-1].asset_tag)


def find_shared_names(session: Session) -> frozenset[str]:
    """Return the names that several people have."""
    counts = Counter(session.scalars(select(func.lower(Person.name))))
    return frozenset(name for name, count in counts.items() if count > 1)


def _name_holder(row: AssetRow, shared: frozenset[str]) -> str | None:
    """Return number, e-mail or name of the holder; of namesakes, the name with their id."""
    name = row.custodian
    if name is None or name != row.custodian_name or name.lower() not in shared:
        return name
    return f"{name} ({row.custodian_ref})"


def _asset_cells(row: AssetRow, custom: list[str], shared: frozenset[str]) -> tuple[object, ...]:
    own = {("tag", tag_key(row.asset_tag)), ("serial", tag_key(row.serial_number or ""))}
    cost = row.purchase_cost_cents
    return (
        row.asset_tag,
        row.name,
        row.serial_number,
        row.model,
        row.model_number,
        row.category,
        row.manufacturer,
        row.status,
        row.location,
        row.home_location,
        _name_holder(row, shared),
        row.purchase_date,
        None if cost is None else Decimal(cost).scaleb(-2),
        row.currency,
        row.supplier,
        row.order_number,
        row.warranty_months,
        row.eol_date,
        row.notes,
        " ".join(f"{code[0]}:{code[1]}" for code in row.identifiers if code not in own),
        *(row.custom.get(name) for name in custom),
    )


def stream_locations(session: Session) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the location export, each location after the one it is inside."""
    parent = aliased(Location)
    rows = session.execute(
        select(Location.code, Location.name, Location.kind, parent.code, Location.path)
        .outerjoin(parent, parent.id == Location.parent_id)
        .order_by(Location.path)
    ).all()
    for row in sorted(rows, key=lambda row: row.path.count("/")):
        yield tuple(row[:4])


def stream_people(session: Session) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the people export in the order they were added, read in chunks."""
    last = 0
    shared = find_shared_names(session)
    while True:
        rows = [
            PersonRow(*row)
            for row in session.execute(
                select(
                    Person.id,
                    Person.number,
                    Person.name,
                    Person.email,
                    Person.username,
                    Person.department,
                    Person.is_active,
                )
                .where(Person.id > last)
                .order_by(Person.id)
                .limit(CHUNK)
            )
        ]
        badges = load_badges(session, [row.id for row in rows])
        for row in rows:
            own = badges.get(row.id, ())
            number, name, *rest = astuple(row)[1:6]
            # Of namesakes, only the id tells whom a row without any code means.
            is_bare = not (number or row.email or row.username or own)
            if is_bare and name.lower() in shared:
                name = f"{name} (~{row.id})"
            yield (number, name, *rest, " ".join(own))
        if len(rows) < CHUNK:
            return
        last = rows[-1].id

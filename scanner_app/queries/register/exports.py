"""The rows of exported lists, in chunks, under headers that our own import recognizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import tag_key
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
ASSET_HEADERS = (
    "Asset Tag", "Asset Name", "Serial", "Model", "Model No.", "Category", "Manufacturer",
    "Status", "Location", "Default Location", "Checked Out To", "Purchase Date", "Purchase Cost",
    "Currency", "Supplier", "Order Number", "Warranty", "EOL Date", "Notes", "Identifiers",
)  # fmt: skip
LOCATION_HEADERS = ("Code", "Name", "Kind", "Parent")
PEOPLE_HEADERS = ("Number", "Name", "Email", "Username", "Department", "Badges")


def asset_headers(session: Session) -> tuple[list[str], list[str]]:
    """Return the headers of the asset export, and the names of the custom fields at their end."""
    custom = list_custom_names(session)
    return [*ASSET_HEADERS, *custom], custom


def stream_assets(
    session: Session, *, wanted: AssetFilter, custom: list[str]
) -> Iterator[tuple[object, ...]]:
    """Return the rows of the asset export, by tag, in chunks."""
    join_as_written(session)
    conditions = narrow(session, wanted)
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
            yield _asset_cells(row, custom)
        if len(rows) < CHUNK:
            return
        last = tag_key(rows[-1].asset_tag)


def _asset_cells(row: AssetRow, custom: list[str]) -> tuple[object, ...]:
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
        row.custodian,
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
    """Return the rows of the location export.

    Each location comes after the one that it is inside.
    """
    parent = aliased(Location)
    rows = session.execute(
        select(Location.code, Location.name, Location.kind, parent.code, Location.path)
        .outerjoin(parent, parent.id == Location.parent_id)
        .order_by(Location.path)
    ).all()
    for row in sorted(rows, key=lambda row: row.path.count("/")):
        yield tuple(row[:4])


def stream_people(session: Session) -> Iterator[tuple[object, ...]]:
    """Return the rows of the people export in chunks, in the order in which people were added."""
    last = 0
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
            yield (*astuple(row)[1:6], " ".join(badges.get(row.id, ())))
        if len(rows) < CHUNK:
            return
        last = rows[-1].id

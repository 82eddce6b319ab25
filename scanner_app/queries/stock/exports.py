"""The rows of the stock export: an item at each location, under headers that our import reads."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.models import Location
from scanner_app.queries.imports.stock_snapshot import (
    ItemNow,
    Minimum,
    list_items,
    load_levels,
    load_minimums,
)

HEADERS = FACTS[ImportKind.STOCK].export_headers


def list_custom_headers(session: Session) -> list[str]:
    """Return the names of the custom fields of stock items, each once."""
    return sorted({name for item in list_items(session) for name in item.custom})


def stream_stock(session: Session, *, custom: list[str]) -> Iterator[tuple[object, ...]]:
    """Yield a row for each item and location with pieces or a minimum.

    A row without a location holds the minimum of all locations together. An item that has neither
    pieces nor minimums has one such row.
    """
    codes = {row.id: row.code for row in session.execute(select(Location.id, Location.code))}
    levels, minimums = load_levels(session), load_minimums(session)
    places: dict[int, set[int | None]] = {}
    for item_id, place_id in (*levels, *minimums):
        places.setdefault(item_id, set()).add(place_id)
    for item in list_items(session):
        for place_id in sorted(places.get(item.id, {None}), key=lambda id_: id_ or 0):
            yield _cells(
                item,
                codes.get(place_id or 0),
                levels.get((item.id, place_id)),
                minimums.get((item.id, place_id), Minimum(None, None)),
                custom,
            )


def _cells(
    item: ItemNow, place: str | None, level: int | None, minimum: Minimum, custom: list[str]
) -> tuple[object, ...]:
    cost = item.unit_cost_cents
    return (
        item.name,
        item.category,
        item.supplier,
        item.manufacturer,
        level,
        place,
        minimum.least,
        item.supplier_code,
        item.notes,
        None if cost is None else Decimal(cost).scaleb(-2),
        item.currency,
        item.code,
        item.stock_class.value,
        item.unit,
        item.pack_quantity,
        minimum.target,
        *(item.custom.get(name) for name in custom),
    )

"""The lists of the register as tables, and how many rows each has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.files.made import MadeKind
from scanner_app.domain.numbers import read_id
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.narrowing import read_narrowing
from scanner_app.models import Location, Person
from scanner_app.queries.register import exports
from scanner_app.queries.register.assets import AssetFilter, count_found
from scanner_app.queries.register.locations import get_location
from scanner_app.queries.register.people import get_person
from scanner_app.queries.stock import exports as stock_exports
from scanner_app.queries.stock.list import StockFilter, count_stock
from scanner_app.services.files.table_writers import ExportTable


def read_asset_filter(session: Session, given: Mapping[str, str], *, now: datetime) -> AssetFilter:
    """Return which assets the address of a list names.

    :param given: the parts of the address; what is not about assets is left aside.
    :raises Invalid: the status, a day or a flag is not valid.
    :raises NotFound: the location or the person does not exist.
    """
    try:
        status = Stage(given["status"]) if "status" in given else None
    except ValueError:
        raise Invalid("This status is not known. Choose one from the list.") from None
    for name in ("overdue", "unassigned"):
        if given.get(name, "yes") != "yes":
            raise Invalid(f"{name} must be `yes` or left out. Start again from the list.")
    place = get_location(session, given["location"]) if "location" in given else None
    person = get_person(session, given["custodian"]) if "custodian" in given else None
    return AssetFilter(
        query=given.get("q", ""),
        status=status,
        category=given.get("category"),
        location_id=place.id if place else None,
        custodian_id=person.id if person else None,
        overdue_at=now if "overdue" in given else None,
        narrowed=read_narrowing(given, now),
        unseen_since=_read_day(given["unseen"]) if "unseen" in given else None,
        is_unassigned="unassigned" in given,
        model_id=(read_id(given["model"]) or 0) if "model" in given else None,
    )


def _read_day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise Invalid("“Not seen since” must be a day. Start again from the list.") from None


def make_table(
    session: Session, kind: MadeKind, address: Mapping[str, str], *, now: datetime
) -> ExportTable:
    """Return a list of the register as a table, whose rows are read as they are written.

    :param address: the filters of the list of assets.
    :raises Invalid, NotFound: as `read_asset_filter`.
    """
    match kind:
        case MadeKind.ASSETS:
            return make_asset_table(session, read_asset_filter(session, address, now=now))
        case MadeKind.LOCATIONS:
            rows = exports.stream_locations(session)
            return ExportTable("Locations", exports.LOCATION_HEADERS, cast("Any", rows))
        case MadeKind.PEOPLE:
            rows = exports.stream_people(session)
            return ExportTable("People", exports.PEOPLE_HEADERS, cast("Any", rows))
        case MadeKind.STOCK:
            custom = stock_exports.list_custom_headers(session)
            rows = stock_exports.stream_stock(session, custom=custom)
            return ExportTable("Stock", [*stock_exports.HEADERS, *custom], cast("Any", rows))
    raise NotFound("This is not a list of the register.")


def make_asset_table(session: Session, wanted: AssetFilter) -> ExportTable:
    """Return the assets of a filter as a table."""
    headers, custom = exports.asset_headers(session)
    rows = exports.stream_assets(session, wanted=wanted, custom=custom)
    return ExportTable("Assets", headers, cast("Any", rows))


def count_rows(
    session: Session, kind: MadeKind, address: Mapping[str, str], *, now: datetime, most: int
) -> int:
    """Return how many rows a list has, at most `most`; of stock, how many items.

    :raises Invalid, NotFound: as `read_asset_filter`.
    """
    match kind:
        case MadeKind.ASSETS:
            wanted = read_asset_filter(session, address, now=now)
            return count_found(session, wanted=wanted, most=most)
        case MadeKind.STOCK:
            return count_stock(session, StockFilter(), most=most)
    table = Location if kind is MadeKind.LOCATIONS else Person
    few = select(table.id).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0

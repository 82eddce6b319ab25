"""The orders of a list of assets, by the name in its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, func, literal, select, type_coerce

from scanner_app.models import Asset, AssetModel, Location, Person, UTCDateTime

# Where nothing is recorded: before all that is, or after it.
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of a list.

    :param key: what is compared. It is never NULL, since a page ends at one key and the next page
        begins after it.
    :param falls: the last comes first.
    :param is_moment: the key is a time; else it is a text.
    """

    key: Any
    falls: bool = False
    is_moment: bool = False


def _name_of(column: Any, owner: Any) -> ColumnElement[Any]:
    """Return the name of what an asset refers to, empty where it refers to nothing."""
    named = select(column).where(column.class_.id == owner).correlate(Asset).scalar_subquery()
    return func.coalesce(named, literal("", Text))


def _moment(column: Any, if_none: datetime) -> ColumnElement[Any]:
    return func.coalesce(column, literal(if_none, UTCDateTime()), type_=UTCDateTime())


_TEXTS: dict[str, Any] = {
    "tag": Asset.tag_key,
    "name": Asset.name,
    "serial": func.coalesce(Asset.serial_number, literal("", Text)),
    "status": type_coerce(Asset.status, Text),
    "model": _name_of(AssetModel.name, Asset.model_id),
    "location": _name_of(Location.full_name, Asset.location_id),
    "holder": _name_of(Person.name, Asset.custodian_id),
}
# What is not due is never the most urgent, whichever end comes first.
SORTS: Mapping[str, Sort] = {
    **{name: Sort(key) for name, key in _TEXTS.items()},
    **{f"-{name}": Sort(key, falls=True) for name, key in _TEXTS.items()},
    "due": Sort(_moment(Asset.due_at, _LAST), is_moment=True),
    "-due": Sort(_moment(Asset.due_at, _FIRST), falls=True, is_moment=True),
    "seen": Sort(_moment(Asset.last_seen_at, _FIRST), is_moment=True),
    "-seen": Sort(_moment(Asset.last_seen_at, _FIRST), falls=True, is_moment=True),
    "updated": Sort(Asset.updated_at, is_moment=True),
    "-updated": Sort(Asset.updated_at, falls=True, is_moment=True),
}

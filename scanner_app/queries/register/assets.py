"""Selects over assets: lists with search and filters, one whole asset, what a form offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.register.lifecycle import THERE, Stage
from scanner_app.domain.register.narrowing import Narrowing
from scanner_app.domain.text import is_storable, visible
from scanner_app.models import Asset, AssetModel, Category, Location, UTCDateTime
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor
from scanner_app.queries.register.asset_rows import (
    AssetRow,
    join_as_written,
    make_rows,
    select_assets,
)
from scanner_app.queries.register.asset_sorts import SORTS
from scanner_app.queries.register.narrowing import is_overdue, narrow_to
from scanner_app.queries.register.search import Found, find_assets
from scanner_app.sql.value_list import is_among, is_one_of

_ASSET = Asset.__table__.c
_Row = Row[*tuple[Any, ...]]
# Assets whose whole code matches come first, by tag, whatever the order of the list.
_LEADING = "whole code"


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """The filters of a list; None means no filter. A location includes everything inside it.

    `is_here` keeps only those exactly in the location that are there: not what is missing or only
    ordered. `overdue_at` keeps only the check-outs that were due before that moment, `unseen_since`
    what was not seen since then, `is_unassigned` what nobody has, `ids` only these.
    """

    query: str = ""
    status: Stage | None = None
    category: str | None = None
    location_id: int | None = None
    is_here: bool = False
    custodian_id: int | None = None
    overdue_at: datetime | None = None
    narrowed: Narrowing | None = None
    unseen_since: datetime | None = None
    model_id: int | None = None
    is_unassigned: bool = False
    ids: tuple[int, ...] | None = None


def list_assets(
    session: Session,
    *,
    wanted: AssetFilter,
    sort: str = "tag",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AssetRow]:
    """Return a page of assets. Assets whose whole code is the search text come first, by tag.

    :raises Invalid: the order or the cursor is not known.
    """
    if sort not in SORTS:
        raise Invalid(
            "This order does not exist.", errors={"sort": [f"One of {', '.join(SORTS)}."]}
        )
    # A page may end among the whole-code matches, because many assets may share one serial number.
    after = read_cursor(cursor, sort=sort, or_sort=_LEADING)
    leads = after is None or after.sort == _LEADING
    join_as_written(session)
    found = find_assets(session, wanted.query)
    conditions = _filter(session, wanted)
    rows: list[_Row] = []
    if found and found.exact and leads:
        beyond = [_is_beyond("tag", after)] if after else []
        rows += _load_rows(session, found.exact, "tag", [*conditions, *beyond], limit + 1)
    leading = len(rows)
    if leading <= limit:
        if after is not None and not leads:
            conditions.append(_is_beyond(sort, after))
        ids = _find_ids(session, found, conditions, sort, limit + 1 - leading)
        if ids:
            rows += _load_rows(session, ids, sort)
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(_mark(session, rows[-1], _LEADING if limit <= leading else sort))
    return Page(make_rows(session, rows), following)


def _find_ids(
    session: Session,
    found: Found | None,
    conditions: Sequence[ColumnElement[bool]],
    sort: str,
    limit: int,
) -> Sequence[int]:
    """Return the ids of the assets of a page, without the whole-code matches.

    Ids alone, so that an index gives their order. With every join that a row needs, SQLite reads
    and sorts the whole register.
    """
    conditions = [*conditions, *(found.conditions if found else ())]
    values: dict[str, Any] = {"most": limit}
    statement = _select_first(sort)
    if found and found.ids is not None:
        few = sorted(found.ids.difference(found.exact))
        if not conditions and len(few) <= limit:
            return few  # all of them are on the page, whatever the order
        values["ids"] = few
        statement = _select_first_of(sort)
    elif found and found.exact:
        conditions.append(~is_one_of(_ASSET.id, found.exact))
    if conditions:  # without conditions it is a constant that needs no planning
        statement = statement.where(*conditions)
    return session.connection().scalars(statement, values).all()


def _load_rows(
    session: Session,
    ids: Sequence[int],
    sort: str,
    conditions: Sequence[ColumnElement[bool]] = (),
    limit: int | None = None,
) -> Sequence[_Row]:
    """Return the rows of these assets in an order of the list, only the first `limit`."""
    statement = _select_of_ids(sort)
    if conditions:
        statement = statement.where(*conditions)
    if limit is not None and limit < len(ids):
        statement = statement.limit(limit)
    return session.connection().execute(statement, {"ids": ids}).all()


@cache
def _select_first(sort: str) -> Select[int]:
    """Return the select of the first ids in an order of the list, at most the parameter `most`."""
    return select(Asset.id).order_by(*_order(sort)).limit(bindparam("most", type_=Integer))


@cache
def _select_first_of(sort: str) -> Select[int]:
    """Return the same select, limited to the parameter `ids`."""
    return _select_first(sort).where(is_among(_ASSET.id, "ids"))


@cache
def _select_of_ids(sort: str) -> Select[*tuple[Any, ...]]:
    """Return the select of the rows of the parameter `ids` in an order of the list."""
    return select_assets().where(is_among(_ASSET.id, "ids")).order_by(*_order(sort))


def _order(sort: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    by = SORTS[sort]
    return (by.key.desc(), Asset.id.desc()) if by.falls else (by.key.asc(), Asset.id.asc())


def _is_beyond(sort: str, after: Cursor) -> ColumnElement[bool]:
    """Return the condition that a row comes after the end of the last page."""
    by = SORTS[sort]
    key: Any = after.key
    if by.is_moment:
        try:
            key = datetime.fromisoformat(after.key).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Invalid(
                "This page does not exist. Start again from the first one.",
                errors={"cursor": ["Not a cursor of this list."]},
            ) from None
        key = literal(key, UTCDateTime())
    if by.falls:
        beyond = by.key < key, Asset.id < after.id
    else:
        beyond = by.key > key, Asset.id > after.id
    return or_(beyond[0], and_(by.key == key, beyond[1]))


def _mark(session: Session, row: _Row, sort: str) -> Cursor:
    by = SORTS["tag" if sort == _LEADING else sort]
    key = session.scalar(select(by.key).where(Asset.id == row.id))
    return Cursor(sort, key.isoformat() if isinstance(key, datetime) else str(key), row.id)


def narrow(session: Session, wanted: AssetFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter, including its search text."""
    found = find_assets(session, wanted.query)
    conditions = _filter(session, wanted)
    return conditions if found is None else [*conditions, found.match()]


def count_found(session: Session, *, wanted: AssetFilter, most: int) -> int:
    """Return how many assets match a filter and its search text, at most `most`."""
    few = select(Asset.id).where(*narrow(session, wanted)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def list_ids(session: Session, *, wanted: AssetFilter, most: int) -> list[int]:
    """Return the ids of the assets that match a filter and its search text, by tag."""
    statement = select(Asset.id).where(*narrow(session, wanted)).order_by(Asset.tag_key).limit(most)
    return list(session.scalars(statement))


def load_assets(session: Session, ids: Sequence[int]) -> list[AssetRow]:
    """Return the assets with these ids, by tag. An id that no asset has is left out."""
    join_as_written(session)
    return make_rows(session, _load_rows(session, list(ids), "tag")) if ids else []


def count_assets(session: Session, *, wanted: AssetFilter) -> int:
    """Return how many assets match a filter. The search text is ignored."""
    statement = select(func.count()).select_from(Asset).where(*_filter(session, wanted))
    return session.scalar(statement) or 0


def _filter(session: Session, wanted: AssetFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(Asset.status == wanted.status)
    if wanted.category is not None:
        named = select(Category.id).where(Category.name == wanted.category)
        of_model = select(AssetModel.id).where(AssetModel.category_id.in_(named))
        conditions.append(
            or_(
                Asset.category_id.in_(named),
                and_(Asset.category_id.is_(None), Asset.model_id.in_(of_model)),
            )
        )
    if wanted.model_id is not None:
        conditions.append(Asset.model_id == wanted.model_id)
    if wanted.location_id is not None and wanted.is_here:
        conditions += [Asset.location_id == wanted.location_id, Asset.status.in_(sorted(THERE))]
    elif wanted.location_id is not None:
        path = session.scalar(select(Location.path).where(Location.id == wanted.location_id))
        inside = select(Location.id).where(Location.path.startswith(path or "?"))
        conditions.append(Asset.location_id.in_(inside))
    if wanted.custodian_id is not None:
        conditions.append(Asset.custodian_id == wanted.custodian_id)
    if wanted.ids is not None:
        conditions.append(is_one_of(_ASSET.id, wanted.ids))
    if wanted.is_unassigned:
        conditions.append(Asset.custodian_id.is_(None))
    if wanted.unseen_since is not None:
        conditions.append(
            or_(Asset.last_seen_at.is_(None), Asset.last_seen_at < wanted.unseen_since)
        )
    if wanted.overdue_at is not None:
        conditions.extend(is_overdue(wanted.overdue_at))
    if wanted.narrowed is not None:
        conditions.extend(narrow_to(wanted.narrowed))
    return conditions


def get_asset(session: Session, asset_tag: str) -> AssetRow:
    """Return one asset by its tag, in any spelling. A former tag does not find it.

    :raises NotFound: no asset has this tag.
    """
    return get_asset_by_id(session, find_asset_id(session, asset_tag))


def get_asset_by_id(session: Session, asset_id: int) -> AssetRow:
    """Return one asset by id."""
    join_as_written(session)
    [row] = make_rows(session, _load_rows(session, [asset_id], "tag"))
    return row


def find_asset_id(session: Session, asset_tag: str) -> int:
    """Return the id of the asset with a tag.

    :raises NotFound: no asset has this tag.
    """
    key = tag_key(asset_tag)
    asset_id = None
    if is_storable(key):
        asset_id = session.scalar(select(Asset.id).where(Asset.tag_key == key))
    if asset_id is None:
        raise NotFound(f"No asset has the tag “{visible(asset_tag[:64])}”.")
    return asset_id


def list_categories(session: Session) -> list[str]:
    """Return the names of all categories, for a filter and a form."""
    return sorted(session.scalars(select(Category.name)), key=str.casefold)


def name_model(session: Session, model_id: int) -> str:
    """Return the maker and the name of a model; empty if it does not exist."""
    model = session.get(AssetModel, model_id)
    return " ".join(filter(None, (model.manufacturer, model.name))) if model else ""


def list_model_names(session: Session) -> list[str]:
    """Return the names of all models, for a form."""
    statement = select(AssetModel.name).where(AssetModel.name != "").distinct().limit(2000)
    return sorted(session.scalars(statement), key=str.casefold)


def list_models(session: Session) -> list[tuple[str, str, str]]:
    """Return all models as (name, model number, manufacturer), for a form."""
    rows = session.execute(
        select(AssetModel.name, AssetModel.model_number, AssetModel.manufacturer)
        .where(AssetModel.name != "")
        .order_by(AssetModel.name)
        .limit(2000)
    )
    return [(name, number, maker) for name, number, maker in rows]


def list_custom_names(session: Session) -> list[str]:
    """Return the names of the custom fields in use, sorted."""
    if session.get_bind().dialect.name == "sqlite":
        entries = func.json_each(Asset.custom).table_valued("key")
        statement = select(entries.c.key).select_from(Asset).join(entries, true()).distinct()
    else:
        statement = select(func.jsonb_object_keys(Asset.custom)).distinct()
    return sorted(session.scalars(statement), key=lambda name: (name.casefold(), name))

"""Assets, read: lists with search and filters, one asset whole, and what a form offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from scanner_app.decoding.identifiers import tag_key
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.text import visible
from scanner_app.models import Asset, AssetModel, Category, Identifier, Location, Person
from scanner_app.models.among import is_among, is_one_of
from scanner_app.queries.paging import Cursor, Page, is_storable, read_cursor, write_cursor
from scanner_app.queries.search import Found, find_assets

Code = tuple[str, str]
_ASSET = Asset.__table__.c
_home = aliased(Location, name="home")
_seen = aliased(Location, name="seen")
_own_category = aliased(Category, name="own_category")
_model_category = aliased(Category, name="model_category")

# The orders that a list may have, by the name in its address: column, and whether newest first.
SORTS: Mapping[str, tuple[InstrumentedAttribute[Any], bool]] = {
    "tag": (Asset.tag_key, False),
    "-tag": (Asset.tag_key, True),
    "name": (Asset.name, False),
    "-name": (Asset.name, True),
    "updated": (Asset.updated_at, False),
    "-updated": (Asset.updated_at, True),
}


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One asset as pages and programs see it; places and people by what a person reads."""

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
    notes: str | None
    custom: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    identifiers: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """What a list is narrowed to; None leaves it open. Places include all that is inside.

    `overdue_at` leaves the check-outs that were due before that moment.
    """

    query: str = ""
    status: Stage | None = None
    category: str | None = None
    location_id: int | None = None
    is_here: bool = False
    custodian_id: int | None = None
    overdue_at: datetime | None = None


@cache  # a statement never changes: conditions make another one of it
def select_assets() -> Select[*tuple[Any, ...]]:
    """Give the select behind every AssetRow, open for conditions and order."""
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
    """Let PostgreSQL join in the order written, in this transaction.

    To weigh every order of these seven joins takes it forty times as long as to run them.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL join_collapse_limit = 1"))


def person_ref(person_id: int, number: str | None) -> str:
    """Give the name of a person in an address: the number, or `~id` where there is none."""
    return number or f"~{person_id}"


def make_row(row: Row[*tuple[Any, ...]]) -> AssetRow:
    """Make an AssetRow of what `select_assets` gives."""
    values = dict(row._mapping)  # noqa: SLF001 - the public name for a row's columns by name
    del values["tag_key"]  # the list orders by it
    person_id = values.pop("person_id")
    number, email = values.pop("person_number"), values.pop("person_email")
    return AssetRow(
        **{
            **values,
            "status": values["status"].value,
            "model": values["model"] or None,
            "model_number": values["model_number"] or None,
            "manufacturer": values["manufacturer"] or None,
            "custom": values["custom"] or {},
            "custodian": number or email or values["custodian_name"],
            "custodian_ref": person_ref(person_id, number) if person_id is not None else None,
        }
    )


def list_assets(
    session: Session,
    *,
    wanted: AssetFilter,
    sort: str = "tag",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AssetRow]:
    """Give a page of assets. What is searched for by its whole code stands first.

    :raises Invalid: the order or the cursor is not known.
    """
    if sort not in SORTS:
        raise Invalid("This order is not known.", errors={"sort": [f"One of {', '.join(SORTS)}."]})
    after = read_cursor(cursor, sort=sort)
    join_as_written(session)
    found = find_assets(session, wanted.query)
    conditions = _filter(session, wanted)
    rows: list[Row[*tuple[Any, ...]]] = []
    if found and found.exact and after is None:
        whole = _select_of_ids("tag").where(*conditions)
        rows = list(session.connection().execute(whole, {"ids": found.exact}))
    leading = len(rows)
    if after is not None:
        conditions.append(_is_beyond(sort, after))
    ids = _find_ids(session, found, conditions, sort, limit + 1 - leading)
    if ids:
        rows += session.connection().execute(_select_of_ids(sort), {"ids": ids})
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(_mark(rows[-1], sort)) if limit > leading else None
    return Page(load_codes(session, [make_row(row) for row in rows]), following)


def _find_ids(
    session: Session,
    found: Found | None,
    conditions: Sequence[ColumnElement[bool]],
    sort: str,
    limit: int,
) -> Sequence[int]:
    """Give the assets of a page but for those found as a whole code.

    By themselves, so that an index gives their order: with all that a row shows joined to them,
    SQLite reads and sorts the whole register.
    """
    conditions = [*conditions, *(found.conditions if found else ())]
    if found and found.ids is not None:
        others = found.ids.difference(found.exact)
        if not others:
            return ()
        conditions.append(is_one_of(_ASSET.id, sorted(others)))
    elif found and found.exact:
        conditions.append(~is_one_of(_ASSET.id, found.exact))
    statement = select(Asset.id).where(*conditions).order_by(*_order(sort)).limit(limit)
    return session.connection().scalars(statement).all()


@cache
def _select_of_ids(sort: str) -> Select[*tuple[Any, ...]]:
    """Give the select of the parameter `ids` in an order of the list."""
    return select_assets().where(is_among(_ASSET.id, "ids")).order_by(*_order(sort))


def _order(sort: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    by, falls = SORTS[sort]
    return (by.desc(), Asset.id.desc()) if falls else (by.asc(), Asset.id.asc())


def _is_beyond(sort: str, after: Cursor) -> ColumnElement[bool]:
    """Give the condition that a row stands after where the last page ended."""
    by, falls = SORTS[sort]
    key: Any = after.key
    if by is Asset.updated_at:
        try:
            key = datetime.fromisoformat(after.key).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Invalid(
                "This page is not known. Start again from the first one.",
                errors={"cursor": ["Not a cursor of this list."]},
            ) from None
    beyond = (by < key, Asset.id < after.id) if falls else (by > key, Asset.id > after.id)
    return or_(beyond[0], and_(by == key, beyond[1]))


def _mark(row: Row[*tuple[Any, ...]], sort: str) -> Cursor:
    key = row._mapping[SORTS[sort][0].key]  # noqa: SLF001 - the public name for columns by name
    return Cursor(sort, key.isoformat() if isinstance(key, datetime) else str(key), row.id)


def narrow(session: Session, wanted: AssetFilter) -> list[ColumnElement[bool]]:
    """Give the conditions of a filter, its search text with the rest."""
    found = find_assets(session, wanted.query)
    conditions = _filter(session, wanted)
    return conditions if found is None else [*conditions, found.match()]


def count_assets(session: Session, *, wanted: AssetFilter) -> int:
    """Give how many assets a filter has; the search text is left out of it."""
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
    if wanted.location_id is not None and wanted.is_here:
        conditions.append(Asset.location_id == wanted.location_id)
    elif wanted.location_id is not None:
        path = session.scalar(select(Location.path).where(Location.id == wanted.location_id))
        inside = select(Location.id).where(Location.path.startswith(path or "?"))
        conditions.append(Asset.location_id.in_(inside))
    if wanted.custodian_id is not None:
        conditions.append(Asset.custodian_id == wanted.custodian_id)
    if wanted.overdue_at is not None:
        conditions.extend(is_overdue(wanted.overdue_at))
    return conditions


def is_overdue(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Give the conditions of a check-out that is past its date."""
    return Asset.due_at < now, Asset.status == Stage.IN_USE


_CODE = Identifier.__table__.c
_SELECT_CODES = (
    select(_CODE.asset_id, _CODE.scheme, _CODE.value)
    .where(is_among(_CODE.asset_id, "ids"), _CODE.ended_at.is_(None))
    .order_by(_CODE.id)
)


def load_codes(session: Session, rows: Sequence[AssetRow]) -> list[AssetRow]:
    """Give the rows with the codes that mean each asset now."""
    codes: dict[int, list[Code]] = defaultdict(list)
    ids = [row.id for row in rows]
    if ids:
        for asset_id, scheme, value in session.connection().execute(_SELECT_CODES, {"ids": ids}):
            if asset_id is not None:
                codes[asset_id].append((scheme, value))
    return [replace(row, identifiers=tuple(codes[row.id])) for row in rows]


def get_asset(session: Session, asset_tag: str) -> AssetRow:
    """Give one asset by its tag, in whatever writing; an old tag of it is no tag of it now.

    :raises NotFound: no asset has this tag.
    """
    return one_of(session, find_asset_id(session, asset_tag))


def one_of(session: Session, asset_id: int) -> AssetRow:
    """Give one asset by id."""
    join_as_written(session)
    row = session.execute(select_assets().where(Asset.id == asset_id)).one()
    return load_codes(session, [make_row(row)])[0]


def find_asset_id(session: Session, asset_tag: str) -> int:
    """Give the id of the asset with a tag.

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
    """Give the names of all categories, for a filter and a form."""
    return sorted(session.scalars(select(Category.name)), key=str.casefold)


def list_models(session: Session) -> list[tuple[str, str, str]]:
    """Give all models as (name, model number, manufacturer), for a form."""
    rows = session.execute(
        select(AssetModel.name, AssetModel.model_number, AssetModel.manufacturer)
        .where(AssetModel.name != "")
        .order_by(AssetModel.name)
        .limit(2000)
    )
    return [(name, number, maker) for name, number, maker in rows]


def list_custom_names(session: Session) -> list[str]:
    """Give the names of the custom fields in use, in order."""
    if session.get_bind().dialect.name == "sqlite":
        entries = func.json_each(Asset.custom).table_valued("key")
        statement = select(entries.c.key).select_from(Asset).join(entries, true()).distinct()
    else:
        statement = select(func.jsonb_object_keys(Asset.custom)).distinct()
    return sorted(session.scalars(statement), key=lambda name: (name.casefold(), name))

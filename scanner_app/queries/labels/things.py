"""The things that labels are printed for, by the codes that name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.domain.labels.bodies import CUSTOM
from scanner_app.domain.stock.items import CODE_SCHEME
from scanner_app.models import Asset, AssetModel, Identifier, Kit, Location, Person, StockItem
from scanner_app.queries.register.asset_rows import join_as_written, select_assets
from scanner_app.queries.scanning.codes import CodeIndex, Meaning, values_of

# The kind, the id, and of a bin its code: an item has several.
Thing = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class LabelledThing:
    """A thing as its label names it; `code` is empty if it has none.

    :param kind: asset, location, person, kit or bin: what a code of stock stands for.
    """

    kind: str
    code: str
    name: str
    texts: dict[str, str] = field(default_factory=dict)
    serial: str = ""
    giai: str = ""
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class FoundThings:
    """What a list of codes names, in its order, and the codes that name nothing or two things."""

    things: tuple[LabelledThing, ...]
    unknown: tuple[str, ...]


def find_things(
    session: Session, codes: Sequence[str], *, rules: TagRules, at: datetime
) -> FoundThings:
    """Return what each code means, each thing once."""
    readings = [read_code(code, rules=rules) for code in codes]
    index = CodeIndex(session.connection(), {value for r in readings for value in values_of(r)})
    meanings = [index.find(reading, at=at) for reading in readings]
    named = [(m.kind, m.id, _bin_code(m)) for m in meanings if m.id is not None]
    loaded = _load(session, dict.fromkeys(named))
    unknown = [code for code, m in zip(codes, meanings, strict=True) if m.id is None]
    found = tuple(loaded[one] for one in dict.fromkeys(named) if one in loaded)
    return FoundThings(found, tuple(unknown))


def _bin_code(meaning: Meaning) -> str:
    """Return what is printed on the label of stock; empty for the item's own code."""
    named = meaning.identifier
    is_own = named is None or named.scheme in {CODE_SCHEME, "gtin"}
    return "" if meaning.kind != "stock_item" or named is None or is_own else named.value


def _load(session: Session, wanted: dict[Thing, None]) -> dict[Thing, LabelledThing]:
    ids: dict[str, list[int]] = defaultdict(list)
    for kind, id_, _ in wanted:
        ids[kind].append(id_)
    found = _load_assets(session, ids["asset"]) if ids["asset"] else {}
    places = select(Location).where(Location.id.in_(ids["location"]))
    for place in session.scalars(places) if ids["location"] else ():
        # Its own name is on the line above.
        around = place.full_name.removesuffix(place.name).rstrip(" /")
        texts = {"name": place.name, "full_name": around}
        found["location", place.id, ""] = LabelledThing("location", place.code, place.name, texts)
    people = select(Person).where(Person.id.in_(ids["person"]))
    for person in session.scalars(people) if ids["person"] else ():
        texts = {"name": person.name, "department": person.department or ""}
        found["person", person.id, ""] = LabelledThing(
            "person", person.number or "", person.name, texts
        )
    kits = (
        select(Kit.id, Kit.tag, Kit.name, Location.name.label("home"))
        .outerjoin(Location, Location.id == Kit.home_location_id)
        .where(Kit.id.in_(ids["kit"]))
    )
    for kit in session.execute(kits) if ids["kit"] else ():
        texts = {"name": kit.name, "home_location": kit.home or ""}
        found["kit", kit.id, ""] = LabelledThing("kit", kit.tag, kit.name, texts)
    codes = [one for one in wanted if one[0] == "stock_item"]
    return found | _load_bins(session, codes)


def _load_bins(session: Session, wanted: Sequence[Thing]) -> dict[Thing, LabelledThing]:
    """Return the labels of stock: of a bin with its location, else of the item."""
    ids = [id_ for _, id_, _ in wanted]
    if not ids:
        return {}
    items = {
        row.id: row
        for row in session.execute(
            select(StockItem.id, StockItem.code, StockItem.name).where(StockItem.id.in_(ids))
        )
    }
    bins = {
        row.value: row.full_name or row.name
        for row in session.execute(
            select(Identifier.value, Location.full_name, Location.name)
            .join(Location, Location.id == Identifier.bin_location_id)
            .where(Identifier.stock_item_id.in_(ids), Identifier.ended_at.is_(None))
        )
    }
    found: dict[Thing, LabelledThing] = {}
    for thing in wanted:
        _, id_, code = thing
        item = items[id_]
        texts = {"name": item.name, "full_name": bins.get(code, "")}
        found[thing] = LabelledThing("bin", code or item.code, item.name, texts)
    return found


def _load_assets(session: Session, ids: list[int]) -> dict[Thing, LabelledThing]:
    join_as_written(session)
    codes = select(Identifier.asset_id, Identifier.value).where(
        Identifier.asset_id.in_(ids), Identifier.scheme == "giai", Identifier.ended_at.is_(None)
    )
    giais = {row.asset_id: row.value for row in session.execute(codes)}
    found: dict[Thing, LabelledThing] = {}
    category = func.coalesce(Asset.category_id, AssetModel.category_id).label("category_id")
    wanted = select_assets().add_columns(category).where(Asset.id.in_(ids))
    for row in session.execute(wanted):
        model = " ".join(filter(None, (row.manufacturer, row.model)))
        serial = row.serial_number or ""
        texts = {
            "name": row.name or "",
            "model": model if model != row.name else "",
            "serial_number": f"S/N {serial}" if serial else "",
            "category": row.category or "",
            "home_location": row.home_location_name or "",
            **{f"{CUSTOM}{name}": str(value) for name, value in (row.custom or {}).items()},
        }
        found["asset", row.id, ""] = LabelledThing(
            "asset",
            row.asset_tag,
            row.name or model,
            texts,
            serial,
            giais.get(row.id, ""),
            row.category_id,
        )
    return found


def list_codes_in(session: Session, location_id: int, *, limit: int) -> list[str]:
    """Return the codes of a location and of all assets in it and inside it."""
    place = session.get_one(Location, location_id)
    inside = select(Location.id).where(Location.path.startswith(place.path))
    tags = (
        select(Asset.asset_tag)
        .where(Asset.location_id.in_(inside))
        .order_by(Asset.tag_key)
        .limit(limit)
    )
    return [place.code, *session.scalars(tags)][:limit]


def list_codes_of(session: Session, person_id: int, *, limit: int) -> list[str]:
    """Return the number of a person and the tags of all assets that are assigned to them."""
    number = session.scalar(select(Person.number).where(Person.id == person_id))
    tags = (
        select(Asset.asset_tag)
        .where(Asset.custodian_id == person_id)
        .order_by(Asset.tag_key)
        .limit(limit)
    )
    return [*([number] if number else []), *session.scalars(tags)][:limit]

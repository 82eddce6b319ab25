"""One search over everything: assets, people, locations, models, categories and audits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.lifecycle.tasks import CODE_SCHEME
from scanner_app.domain.spelling import find_nearest
from scanner_app.models import Asset, AssetModel, Audit, Category, Kit, Location, Person, StockItem
from scanner_app.queries.lifecycle.task_cards import load_task_cards
from scanner_app.queries.register.asset_rows import AssetRow, person_ref
from scanner_app.queries.register.assets import AssetFilter, list_assets
from scanner_app.queries.register.locations import LocationRow, list_locations
from scanner_app.queries.register.people import PersonRow, list_people
from scanner_app.queries.register.search import split_words
from scanner_app.queries.scanning.codes import CodeIndex, values_of
from scanner_app.queries.stock.list import StockFilter, StockRow, list_stock

# How many words are read to find what a misspelt one may have meant.
MAX_WORDS_KNOWN = 20_000
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class ModelHit:
    name: str
    manufacturer: str
    assets: int


@dataclass(frozen=True, slots=True)
class CategoryHit:
    name: str
    assets: int


@dataclass(frozen=True, slots=True)
class AuditHit:
    id: int
    name: str
    state: AuditState


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found: the first few of each kind. `more` names the lists that have more."""

    assets: list[AssetRow]
    people: list[PersonRow]
    locations: list[LocationRow]
    models: list[ModelHit]
    categories: list[CategoryHit]
    audits: list[AuditHit]
    stock: list[StockRow]
    more: frozenset[str]

    @property
    def is_empty(self) -> bool:
        return not (
            self.assets
            or self.people
            or self.locations
            or self.models
            or self.categories
            or self.audits
            or self.stock
        )


@dataclass(frozen=True, slots=True)
class ExactHit:
    """The one thing that a whole code means. `name` is what names it in an address."""

    kind: str  # asset, location, person, stock_item, kit, task (whose name is its page)
    name: str


def find_exact_hit(
    session: Session, text: str, *, rules: TagRules, now: datetime
) -> ExactHit | None:
    """Return the one thing that a text means as a code, read as a scanner's would be."""
    reading = read_code(text, rules=rules)
    meaning = CodeIndex(session.connection(), values_of(reading)).find(reading, at=now)
    if meaning.id is None:
        return None
    if meaning.kind == "asset":
        tag = session.scalar(select(Asset.asset_tag).where(Asset.id == meaning.id))
        return ExactHit("asset", tag) if tag else None
    if meaning.kind == "location":
        code = session.scalar(select(Location.code).where(Location.id == meaning.id))
        return ExactHit("location", code) if code else None
    if meaning.kind == "stock_item":
        stock = session.scalar(select(StockItem.code).where(StockItem.id == meaning.id))
        return ExactHit("stock_item", stock) if stock else None
    if meaning.kind == "kit":
        tag = session.scalar(select(Kit.tag).where(Kit.id == meaning.id))
        return ExactHit("kit", tag) if tag else None
    if meaning.kind == CODE_SCHEME:
        card = load_task_cards(session, [meaning.id]).get(meaning.id)
        return ExactHit(CODE_SCHEME, card.page) if card else None
    number = session.scalar(select(Person.number).where(Person.id == meaning.id))
    return ExactHit("person", person_ref(meaning.id, number))


def find_everything(session: Session, query: str, *, limit: int, with_audits: bool) -> Hits:
    """Return the first things of each kind that contain every word of a search.

    :param with_audits: whether the person who asks may see audits.
    """
    assets = list_assets(session, wanted=AssetFilter(query=query), limit=limit)
    people = list_people(session, query=query, limit=limit)
    locations = list_locations(session, query=query, limit=limit)
    models = _find_models(session, query, limit)
    categories = _find_categories(session, query, limit)
    audits = _find_audits(session, query, limit + 1) if with_audits else []
    stock = list_stock(session, wanted=StockFilter(query=query), limit=limit)
    is_cut = {
        "assets": assets.next is not None,
        "people": people.next is not None,
        "locations": locations.next is not None,
        "audits": len(audits) > limit,
        "stock": stock.next is not None,
    }
    return Hits(
        list(assets.rows),
        list(people.rows),
        list(locations.rows),
        models,
        categories,
        audits[:limit],
        list(stock.rows),
        frozenset(kind for kind, cut in is_cut.items() if cut),
    )


def _contains(query: str, *columns: InstrumentedAttribute[str]) -> list[Any]:
    """Return the conditions that each word is in one of the columns, in either case."""
    return [
        or_(*(func.lower(column).contains(word.lower(), autoescape=True) for column in columns))
        for word in split_words(query)
    ]


def _find_models(session: Session, query: str, limit: int) -> list[ModelHit]:
    statement = (
        select(AssetModel.name, AssetModel.manufacturer, func.count(Asset.id))
        .outerjoin(Asset, Asset.model_id == AssetModel.id)
        .where(
            AssetModel.name != "",
            *_contains(query, AssetModel.name, AssetModel.manufacturer, AssetModel.model_number),
        )
        .group_by(AssetModel.name, AssetModel.manufacturer)
        .order_by(func.count(Asset.id).desc(), AssetModel.name)
        .limit(limit)
    )
    return [ModelHit(name, maker, count) for name, maker, count in session.execute(statement)]


def _find_categories(session: Session, query: str, limit: int) -> list[CategoryHit]:
    of_model = select(AssetModel.id).where(AssetModel.category_id == Category.id)
    count = (
        select(func.count(Asset.id))
        .where(
            or_(
                Asset.category_id == Category.id,
                Asset.category_id.is_(None) & Asset.model_id.in_(of_model),
            )
        )
        .scalar_subquery()
    )
    statement = (
        select(Category.name, count)
        .where(*_contains(query, Category.name))
        .order_by(Category.name)
        .limit(limit)
    )
    return [CategoryHit(name, number or 0) for name, number in session.execute(statement)]


def _find_audits(session: Session, query: str, limit: int) -> list[AuditHit]:
    statement = (
        select(Audit.id, Audit.name, Audit.state)
        .where(*_contains(query, Audit.name))
        .order_by(Audit.id.desc())
        .limit(limit)
    )
    return [AuditHit(id_, name, state) for id_, name, state in session.execute(statement)]


def suggest_query(session: Session, query: str) -> str | None:
    """Return a search with the misspelt words mended, or None if no word is like a known one."""
    known = set(_read_words(session))
    words = [word.casefold() for word in split_words(query)]
    mended = [word if word in known else find_nearest(word, known) or word for word in words]
    return " ".join(mended) if mended != words else None


def _read_words(session: Session) -> Iterator[str]:
    """Yield the words of models, categories, people and locations, without their case."""
    for column in (
        AssetModel.name,
        AssetModel.manufacturer,
        Category.name,
        Location.name,
        Person.name,
        Person.department,
    ):
        texts = session.scalars(select(column).distinct().limit(MAX_WORDS_KNOWN))
        for text in texts:
            yield from _WORD.findall((text or "").casefold())

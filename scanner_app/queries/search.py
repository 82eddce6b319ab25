"""Search as you type: which assets have every word, each in whatever field.

A word is found in an asset's tag, serial and name by the trigram index (migration 0002), and in
its model, custodian and place through their small tables: so a renamed room or person is found
under the new name at once, and a scan that moves an asset has no index to keep. Few finds are
fetched as ids; a word that half the register has is tested row by row in the order of the list,
which then fills its page soon. What people type is only ever compared, never run.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy.orm import Session

from scanner_app.decoding.identifiers import read_code, tag_key
from scanner_app.models import Asset, AssetModel, Identifier, Location, Person
from scanner_app.queries.paging import is_storable
from scanner_app.queries.resolution import values_of

MOST_WORDS = 8
LONGEST_WORD = 100
FEW = 500
TRIGRAM = 3
# Stands for what no database can be asked for: no name holds it.
NOBODYS = "\ufffe\uffff\ufffe"
# Mapped columns of one class; SQLAlchemy has no one type for those that may be NULL and the others.
Columns = Sequence[Any]
_asset_text = table("asset_search", column("asset_id", Integer), column("text", Text))


@dataclass(frozen=True, slots=True)
class Found:
    """What a search comes to: conditions on Asset, and the ids that stand first.

    :param exact: assets of which the whole text is a tag, serial or other code.
    :param ids: the only assets that can match, where they are few; None otherwise.
    """

    conditions: tuple[ColumnElement[bool], ...]
    exact: tuple[int, ...] = ()
    ids: frozenset[int] | None = None


def split_words(query: str) -> list[str]:
    """Give the words of a search; the same word twice counts once."""
    if not is_storable(query):
        return [NOBODYS]
    words = unicodedata.normalize("NFC", query).split()
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words))[:MOST_WORDS]


def find_assets(session: Session, query: str) -> Found | None:
    """Give what a search comes to, or None where nothing is searched for."""
    if not is_storable(query):
        return Found((false(),), (), frozenset())
    words = split_words(query)
    if not words:
        return None
    exact = find_exact(session, query)
    narrow: frozenset[int] | None = None
    broad: list[ColumnElement[bool]] = []
    for word in words:
        ids = _find_few(session, word)
        if ids is None:
            broad.append(_has_word(session, word))
        else:
            narrow = ids if narrow is None else narrow & ids
    conditions = list(broad)
    if narrow is not None:
        conditions.append(Asset.id.in_(sorted(narrow)))
    return Found(tuple(conditions), exact, narrow)


def find_exact(session: Session, query: str) -> tuple[int, ...]:
    """Give the assets of which the text is a code, as a scanner would read it."""
    values = {tag_key(query), *values_of(read_code(query))}
    ids = session.scalars(
        select(Identifier.asset_id)
        .where(
            Identifier.value.in_(sorted(values)),
            Identifier.ended_at.is_(None),
            Identifier.asset_id.is_not(None),
        )
        .distinct()
        .limit(20)
    )
    return tuple(sorted(id_ for id_ in ids if id_ is not None))


def people_with(session: Session, word: str) -> Select[int]:
    """Give the select of the ids of people who have a word in name, number, e-mail or username."""
    columns = (Person.number, Person.name, Person.email, Person.username, Person.department)
    return _ids_with(session, "person", columns, word)


def places_with(session: Session, word: str) -> Select[int]:
    """Give the select of the ids of places that have a word in code or full name."""
    return _ids_with(session, "location", (Location.code, Location.full_name), word)


def models_with(session: Session, word: str) -> Select[int]:
    """Give the select of the ids of models that have a word in name, number or manufacturer."""
    columns = (AssetModel.name, AssetModel.model_number, AssetModel.manufacturer)
    return _ids_with(session, "asset_model", columns, word)


def _find_few(session: Session, word: str) -> frozenset[int] | None:
    """Give the assets that have a word where they are few, else None."""
    found = union_all(
        _own_ids(session, word),
        *(select(Asset.id).where(condition) for condition in _has_related(session, word)),
    ).limit(FEW + 1)
    ids = session.scalars(found).all()
    return frozenset(ids) if len(ids) <= FEW else None


def _has_related(session: Session, word: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Asset.model_id.in_(models_with(session, word)),
        Asset.custodian_id.in_(people_with(session, word)),
        Asset.location_id.in_(places_with(session, word)),
    )


def _has_word(session: Session, word: str) -> ColumnElement[bool]:
    """Give the condition that an asset has a word, to be tested row by row."""
    columns = (Asset.asset_tag, Asset.name, Asset.serial_number)
    own: ColumnElement[bool]
    if not _is_sqlite(session):
        own = or_(*(_contains_any_case(c, word) for c in columns))
    elif word.isascii():
        own = or_(*(_contains(c, word) for c in columns))
    else:  # SQLite's own comparison knows the case of ASCII letters only
        own = Asset.id.in_(_own_ids(session, word))
    return or_(own, *_has_related(session, word))


def _own_ids(session: Session, word: str) -> Select[int]:
    if not _is_sqlite(session):
        lowered = func.lower(literal(_escape(word), Text))
        return select(_asset_text.c.asset_id).where(
            _asset_text.c.text.like("%" + lowered + "%", escape="\\")
        )
    return _sqlite_ids(
        "asset", (Asset.asset_tag, Asset.name, Asset.serial_number), word, select(Asset.id)
    )


def _ids_with(session: Session, name: str, columns: Columns, word: str) -> Select[int]:
    owner = columns[0].class_.id
    if _is_sqlite(session):
        return _sqlite_ids(name, columns, word, select(owner))
    return select(owner).where(or_(*(_contains_any_case(c, word) for c in columns)))


def _sqlite_ids(name: str, columns: Columns, word: str, rows: Select[int]) -> Select[int]:
    if len(word) < TRIGRAM:
        return rows.where(or_(*(_contains(c, word) for c in columns)))
    index = table(f"{name}_search", column("rowid", Integer))
    # A quoted phrase holds no operator; a quote inside it is doubled.
    phrase = '"' + word.replace('"', '""') + '"'
    return select(index.c.rowid).where(column(f"{name}_search").op("MATCH")(literal(phrase)))


def _contains(where: Any, word: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = where.like(f"%{_escape(word)}%", escape="\\")
    return condition


def _contains_any_case(where: Any, word: str) -> ColumnElement[bool]:
    lowered = func.lower(literal(_escape(word), Text))
    return func.lower(where).like("%" + lowered + "%", escape="\\")


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"

"""Search as you type: the assets that contain every word, each word in any field.

The trigram index (migration 0002) finds a word in an asset's tag, serial and name. Its model,
assigned person and location are searched in their own small tables. So a renamed room or person is
found under the new name at once, and a scan that moves an asset updates no index. If few assets
match, their ids are loaded. A word that half the register contains is tested row by row in the
order of the list, which fills its page quickly. The text that people type is only compared, never
run.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
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

from scanner_app.decoding.codes.read import read_code, tag_key
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, AssetModel, Identifier, Location, Person
from scanner_app.queries.scanning.codes import values_of
from scanner_app.sql.value_list import is_among, is_one_of

MAX_WORDS = 8
MAX_WORD = 100
FEW = 2500
TRIGRAM = 3
# Replaces characters that cannot be sent to a database. No name contains it.
NOBODYS = "\ufffe\uffff\ufffe"
# Mapped columns of one class. SQLAlchemy has no single type for nullable and other columns.
Columns = Sequence[Any]
_ASSET_ID = Asset.__table__.c.id
_CODE = Identifier.__table__.c
_EXACT = (
    select(_CODE.asset_id)
    .where(is_among(_CODE.value, "values"), _CODE.ended_at.is_(None), _CODE.asset_id.is_not(None))
    .distinct()
)
_asset_text = table("asset_search", column("asset_id", Integer), column("text", Text))


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a search: conditions on Asset, and the ids that come first.

    :param conditions: what must be tested row by row.
    :param exact: assets of which the whole text is a tag, serial or other code.
    :param ids: the only assets that can match, if they are few; otherwise None.
    """

    conditions: tuple[ColumnElement[bool], ...]
    exact: tuple[int, ...] = ()
    ids: frozenset[int] | None = None

    def match(self) -> ColumnElement[bool]:
        """Return the condition that an asset matches, by its words or as a whole code."""
        words = list(self.conditions)
        if self.ids is not None:
            words.append(is_one_of(_ASSET_ID, sorted(self.ids)))
        return or_(and_(*words), is_one_of(_ASSET_ID, self.exact)) if self.exact else and_(*words)


def split_words(query: str) -> list[str]:
    """Return the words of a search, each once."""
    if not is_storable(query):
        return [NOBODYS]
    words = unicodedata.normalize("NFC", query).split()
    return list(dict.fromkeys(word[:MAX_WORD] for word in words))[:MAX_WORDS]


def find_assets(session: Session, query: str) -> Found | None:
    """Return the result of a search, or None without a search text."""
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
    return Found(tuple(broad), exact, narrow)


def find_exact(session: Session, query: str) -> tuple[int, ...]:
    """Return the assets that have the text as a code, compared as a scanner would read it."""
    # What is copied from a web page may hold marks that nobody sees, and no code has one.
    seen = "".join(char for char in query if unicodedata.category(char) != "Cf")
    values = {tag_key(seen), *values_of(read_code(seen))}
    ids = session.connection().scalars(_EXACT, {"values": sorted(values)})
    return tuple(sorted(id_ for id_ in ids if id_ is not None))


def people_with(session: Session, word: str) -> Select[int]:
    """Return the select of the ids of people with a word in name, number, e-mail or username."""
    return _people_with(_Word(is_sqlite(session), word))


def places_with(session: Session, word: str) -> Select[int]:
    """Return the select of the ids of locations with a word in code or full name."""
    return _places_with(_Word(is_sqlite(session), word))


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@dataclass(frozen=True, slots=True)
class _Word:
    """A word to compare with: as a literal, or as the parameters of a statement that is reused."""

    is_sqlite: bool
    text: str | None = None
    is_short: bool = False

    @property
    def has_trigrams(self) -> bool:
        return not (self.is_short if self.text is None else len(self.text) < TRIGRAM)

    @property
    def pattern(self) -> ColumnElement[str]:
        if self.text is None:
            return bindparam("pattern", type_=Text)
        return literal(_pattern(self.text), Text)

    @property
    def phrase(self) -> ColumnElement[str]:
        if self.text is None:
            return bindparam("phrase", type_=Text)
        return literal(_phrase(self.text), Text)


def _pattern(word: str) -> str:
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _phrase(word: str) -> str:
    # A quoted phrase contains no operator. A quote inside it is doubled.
    return '"' + word.replace('"', '""') + '"'


def _people_with(word: _Word) -> Select[int]:
    columns = (Person.number, Person.name, Person.email, Person.username, Person.department)
    return _ids_with("person", columns, word)


def _places_with(word: _Word) -> Select[int]:
    return _ids_with("location", (Location.code, Location.full_name), word)


def _models_with(word: _Word) -> Select[int]:
    columns = (AssetModel.name, AssetModel.model_number, AssetModel.manufacturer)
    return _ids_with("asset_model", columns, word)


def _find_few(session: Session, word: str) -> frozenset[int] | None:
    """Return the ids of the assets that contain a word if they are few, else None."""
    statement = _select_few(_Word(is_sqlite(session), is_short=len(word) < TRIGRAM))
    values = {"pattern": _pattern(word), "phrase": _phrase(word), "most": FEW + 1}
    ids = session.connection().scalars(statement, values).all()
    return frozenset(ids) if len(ids) <= FEW else None


@cache  # built and compiled once, because that costs more than running it
def _select_few(word: _Word) -> Any:
    return union_all(
        _own_ids(word),
        *(select(Asset.id).where(condition) for condition in _has_related(word)),
    ).limit(bindparam("most", type_=Integer))


def _has_related(word: _Word) -> tuple[ColumnElement[bool], ...]:
    return (
        Asset.model_id.in_(_models_with(word)),
        Asset.custodian_id.in_(_people_with(word)),
        Asset.location_id.in_(_places_with(word)),
    )


def _has_word(session: Session, text: str) -> ColumnElement[bool]:
    """Return the condition that an asset contains a word, to be tested row by row."""
    word = _Word(is_sqlite(session), text)
    columns = (Asset.asset_tag, Asset.name, Asset.serial_number)
    own: ColumnElement[bool]
    if not word.is_sqlite:
        own = or_(*(_contains_any_case(c, word) for c in columns))
    elif text.isascii():
        own = or_(*(_contains(c, word) for c in columns))
    else:  # SQLite's own comparison ignores case only for ASCII letters
        own = Asset.id.in_(_own_ids(word))
    return or_(own, *_has_related(word))


def _own_ids(word: _Word) -> Select[int]:
    if not word.is_sqlite:
        return select(_asset_text.c.asset_id).where(
            _asset_text.c.text.like(func.lower(word.pattern), escape="\\")
        )
    return _sqlite_ids(
        "asset", (Asset.asset_tag, Asset.name, Asset.serial_number), word, select(Asset.id)
    )


def _ids_with(name: str, columns: Columns, word: _Word) -> Select[int]:
    owner = columns[0].class_.id
    if word.is_sqlite:
        return _sqlite_ids(name, columns, word, select(owner))
    return select(owner).where(or_(*(_contains_any_case(c, word) for c in columns)))


def _sqlite_ids(name: str, columns: Columns, word: _Word, rows: Select[int]) -> Select[int]:
    if not word.has_trigrams:
        return rows.where(or_(*(_contains(c, word) for c in columns)))
    index = table(f"{name}_search", column("rowid", Integer))
    return select(index.c.rowid).where(column(f"{name}_search").op("MATCH")(word.phrase))


def _contains(where: Any, word: _Word) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = where.like(word.pattern, escape="\\")
    return condition


def _contains_any_case(where: Any, word: _Word) -> ColumnElement[bool]:
    return func.lower(where).like(func.lower(word.pattern), escape="\\")

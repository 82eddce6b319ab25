"""What scanned codes, places and custodians mean: many at once, by one select."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select

from scanner_app.decoding.codes.read import Card, Reading, read_code, tag_key, to_normal_form
from scanner_app.decoding.codes.read import Identifier as Code
from scanner_app.domain.lifecycle.tasks import CODE_SCHEME as TASK_SCHEME
from scanner_app.domain.lifecycle.tasks import read_number
from scanner_app.domain.stock.items import CODE_SCHEME
from scanner_app.domain.stockroom.kits import CODE_SCHEME as KIT_SCHEME
from scanner_app.models import Identifier, Task
from scanner_app.sql.bulk_read import Lookup
from scanner_app.sql.value_list import is_among

# A plain text may be any of these. Which one it is, only the register knows.
PLAIN = frozenset(
    {"tag", "serial", "location_code", "badge", "person_number", "alias", "tid", "epc"}
    | {CODE_SCHEME, KIT_SCHEME}
)
CUSTODIAN = frozenset({"person_number", "badge", "email", "username"})
PLACE = frozenset({"location_code", "gln", "alias"})
# Whose values are numbers of radio cards, however they are spelled.
CARD = frozenset({"tid", "epc", "badge"})
# The lengths of the hexadecimal numbers of 125 kHz cards: 32 and 40 bits.
_CARD_LENGTHS = (8, 10)


class Meaning(NamedTuple):
    """What a code means. `options` names each thing that an ambiguous code could mean.

    :param id: None of a task that does not exist: its code still is not a label.
    :param quantity: how many pieces of a stock item the code stands for.
    :param bin_id: the location at which the label of a bin says that the item lies.
    """

    kind: str  # asset, location, person, stock_item, kit, task, unregistered, ambiguous
    id: int | None = None
    identifier: Code | None = None
    options: tuple[tuple[str, int], ...] = ()
    quantity: int = 1
    bin_id: int | None = None


NOTHING = Meaning("unregistered")
# scheme, value, asset, location, person, started_at, ended_at, stock item, its quantity and bin,
# kit
_Row = tuple[Any, ...]

_ID = Identifier.__table__.c
_SELECT = select(
    _ID.scheme,
    _ID.value,
    _ID.asset_id,
    _ID.location_id,
    _ID.person_id,
    _ID.started_at,
    _ID.ended_at,
    _ID.stock_item_id,
    _ID.quantity,
    _ID.bin_location_id,
    _ID.kit_id,
)
_LABELS = Lookup(_SELECT.where(is_among(_ID.value, "values")), "values")


class CodeIndex:
    """The identifier rows that a batch may need, loaded by one select."""

    def __init__(self, connection: Connection, values: Iterable[str]) -> None:
        self._connection = connection
        self._rows: dict[str, list[_Row]] = defaultdict(list)
        for row in _LABELS.fetch(connection, sorted(set(values))):
            self._rows[row[1]].append(row)

    def find(self, reading: Reading, *, at: datetime) -> Meaning:
        """Return what a reading meant at a moment; the first candidate that means anything wins.

        Rivals do not win over each other, and neither does one way to cut GS1 data over another:
        where they mean two things, the code is ambiguous.
        """
        found = NOTHING
        for candidate in reading.candidates:
            found = self._find_one(candidate, at)
            if found is not NOTHING:
                if candidate in reading.rivals:
                    found = _join(found, [self._find_one(one, at) for one in reading.rivals])
                break
        others = [self._find_one(one, at) for one in reading.others]
        if any(other is not NOTHING for other in others):
            return _join(found, others, is_sure=found is not NOTHING)
        if found is NOTHING and reading.card is not None:
            return self._find_card(reading.card, at)
        return found

    def _find_one(self, candidate: Code, at: datetime) -> Meaning:
        scheme, value = candidate
        if scheme == TASK_SCHEME:
            return self._find_task(candidate)
        rows = self._rows.get(value)
        if not rows:
            return NOTHING
        schemes = PLAIN if scheme in {"tag", "serial"} else (scheme,)
        return self._pick(rows, schemes, at, candidate)

    def _find_task(self, candidate: Code) -> Meaning:
        """Return the task whose page a code links to. Its number is in no list of labels."""
        named = read_number(candidate.value)
        kind = (
            self._connection.scalar(select(Task.kind).where(Task.id == named[1])) if named else None
        )
        is_right = named is not None and kind is named[0]
        return Meaning(TASK_SCHEME, named[1] if named and is_right else None, candidate)

    def _find_card(self, card: Card, at: datetime) -> Meaning:
        """Return what a radio card means that is registered in another spelling.

        Few codes come here, since only those that mean nothing as they are written do.
        """
        rows = _LABELS.fetch(self._connection, sorted(card.spellings))
        if card.tails:
            longer = _SELECT.where(
                _ID.scheme.in_(CARD),
                func.length(_ID.value).in_(_CARD_LENGTHS),
                or_(*(_ID.value.like(f"%{tail}") for tail in card.tails)),
            )
            rows += [tuple(row) for row in self._connection.execute(longer)]
        unique = list(dict.fromkeys(rows))
        return self._pick(unique, CARD, at, None) if unique else NOTHING

    def find_place(self, values: Sequence[str], at: datetime) -> Meaning:
        """Return the location that one of the values names."""
        return self._find_among(values, PLACE, at)

    def find_custodian(self, values: Sequence[str], at: datetime) -> Meaning:
        """Return the person that one of the values names."""
        return self._find_among(values, CUSTODIAN, at)

    def _find_among(self, values: Sequence[str], schemes: frozenset[str], at: datetime) -> Meaning:
        for value in values:
            rows = self._rows.get(value)
            if rows:
                meaning = self._pick(rows, schemes, at, None)
                if meaning is not NOTHING:
                    return meaning
        return NOTHING

    @staticmethod
    def _pick(
        rows: list[_Row],
        schemes: Collection[str],
        at: datetime,
        candidate: Code | None,
    ) -> Meaning:
        if len(rows) == 1:
            return _judge_alone(rows[0], schemes, at)
        found: dict[tuple[str, int], Code] = {}
        fallback: dict[tuple[str, int], Code] = {}
        stock: dict[tuple[str, int], tuple[int, int | None]] = {}
        for scheme, value, asset_id, location_id, person_id, started_at, ended_at, *of in rows:
            if scheme not in schemes:
                continue
            thing = _thing(asset_id, location_id, person_id, of[0], of[3])
            stock.setdefault(thing, (of[1] or 1, of[2]))
            # A label that moved from one asset to another meant the first one until it moved.
            if started_at <= at and (ended_at is None or at < ended_at):
                found[thing] = Code(scheme, value)
            elif ended_at is None:
                # Labelled after the time of the scan: the device's clock is wrong, or an import
                # brought labels that were on the shelf long before. No other thing had the label.
                fallback[thing] = Code(scheme, value)
        chosen = found or fallback
        if not chosen:
            return NOTHING
        if len(chosen) > 1:
            return Meaning("ambiguous", None, candidate, tuple(sorted(chosen)))
        (thing, code), *_ = chosen.items()
        return Meaning(thing[0], thing[1], code, (), *stock[thing])


def _judge_alone(row: _Row, schemes: Collection[str], at: datetime) -> Meaning:
    """Return what the only label of a value means: the rules of `_pick`, with nothing to choose."""
    scheme, value, asset_id, location_id, person_id, started_at, ended_at, *of = row
    item_id, count, bin_, kit_id = of
    if scheme not in schemes or not (ended_at is None or started_at <= at < ended_at):
        return NOTHING
    kind, id_ = _thing(asset_id, location_id, person_id, item_id, kit_id)
    return Meaning(kind, id_, Code(scheme, value), (), count or 1, bin_)


def _join(found: Meaning, rivals: Iterable[Meaning], *, is_sure: bool = True) -> Meaning:
    """Return one meaning of several: ambiguous, unless all mean the same thing.

    :param is_sure: False if a rival alone proves nothing, since what is likelier is not known.
    """
    options: dict[tuple[str, int], None] = {}
    for meaning in (found, *rivals):
        if meaning.id is not None:
            options[meaning.kind, meaning.id] = None
        options |= dict.fromkeys(meaning.options)
    if len(options) == 1 and is_sure:
        return found
    return Meaning("ambiguous", None, found.identifier, tuple(sorted(options)))


def _thing(
    asset_id: int | None,
    location_id: int | None,
    person_id: int | None,
    item_id: int | None,
    kit_id: int | None,
) -> tuple[str, int]:
    if asset_id is not None:
        return "asset", asset_id
    if location_id is not None:
        return "location", location_id
    if person_id is not None:
        return "person", person_id
    if item_id is not None:
        return "stock_item", item_id
    assert kit_id is not None  # noqa: S101 - the table's CHECK says so
    return "kit", kit_id


def values_of(reading: Reading) -> list[str]:
    """Return the identifier values that a reading may match."""
    return [candidate.value for candidate in (*reading.candidates, *reading.others)]


def custodian_values(text: str) -> list[str]:
    """Return the identifier values by which a custodian may be named: number, badge, e-mail."""
    trimmed = to_normal_form(text).strip()
    values = [tag_key(trimmed), trimmed.casefold(), trimmed]
    reading = read_code(trimmed)
    values += values_of(reading)
    # A badge may be registered in another spelling of its card's number.
    values += reading.card.spellings if reading.card else ()
    return list(dict.fromkeys(values))


def place_values(text: str) -> list[str]:
    """Return the identifier values by which a place may be named: its code, its label, its GLN."""
    trimmed = text.strip()
    return list(dict.fromkeys([tag_key(trimmed), *values_of(read_code(trimmed))]))

"""What scanned codes, places and custodians mean: many at once, by one select."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from scanner_app.decoding.codes.read import Identifier as Code
from scanner_app.decoding.codes.read import Reading, read_code, tag_key
from scanner_app.models import Identifier
from scanner_app.sql.bulk_read import Lookup
from scanner_app.sql.value_list import is_among

# A plain text may be any of these. Which one it is, only the register knows.
PLAIN = frozenset(
    {"tag", "serial", "location_code", "badge", "person_number", "alias", "tid", "epc"}
)
CUSTODIAN = frozenset({"person_number", "badge", "email", "username"})
PLACE = frozenset({"location_code", "gln", "alias"})


class Meaning(NamedTuple):
    """What a code means. `options` names each thing that an ambiguous code could mean."""

    kind: str  # asset, location, person, unregistered, ambiguous
    id: int | None = None
    identifier: Code | None = None
    options: tuple[tuple[str, int], ...] = ()


NOTHING = Meaning("unregistered")
# scheme, value, asset, location, person, started_at, ended_at
_Row = tuple[Any, ...]

_ID = Identifier.__table__.c
_LABELS = Lookup(
    select(
        _ID.scheme,
        _ID.value,
        _ID.asset_id,
        _ID.location_id,
        _ID.person_id,
        _ID.started_at,
        _ID.ended_at,
    ).where(is_among(_ID.value, "values")),
    "values",
)


class CodeIndex:
    """The identifier rows that a batch may need, loaded by one select."""

    def __init__(self, connection: Connection, values: Iterable[str]) -> None:
        self._rows: dict[str, list[_Row]] = defaultdict(list)
        for row in _LABELS.fetch(connection, sorted(set(values))):
            self._rows[row[1]].append(row)

    def find(self, reading: Reading, *, at: datetime) -> Meaning:
        """Return what a reading meant at a moment; the first candidate that means anything wins."""
        for candidate in reading.candidates:
            scheme, value = candidate
            rows = self._rows.get(value)
            if not rows:
                continue
            schemes = PLAIN if scheme in {"tag", "serial"} else (scheme,)
            meaning = self._pick(rows, schemes, at, candidate)
            if meaning is not NOTHING:
                return meaning
        return NOTHING

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
        for scheme, value, asset_id, location_id, person_id, started_at, ended_at in rows:
            if scheme not in schemes:
                continue
            thing = _thing(asset_id, location_id, person_id)
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
        return Meaning(thing[0], thing[1], code)


def _judge_alone(row: _Row, schemes: Collection[str], at: datetime) -> Meaning:
    """Return what the only label of a value means: the rules of `_pick`, with nothing to choose."""
    scheme, value, asset_id, location_id, person_id, started_at, ended_at = row
    if scheme not in schemes or not (ended_at is None or started_at <= at < ended_at):
        return NOTHING
    kind, id_ = _thing(asset_id, location_id, person_id)
    return Meaning(kind, id_, Code(scheme, value))


def _thing(asset_id: int | None, location_id: int | None, person_id: int | None) -> tuple[str, int]:
    if asset_id is not None:
        return "asset", asset_id
    if location_id is not None:
        return "location", location_id
    assert person_id is not None  # noqa: S101 - the table's CHECK says so
    return "person", person_id


def values_of(reading: Reading) -> list[str]:
    """Return the identifier values that a reading may match."""
    return [candidate.value for candidate in reading.candidates]


def custodian_values(text: str) -> list[str]:
    """Return the identifier values by which a custodian may be named: number, badge, e-mail."""
    trimmed = text.strip()
    values = [tag_key(trimmed), trimmed.casefold(), trimmed]
    values += values_of(read_code(trimmed))
    return list(dict.fromkeys(values))


def place_values(text: str) -> list[str]:
    """Return the identifier values by which a place may be named: its code, its label, its GLN."""
    trimmed = text.strip()
    return list(dict.fromkeys([tag_key(trimmed), *values_of(read_code(trimmed))]))

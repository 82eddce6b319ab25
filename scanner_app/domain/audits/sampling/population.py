"""The frozen population, as its hash holds it: what an outsider needs to repeat a draw."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from scanner_app.domain.seals.canonical import dump_canonical


class PopulationRow(NamedTuple):
    """One member in words, as they were at the freeze. Empty text where there is none."""

    tag: str
    place: str
    custodian: str
    status: str
    value_cents: int | None
    currency: str


def hash_population(rows: Iterable[PopulationRow]) -> str:
    """Return the SHA-256 of the list in canonical form, ordered by tag (UTF-16 code units)."""
    return hash_ordered(ordered(rows))


def ordered(rows: Iterable[PopulationRow]) -> list[PopulationRow]:
    """Return members in the order of the hash."""
    return sorted(rows, key=lambda row: order_of(row.tag))


def order_of(tag: str) -> bytes:
    """Return what the members are sorted by: the UTF-16 code units of their tags."""
    return tag.encode("utf-16-be")


def hash_ordered(rows: Iterable[PopulationRow]) -> str:
    """Return the hash of members that come in their order, one by one."""
    digest, comma = hashlib.sha256(b"["), b""
    for row in rows:
        digest.update(comma + dump_canonical(list(row)))
        comma = b","
    digest.update(b"]")
    return digest.hexdigest()


def read_population(document: Any) -> list[PopulationRow]:
    """Return the members of a list, or of a report that holds one.

    :raises ValueError: it is neither. The message says what is wrong.
    """
    if isinstance(document, dict):
        document = document.get("population")
    if isinstance(document, dict):
        document = document.get("items")
    if not isinstance(document, list):
        raise ValueError("it has no list of members")  # noqa: TRY004 - the file is wrong
    rows = [_read_row(number, row) for number, row in enumerate(document, start=1)]
    if len({row.tag for row in rows}) != len(rows):
        raise ValueError("a tag is in it twice")
    return rows


def _read_row(number: int, row: Any) -> PopulationRow:
    if not isinstance(row, list) or len(row) != len(PopulationRow._fields):
        raise ValueError(f"member {number} is not a list of six values")
    *words, value, currency = row
    is_value = value is None or (isinstance(value, int) and not isinstance(value, bool))
    if not is_value or not all(isinstance(word, str) for word in (*words, currency)):
        raise ValueError(f"member {number} is not tag, place, person, status, value and currency")
    return PopulationRow(*row)

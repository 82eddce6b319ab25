"""Long lists of a record, which are read item by item and never held whole.

A report of 100,000 findings has as many scans. A part that is a `LongList`, or holds one, is read
from the database while it is written, hashed and checked; the bytes are those of a plain list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.merkle import RootBuilder

ITEMS = "items"


class LongList(Iterable[Any]):
    """A list that is read again each time that somebody goes through it."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], Iterator[Any]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[Any]:
        return self._read()


@dataclass(frozen=True, slots=True)
class Rooted:
    """A long list that a record holds with its length and the root over its items (RFC 6962)."""

    items: LongList

    def load(self) -> dict[str, Any]:
        """Return the whole part, as a record holds it before it is sealed."""
        root, items = RootBuilder(), []
        for item in self.items:
            items.append(item)
            root.add(dump_canonical(item))
        return {"count": root.size, "root": root.hex(), ITEMS: items}


def items_of(part: Any) -> Iterable[Any]:
    """Return the items of a part of a record, whether its list is long or not."""
    found: Iterable[Any] = part.items if isinstance(part, Rooted) else part[ITEMS]
    return found


def load_part(part: Any) -> Any:
    """Return a part of a record with its long list, if it has one, in memory."""
    if isinstance(part, Rooted):
        return part.load()
    if isinstance(part, LongList):
        return list(part)
    if isinstance(part, dict) and isinstance(part.get(ITEMS), LongList):
        return {**part, ITEMS: list(part[ITEMS])}
    return part


def load_parts(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole record in memory: for tests, and for who needs all of it at once."""
    return {name: load_part(part) for name, part in report.items()}


def write_json(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield a record that is not sealed as JSON, piece by piece."""
    for number, (name, part) in enumerate(report.items()):
        yield f"{', ' if number else '{'}{json.dumps(name)}: "
        # A root needs every item before it, and a reader of a draft needs none.
        yield from _write_part(part.load() if isinstance(part, Rooted) else part)
    yield "}"


def _write_part(part: Any) -> Iterator[str]:
    if isinstance(part, LongList):
        yield "["
        for number, item in enumerate(part):
            yield f"{', ' if number else ''}{json.dumps(item, ensure_ascii=False)}"
        yield "]"
    elif isinstance(part, dict) and isinstance(part.get(ITEMS), LongList):
        yield from write_json(part)
    else:
        yield json.dumps(part, ensure_ascii=False)

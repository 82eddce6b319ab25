"""Pages of a list, with an opaque cursor for where the last page ended instead of an offset."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.text import is_storable

Row = TypeVar("Row")
MAX_CURSOR = 2000


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the order of the list, the last row's key in that order, and its id."""

    sort: str
    key: str
    id: int


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor of the next page; None at the end."""

    rows: Sequence[Row]
    next: str | None


def write_cursor(cursor: Cursor) -> str:
    """Return a cursor as text for an address."""
    text = json.dumps([cursor.sort, cursor.key, cursor.id], ensure_ascii=True)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str | None, *, sort: str, or_sort: str | None = None) -> Cursor | None:
    """Return the cursor that an earlier page wrote.

    :param or_sort: another order that a part of the list may have.
    :raises Invalid: it is not one of our cursors, or it belongs to a list in another order.
    """
    if not text:
        return None
    try:
        value: Any = None
        if len(text) <= MAX_CURSOR and text.isascii():
            value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        value = None
    match value:
        case [str() as order, str() as key, int() as id_] if (
            order in {sort, or_sort} and 0 < id_ <= MAX_ID and is_storable(key)
        ):
            return Cursor(order, key, id_)
    raise Invalid(
        "This page does not exist. Start again from the first one.",
        errors={"cursor": ["Not a cursor of this list."]},
    )

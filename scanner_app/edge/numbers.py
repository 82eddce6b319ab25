"""Ids of rows as they are in addresses and forms."""

from __future__ import annotations

from scanner_app.domain.errors import NotFound

MAX_ID = 2**31 - 1


def require_id(number: int) -> None:
    """Raise if no row can have this id.

    PostgreSQL would raise on such a number in a comparison, and the answer would be 500, not 404.

    :raises NotFound: the number is too large.
    """
    if number > MAX_ID:
        raise NotFound("There is nothing at this address.")


def is_id(text: str) -> bool:
    """Return whether a text is the id of a row."""
    return (
        text.isascii()
        and text.isdecimal()
        and len(text) <= len(str(MAX_ID))
        and 0 < int(text) <= MAX_ID
    )

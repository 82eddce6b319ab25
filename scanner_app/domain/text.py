"""Text from outside: what can be shown, and what a database can be asked for. Moments in text."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any


class Typed(str):
    """A text that somebody typed: no language exchanges it, whatever it reads like."""

    __slots__ = ()


# Whether what is read from the database is marked: for a page that is in another language.
MARKS_TYPED: ContextVar[bool] = ContextVar("marks_typed", default=False)


def mark_typed(value: Any) -> Any:
    """Return a text, or the texts in a structure, marked as typed where pages need to know."""
    if not MARKS_TYPED.get():
        return value
    if type(value) is str:
        return Typed(value)
    if isinstance(value, dict):
        return {key: mark_typed(one) for key, one in value.items()}
    return [mark_typed(one) for one in value] if isinstance(value, list) else value


def visible(text: str) -> str:
    """Return the text with control and format characters as escapes, so that it stays one line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def is_storable(text: str) -> bool:
    """Return whether both databases can be asked for a text: no NUL, no lone surrogate.

    PostgreSQL raises on NUL, and neither driver can encode half a character.
    """
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def moment(at: datetime) -> str:
    """Return a time as a sentence carries it: as data, which each page writes in its own zone."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

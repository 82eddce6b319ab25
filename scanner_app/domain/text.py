"""Text: what from outside can be shown, what was typed, and in which language it is said."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
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


def _keep(text: str) -> str:
    return text


def _write_day(day: date) -> str:
    return day.strftime("%d %b %Y").removeprefix("0")


@dataclass(frozen=True, slots=True)
class Voice:
    """One language.

    :param say: returns a text or a sentence of this program in it; what people typed stays.
    :param write_day: returns a day as the language writes it.
    """

    language: str = "en"
    say: Callable[[str], str] = _keep
    write_day: Callable[[date], str] = _write_day


ENGLISH = Voice()


def name_language(language: str) -> dict[str, str]:
    """Return how a sealed text names its language; English is not named, as it never was."""
    return {} if language == ENGLISH.language else {"language": language}

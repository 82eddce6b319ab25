"""Numbers and money as a language writes them. They come in the English form: ``1,234.56``."""

from __future__ import annotations

import re
import string
from datetime import datetime
from typing import Any

from babel.core import Locale
from babel.dates import format_skeleton

# No one-part number with a point: a model or a version may be called 2.10.
_GROUPED = re.compile(
    r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?: ?%| [A-Z]{3})?|[-+]?\d+\.\d\d [A-Z]{3}"
)
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}")
_SPEC = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[a-z]|%%")


def write_number(text: str, locale: Locale) -> str:
    """Return a number in the English form with the signs of a language."""
    signs = locale.number_symbols["latn"]
    swapped = {",": signs["group"], ".": signs["decimal"]}
    return "".join(swapped.get(char, char) for char in text)


def localise_number(text: str, locale: Locale) -> str:
    """Return a text with the signs of a language if it is a number with groups, or an amount."""
    return write_number(text, locale) if _GROUPED.fullmatch(text) else text


def localise_value(text: str, locale: Locale) -> str:
    """Return what a sentence says of a number or a day, as a language writes it."""
    if _DAY.fullmatch(text):
        try:
            day = datetime.strptime(text, "%d %b %Y")  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return text
        return str(format_skeleton("yMMMd", day.date(), locale=locale))
    return localise_number(text, locale)


class NumberFormatter(string.Formatter):
    """`str.format`, whose numbers have the signs of a language."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value in the form that the text asks for."""
        text = str(super().format_field(value, format_spec))
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return write_number(text, self._locale) if is_number and format_spec else text


def format_percent(text: str, values: tuple[Any, ...], locale: Locale) -> str:
    """Return ``text % values``, whose numbers have the signs of a language."""
    left = list(values)

    def fill(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = left.pop(0)
        written = found[0] % (value,)
        return write_number(written, locale) if isinstance(value, float) else written

    return _SPEC.sub(fill, text)

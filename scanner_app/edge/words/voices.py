"""The voices of the languages: for what a worker writes, and for papers."""

from __future__ import annotations

from datetime import date
from functools import cache

from babel.dates import format_skeleton

from scanner_app.domain.settings import LANGUAGES
from scanner_app.domain.text import ENGLISH, Voice
from scanner_app.edge.words.catalogue import load_catalogue
from scanner_app.edge.words.environment import Teller


@cache
def find_voice(language: str | None) -> Voice:
    """Return the voice of a language; the English one if it is not known here."""
    if language is None or language == ENGLISH.language or language not in LANGUAGES:
        return ENGLISH
    teller = Teller(load_catalogue(language))

    def say(text: str) -> str:
        said: str = teller.tell(text)
        return said

    def write_day(day: date) -> str:
        return str(format_skeleton("yMMMd", day, locale=language))

    return Voice(language, say, write_day)

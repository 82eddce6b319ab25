"""The language of the person who reads this page: of the account, the browser, the organisation."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, has_request_context, request

from scanner_app.domain.settings import LANGUAGES
from scanner_app.domain.text import MARKS_TYPED
from scanner_app.edge.guard import current_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.words.environment import Teller, WordsEnvironment, make_environment

ENGLISH = "en"
_ENVIRONMENTS = "scanner_app.words"


def reader_language() -> str:
    """Return the language of this request, a key of `LANGUAGES`."""
    found: str | None = g.get("language")
    if found is None:
        found = g.language = _choose()
    return found


def _choose() -> str:
    actor = current_actor()
    if actor is not None and actor.language in LANGUAGES:
        return actor.language
    wanted = request.accept_languages.best_match([*LANGUAGES]) if has_request_context() else None
    return wanted or current_organisation().language


def reader_environment() -> WordsEnvironment:
    """Return what renders templates in the language of this request."""
    language = reader_language()
    if language == ENGLISH:
        english: WordsEnvironment = current_app.jinja_env  # type: ignore[assignment]
        return english
    made: dict[str, WordsEnvironment] = current_app.extensions.setdefault(_ENVIRONMENTS, {})
    if language not in made:
        made[language] = make_environment(current_app, language)
    return made[language]


def mark_what_was_typed() -> None:
    """Mark what the database holds as typed, for a page in another language than English."""
    is_page = request.endpoint != "static" and not request.path.startswith("/api/")
    MARKS_TYPED.set(is_page and reader_language() != ENGLISH)


def tell(text: str) -> str:
    """Return a text of this program in the language of this request."""
    teller = reader_teller()
    return teller.show(text) if teller else text


def reader_teller() -> Teller | None:
    """Return what says the program's sentences in the language of this request; None: English."""
    return cast("Teller | None", reader_environment().globals.get("teller"))

"""Sentences in the answers of the API, for the scripts of our pages.

A program with a token is answered in English, as the API's description says. A page's script shows
what it is answered to the person who is signed in, so that person's language is used.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from scanner_app.edge.guard import current_actor
from scanner_app.edge.words.environment import Teller
from scanner_app.edge.words.reader import reader_teller

# The keys under which an answer has sentences of this program, and never what somebody typed: a
# title, a label, a text and a reason are typed.
SAID = frozenset(
    [
        "errors",
        "explanation",
        "hint",
        "message",
        "said",
        "sentence",
        "trouble",
        "verb",
        "why",
        "word",
        "words",
    ]
)
PROBLEM = "application/problem+json"
SAID_OF_A_PROBLEM = SAID | {"detail", "title"}


def tell_answer(response: Response) -> Response:
    """Return the answer to a page's script in the language of the reader."""
    actor = current_actor()
    is_script = actor is not None and actor.kind == "user" and request.path.startswith("/api/")
    if not is_script or response.mimetype not in {"application/json", PROBLEM}:
        return response
    teller = reader_teller()
    data = response.get_json(silent=True, force=True) if teller else None
    if teller and data is not None:
        keys = SAID_OF_A_PROBLEM if response.mimetype == PROBLEM else SAID
        said = _tell(data, teller, keys)
        response.set_data(json.dumps(said, ensure_ascii=False, separators=(",", ":")))
    return response


def _tell(value: Any, teller: Teller, keys: frozenset[str], *, is_said: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            key: _tell(one, teller, keys, is_said=is_said or key in keys)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_tell(one, teller, keys, is_said=is_said) for one in value]
    return teller.tell(value) if is_said else value

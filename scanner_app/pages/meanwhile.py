"""Two people at one form: what changed after it was opened, and what was typed into it.

A form of something that exists holds the texts with which it started. When it is sent, they are
compared with what is there now: the second of two people learns of it, and loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from scanner_app.domain.errors import Conflict

START = "start"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that somebody else changed.

    :param typed: what this person entered there instead; None if they left it as it was.
    """

    name: str
    now: str
    typed: str | None


class ChangedMeanwhile(Conflict):
    """Somebody else saved the same thing after this form was opened; nothing was saved."""

    code = "changed_meanwhile"

    def __init__(self, changes: list[Change], form: MultiDict[str, str]) -> None:
        super().__init__(
            "Somebody changed this while you were editing, so nothing is saved yet. "
            "What you entered is kept below: check it and save again."
        )
        self.changes = changes
        self.form = form


def keep_start(texts: Mapping[str, str]) -> str:
    """Return the hidden text with which a form says how it started."""
    return json.dumps(texts, ensure_ascii=False, sort_keys=True)


def refuse_changed(form: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raise `ChangedMeanwhile` if a field is no longer as it was when the form was opened.

    A form that does not say how it started is taken as it is.

    :param now: the texts with which the form would start now.
    """
    start = _read_start(form)
    changes = []
    for name, text in now.items():
        typed = _clean(form.get(name, ""))
        is_own = typed != _clean(start.get(name, text))
        if _clean(start.get(name, text)) != _clean(text) and not (is_own and typed == _clean(text)):
            changes.append(Change(name, text, typed if is_own else None))
    if changes:
        taken = {change.name: change.now for change in changes if change.typed is None}
        shown = MultiDict({**form, **taken, START: keep_start(now)})
        raise ChangedMeanwhile(changes, shown)


def _read_start(form: Mapping[str, str]) -> dict[str, str]:
    try:
        start = json.loads(form.get(START, ""))
    except ValueError:
        return {}
    if not isinstance(start, dict):
        return {}
    return {name: text for name, text in start.items() if isinstance(text, str)}


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()

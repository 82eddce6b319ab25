"""Which findings the page of a reconciliation shows, as its address and its forms hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.audits.suggesting.fields import Evidence
from scanner_app.domain.money import read_money, show_money
from scanner_app.domain.numbers import read_id
from scanner_app.queries.audits.findings import BY_ROOM, BY_VALUE
from scanner_app.queries.audits.reconciling.wanted import NOBODY, FindingFilter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageFilter:
    """Which findings a page shows, and where in their list it is.

    :param is_open: only those that wait for a decision; always so if nothing is chosen.
    :param flag: only those with this flag.
    :param who: only those that this user clears up; NOBODY for those that nobody does.
    :param sort: BY_ROOM or BY_VALUE.
    :param is_suggested: only those for which a rule suggests a decision.
    :param evidence, category, value_from, due_to, is_changed: as of `FindingFilter`.
    """

    state: FindingState | None = None
    room: int | None = None
    is_open: bool = True
    cursor: str | None = None
    flag: Flag | None = None
    who: int | None = None
    sort: str = BY_ROOM
    is_suggested: bool = False
    evidence: Evidence | None = None
    category: str | None = None
    value_from: int | None = None
    due_to: date | None = None
    is_changed: bool = False

    @property
    def wanted(self) -> FindingFilter:
        """The filter as the queries take it."""
        states = [self.state] if self.state else []
        return FindingFilter(
            states=states,
            location_id=self.room,
            undecided=self.is_open,
            flag=self.flag,
            assignee_id=self.who,
            evidence=self.evidence,
            category=self.category,
            value_from=self.value_from,
            due_to=self.due_to,
            changed=self.is_changed,
        )

    @property
    def is_narrowed(self) -> bool:
        """Return whether more than state and location narrows the list."""
        return self.flag is not None or self.who is not None or self.is_suggested or self.is_finer

    @property
    def is_finer(self) -> bool:
        """Return whether anything is asked of the thing itself, or of how it is known."""
        asked = (self.evidence, self.category, self.value_from, self.due_to)
        return self.is_changed or any(one is not None for one in asked)

    @property
    def fields(self) -> dict[str, str]:
        """The filter as an address and the forms of the page hold it."""
        given = {
            "state": self.state.value if self.state else None,
            "room": str(self.room) if self.room else None,
            "open": "yes" if self.state and self.is_open else None,
            "flag": self.flag.value if self.flag else None,
            "who": "nobody" if self.who == NOBODY else str(self.who) if self.who else None,
            "suggested": "yes" if self.is_suggested else None,
            "evidence": self.evidence.value if self.evidence else None,
            "category": self.category,
            "value_from": None if self.value_from is None else show_money(self.value_from),
            "due_to": self.due_to.isoformat() if self.due_to else None,
            "changed": "yes" if self.is_changed else None,
            "sort": self.sort if self.sort != BY_ROOM else None,
            "cursor": self.cursor,
        }
        return {name: value for name, value in given.items() if value}

    def link(self, audit_id: int, **changes: str | None) -> str:
        """Return the address of the first page of this filter, with some of it changed."""
        fields = {**self.fields, "cursor": None, **changes}
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/audits/{audit_id}" + (f"?{query}" if query else "")


def read_filter(values: MultiDict[str, str]) -> PageFilter:
    """Return the filter of an address or a form; what it does not know is left out."""
    state = _read(FindingState, values.get("state"))
    return PageFilter(
        state,
        read_id(values.get("room")),
        state is None or values.get("open") == "yes",
        values.get("cursor") or None,
        _read(Flag, values.get("flag")),
        NOBODY if values.get("who") == "nobody" else read_id(values.get("who")),
        BY_VALUE if values.get("sort") == BY_VALUE else BY_ROOM,
        values.get("suggested") == "yes",
        _read(Evidence, values.get("evidence")),
        values.get("category") or None,
        _read(read_money, values.get("value_from")),
        _read(date.fromisoformat, values.get("due_to")),
        values.get("changed") == "yes",
    )


def _read(reader: Callable[[str], T], text: str | None) -> T | None:
    """Return a value that is given as text; None if it is not given, or not one."""
    try:
        return reader(text) if text else None
    except ValueError:
        return None


def is_widened(values: MultiDict[str, str]) -> bool:
    """Return whether a part of a filter is not known, so that `read_filter` shows more than it."""
    shown = read_filter(values)
    read = {
        "state": shown.state, "room": shown.room, "flag": shown.flag, "who": shown.who,
        "evidence": shown.evidence, "value_from": shown.value_from, "due_to": shown.due_to,
    }  # fmt: skip
    return any(values.get(name) and value is None for name, value in read.items())

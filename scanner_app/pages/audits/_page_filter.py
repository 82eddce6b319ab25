"""Which findings the page of a reconciliation shows, as its address and its forms hold it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.numbers import read_id
from scanner_app.queries.audits.findings import BY_ROOM, BY_VALUE, NOBODY, FindingFilter


@dataclass(frozen=True, slots=True)
class PageFilter:
    """Which findings a page shows, and where in their list it is.

    :param is_open: only those that wait for a decision; always so if nothing is chosen.
    :param flag: only those with this flag.
    :param who: only those that this user clears up; NOBODY for those that nobody does.
    :param sort: BY_ROOM or BY_VALUE.
    :param is_suggested: only those for which a rule suggests a decision.
    """

    state: FindingState | None = None
    room: int | None = None
    is_open: bool = True
    cursor: str | None = None
    flag: Flag | None = None
    who: int | None = None
    sort: str = BY_ROOM
    is_suggested: bool = False

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
        )

    @property
    def is_narrowed(self) -> bool:
        """Return whether more than state and location narrows the list."""
        return self.flag is not None or self.who is not None or self.is_suggested

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
    try:
        state = FindingState(values.get("state", ""))
    except ValueError:
        state = None
    return PageFilter(
        state,
        read_id(values.get("room")),
        state is None or values.get("open") == "yes",
        values.get("cursor") or None,
        _read_flag(values),
        NOBODY if values.get("who") == "nobody" else read_id(values.get("who")),
        BY_VALUE if values.get("sort") == BY_VALUE else BY_ROOM,
        values.get("suggested") == "yes",
    )


def _read_flag(values: MultiDict[str, str]) -> Flag | None:
    try:
        return Flag(values.get("flag", ""))
    except ValueError:
        return None


def is_widened(values: MultiDict[str, str]) -> bool:
    """Return whether a part of a filter is not known, so that `read_filter` shows more than it."""
    shown = read_filter(values)
    read = {"state": shown.state, "room": shown.room, "flag": shown.flag, "who": shown.who}
    return any(values.get(name) and value is None for name, value in read.items())

"""Which findings the page of a reconciliation shows, as its address and its forms hold it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.numbers import read_id
from scanner_app.queries.audits.findings import FindingFilter


@dataclass(frozen=True, slots=True)
class PageFilter:
    """Which findings a page shows, and where in their list it is.

    :param is_open: only those that wait for a decision; always so if no state is chosen.
    """

    state: FindingState | None = None
    room: int | None = None
    is_open: bool = True
    cursor: str | None = None

    @property
    def wanted(self) -> FindingFilter:
        """The filter as the queries take it."""
        states = [self.state] if self.state else []
        return FindingFilter(states=states, location_id=self.room, undecided=self.is_open)

    @property
    def fields(self) -> dict[str, str]:
        """The filter as an address and the forms of the page hold it."""
        given = {
            "state": self.state.value if self.state else None,
            "room": str(self.room) if self.room else None,
            "open": "yes" if self.state and self.is_open else None,
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
    )


def is_widened(values: MultiDict[str, str]) -> bool:
    """Return whether a part of a filter is not known, so that `read_filter` shows more than it."""
    shown = read_filter(values)
    return bool(values.get("state") and shown.state is None) or bool(
        values.get("room") and shown.room is None
    )

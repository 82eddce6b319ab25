"""What lists of assets can be narrowed to beyond a column's value: lateness, age, what is lacking.

Everything that any layer says about a member is in its row. Dashboards count by the same rows, so
a figure and the list behind it agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from scanner_app.domain.errors import Invalid
from scanner_app.domain.plots.shapes import Tone

DAY = timedelta(days=1)
YEAR_DAYS, QUARTER_DAYS = 365, 91


class Due(StrEnum):
    """When a check-out is due back, seen from now."""

    LATE_WEEK = "late-1-7"
    LATE_MONTH = "late-8-30"
    LATE_QUARTER = "late-31-90"
    LATE_LONG = "late-90"
    SOON = "week"


@dataclass(frozen=True, slots=True)
class DueRow:
    """One class of lateness: due from `first` up to `last` days from now; None has no end."""

    due: Due
    label: str
    chip: str
    first: int | None
    last: int
    tone: Tone = Tone.WARN


DUE_ROWS: dict[Due, DueRow] = {
    row.due: row
    for row in (
        DueRow(Due.LATE_WEEK, "1-7", "1 to 7 days late", -7, 0),
        DueRow(Due.LATE_MONTH, "8-30", "8 to 30 days late", -30, -7),
        DueRow(Due.LATE_QUARTER, "31-90", "31 to 90 days late", -90, -30, Tone.BAD),
        DueRow(Due.LATE_LONG, "90+", "more than 90 days late", None, -90, Tone.BAD),
        DueRow(Due.SOON, "7 days", "due in the next 7 days", 0, 7, Tone.ACCENT),
    )
}
LATE = tuple(due for due in Due if due is not Due.SOON)


def due_span(due: Due | date, now: datetime) -> tuple[datetime | None, datetime]:
    """Return from when up to when a check-out of a class, or of a day, is due; without the end."""
    if not isinstance(due, Due):
        first = datetime.combine(due, time(), UTC)
        return first, first + DAY
    row = DUE_ROWS[due]
    return (None if row.first is None else now + row.first * DAY, now + row.last * DAY)


class Seen(StrEnum):
    """How long ago something was seen that should be there."""

    RECENT = "3"
    YEAR = "12"
    OLD = "older"
    NEVER = "never"
    WITHIN_YEAR = "year"


# The classes that share out what should be there: each asset is in exactly one.
AGES = (Seen.RECENT, Seen.YEAR, Seen.OLD, Seen.NEVER)


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One class of age: seen from `first` up to `last` days ago; None has no end."""

    seen: Seen
    label: str
    chip: str
    first: int | None
    last: int | None
    tone: Tone


SEEN_ROWS: dict[Seen, SeenRow] = {
    row.seen: row
    for row in (
        SeenRow(
            Seen.RECENT, "Under 3 months", "seen in the last 3 months", 0, QUARTER_DAYS, Tone.GOOD
        ),
        SeenRow(
            Seen.YEAR,
            "3-12 months",
            "last seen 3 to 12 months ago",
            QUARTER_DAYS,
            YEAR_DAYS,
            Tone.NOTE,
        ),
        SeenRow(
            Seen.OLD, "Over 12 months", "last seen over 12 months ago", YEAR_DAYS, None, Tone.WARN
        ),
        SeenRow(Seen.NEVER, "Never", "never seen", None, None, Tone.BAD),
        SeenRow(
            Seen.WITHIN_YEAR, "12 months", "seen in the last 12 months", 0, YEAR_DAYS, Tone.GOOD
        ),
    )
}


class Lack(StrEnum):
    """What a record lacks."""

    LOCATION = "location"
    HOLDER = "holder"
    SERIAL = "serial"
    COST = "cost"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class LackRow:
    """One fault of records: what pages call it, and what is missing in it."""

    lack: Lack
    label: str


LACK_ROWS: dict[Lack, LackRow] = {
    row.lack: row
    for row in (
        LackRow(Lack.LOCATION, "without a location"),
        LackRow(Lack.HOLDER, "in use, assigned to nobody"),
        LackRow(Lack.SERIAL, "without a serial number"),
        LackRow(Lack.COST, "without a cost"),
        LackRow(Lack.MODEL, "without a model"),
    )
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed to, at a moment. `due` is a class of lateness or one day."""

    now: datetime
    due: Due | date | None = None
    seen: Seen | None = None
    lack: Lack | None = None

    def chips(self) -> dict[str, str]:
        """Return what each filter says, by its name in the address of a list."""
        said: dict[str, str] = {}
        if isinstance(self.due, Due):
            said["due"] = DUE_ROWS[self.due].chip
        elif self.due is not None:
            said["due"] = f"due {self.due:%d %b %Y}".replace("due 0", "due ")
        if self.seen is not None:
            said["seen"] = SEEN_ROWS[self.seen].chip
        if self.lack is not None:
            said["lacks"] = LACK_ROWS[self.lack].label
        return said


def read_narrowing(given: Mapping[str, str], now: datetime) -> Narrowing:
    """Return what the parts of a list's address narrow it to.

    :raises Invalid: a value is not known.
    """
    try:
        due: Due | date | None = None
        if "due" in given:
            text = given["due"]
            due = Due(text) if text in set(Due) else date.fromisoformat(text)
        return Narrowing(
            now,
            due,
            Seen(given["seen"]) if "seen" in given else None,
            Lack(given["lacks"]) if "lacks" in given else None,
        )
    except ValueError:
        raise Invalid("A filter in this address is not known. Start again from the list.") from None

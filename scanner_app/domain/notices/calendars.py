"""Calendar feeds: what is due, as a file that calendar programs fetch often (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

# How often a calendar program should look again: RFC 7986, 5.7.
REFRESH = timedelta(hours=4)
# For this long after a return, the event is there as cancelled: programs that fetch take it away.
CANCELLED_FOR = timedelta(days=30)
MAX_EVENTS = 2000


class FeedScope(StrEnum):
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """What is said about what a feed holds."""

    label: str
    help: str


FEED_SCOPES: dict[FeedScope, ScopeRow] = {
    FeedScope.MINE: ScopeRow("What is assigned to me", "And the audits that I created."),
    FeedScope.ALL: ScopeRow("Everything that I may read", "All that is lent, and all audits."),
}


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One event that takes a whole day.

    :param uid: names it, the same in every fetch.
    :param changed_at: when it was made, which is its DTSTAMP: a fetch without news is unchanged.
    """

    uid: str
    on: date
    summary: str
    link: str
    changed_at: datetime
    is_cancelled: bool = False


def write_calendar(name: str, days: Sequence[CalendarDay]) -> bytes:
    """Return the file. The same days give the same bytes."""
    # Here, because the tables name the scopes of a feed: its 80 modules would be in every process.
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//scanner-app//notices//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", " ".join(name.split()))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    for day in days:
        event = Event()
        event.add("uid", day.uid)
        event.add("dtstamp", day.changed_at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", day.on)
        if day.on < date.max:  # RFC 5545, 3.6.1: without an end, an event of a day takes that day
            event.add("dtend", day.on + timedelta(days=1))
        event.add("summary", day.summary)
        # A cancelled event is a later version. A loan that was extended keeps its number: programs
        # that fetch a feed replace what they have by its UID.
        event.add("sequence", 1 if day.is_cancelled else 0)
        event.add("status", "CANCELLED" if day.is_cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        if day.link:
            event.add("url", day.link)
        calendar.add_component(event)
    return bytes(calendar.to_ical())

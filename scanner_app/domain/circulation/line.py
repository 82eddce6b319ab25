"""What is known of one line of a hand-over, and of the person it goes to.

The server knows all of it. A phone without a network knows a part: a field that it cannot know is
`NOT_KNOWN`, which is another thing than "there is none".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Final

from scanner_app.domain.register.lifecycle import Stage


class NotKnown(Enum):
    """The type of `NOT_KNOWN`."""

    NOT_KNOWN = "not known"


NOT_KNOWN: Final = NotKnown.NOT_KNOWN


class HandOver(StrEnum):
    """Which way a thing goes."""

    ISSUE = "issue"
    RETURN = "return"
    TRANSFER = "transfer"


class Meaning(StrEnum):
    """What the code of a line means."""

    ASSET = "asset"
    KIT = "kit"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the thing now, and since when."""

    id: int
    name: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A span in which a person has reserved the thing: from its start up to its end."""

    person_id: int
    person: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a tray.

    :param thing: as a sentence names it: tag and name, or the code that was scanned.
    :param due_at: when it will be due back; None for a hand-over without an end.
    :param has_open_repair: a repair of it is open, planned or waiting, whatever its status.
    :param recorded_place: where the register has it; `counter` is where it is handed over.
    :param free_seats: of the licence that its category names; None if the category names none.
    :param kit: the fixed kit that it is a piece of, unless that kit is in the tray whole.
    :param missing_pieces: the required pieces of the kit `kit_in_tray` that are not in the tray;
        without one, the line itself is the kit.
    :param audit: the running audit that counts the place.
    :param open_terms: titles of the terms of its category that the person has not accepted.
    """

    kind: HandOver
    thing: str
    meaning: Meaning = Meaning.ASSET
    status: Stage | NotKnown = Stage.IN_STOCK
    holder: Holder | NotKnown | None = None
    due_at: datetime | None = None
    has_open_repair: bool | NotKnown = False
    bookings: tuple[Booking, ...] | NotKnown = ()
    free_seats: int | NotKnown | None = None
    kit: str | NotKnown | None = None
    missing_pieces: tuple[str, ...] | NotKnown = ()
    kit_in_tray: str | None = None
    recorded_place: str | NotKnown | None = None
    counter: str | None = None
    audit: str | NotKnown | None = None
    is_damaged: bool | NotKnown = False
    warranty_until: date | NotKnown | None = None
    last_seen_at: datetime | NotKnown | None = None
    open_terms: tuple[str, ...] | NotKnown = ()


@dataclass(frozen=True, slots=True)
class Borrower:
    """The person to whom a thing goes. Nobody is needed for a return.

    The counts are of the things that the limit of the rule counts (`ResolvedRule.counts_in`), those
    in the tray included.

    :param oldest_due_at: when the first of the things that they hold was or will be due back.
    """

    id: int
    name: str
    is_active: bool | NotKnown = True
    items: int | NotKnown = 0
    value_cents: int | NotKnown = 0
    oldest_due_at: datetime | NotKnown | None = None

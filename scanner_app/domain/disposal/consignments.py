"""Consignments: what leaves together, the states of it, and what the recipient's list says."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner_app.domain.disposal.levels import DESTINATIONS, Destination
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.text import is_storable

MAX_ROWS = 5000
MAX_LIST_BYTES = 2_000_000
MAX_CELL = 200
# What stays inside needs no consignment. A write-off is one of what was never found.
METHODS: Mapping[Destination, str] = {
    one: row.label for one, row in DESTINATIONS.items() if one is not Destination.REUSE
}
# Who gets what was never found.
NOBODY = "Nobody: it was not found"
# A paper of the recipient closes these; a lease or a vendor confirms by its own credit.
NEEDS_PAPER = frozenset(
    {
        Destination.RECYCLING,
        Destination.RESALE,
        Destination.DONATION,
        Destination.DESTRUCTION,
    }
)


class ConsignmentState(StrEnum):
    PACKING = "packing"
    READY = "ready"
    HANDED_OVER = "handed_over"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def facts(self) -> ConsignmentStateRow:
        """Return the row of this state."""
        return CONSIGNMENT_STATES[self]


_S = ConsignmentState


@dataclass(frozen=True, slots=True)
class ConsignmentStateRow:
    """What is said about a state.

    :param steps: what it may become. A state without steps is final.
    :param next_step: what has to follow, as a page says it.
    """

    label: str
    steps: frozenset[ConsignmentState]
    tone: str = ""
    next_step: str = ""


CONSIGNMENT_STATES: Mapping[ConsignmentState, ConsignmentStateRow] = {
    _S.PACKING: ConsignmentStateRow(
        "Packing",
        frozenset({_S.READY, _S.CANCELLED}),
        "accent",
        "Scan what goes into it. Another person then signs the list.",
    ),
    _S.READY: ConsignmentStateRow(
        "Ready",
        frozenset({_S.PACKING, _S.HANDED_OVER, _S.CLOSED, _S.CANCELLED}),
        "note",
        "Scan each thing out as it leaves, then hand it over. A write-off is closed from here.",
    ),
    _S.HANDED_OVER: ConsignmentStateRow(
        "Handed over",
        frozenset({_S.CONFIRMED}),
        "warn",
        "Compare the list that the recipient sends.",
    ),
    _S.CONFIRMED: ConsignmentStateRow(
        "Confirmed",
        frozenset({_S.CLOSED}),
        "warn",
        "Decide each difference. Somebody who did not pack closes it.",
    ),
    _S.CLOSED: ConsignmentStateRow("Closed", frozenset(), "good"),
    _S.CANCELLED: ConsignmentStateRow("Cancelled", frozenset()),
}


def can_step(current: ConsignmentState, wanted: ConsignmentState) -> bool:
    """Return whether a consignment may go from one state to another."""
    return wanted in current.facts.steps


class Confirmed(StrEnum):
    """What the recipient's list says of a thing."""

    RECEIVED = "received"
    MISSING = "missing"
    EXTRA = "extra"

    @property
    def facts(self) -> ConfirmedRow:
        """Return the row of this word."""
        return CONFIRMED[self]


@dataclass(frozen=True, slots=True)
class ConfirmedRow:
    """What pages say of it, and whether somebody has to decide."""

    label: str
    tone: str
    is_decided: bool = True


CONFIRMED: Mapping[Confirmed, ConfirmedRow] = {
    Confirmed.RECEIVED: ConfirmedRow("Received", "good", is_decided=False),
    Confirmed.MISSING: ConfirmedRow("Not on their list", "bad"),
    Confirmed.EXTRA: ConfirmedRow("Only on their list", "odd"),
}


class ItemDecision(StrEnum):
    """What somebody decided about a difference."""

    ACCEPT = "accept"
    SEARCH = "search"
    REJECT = "reject"

    @property
    def facts(self) -> ItemDecisionRow:
        """Return the row of this decision."""
        return ITEM_DECISIONS[self]


@dataclass(frozen=True, slots=True)
class ItemDecisionRow:
    """What pages say of a decision, and whether it settles the difference."""

    label: str
    is_final: bool = True


ITEM_DECISIONS: Mapping[ItemDecision, ItemDecisionRow] = {
    ItemDecision.ACCEPT: ItemDecisionRow("Accept: it is gone"),
    ItemDecision.SEARCH: ItemDecisionRow("Search: it stays open", is_final=False),
    ItemDecision.REJECT: ItemDecisionRow("Reject: it is not gone"),
}


class ListRefused(ValueError):
    """A recipient's list that cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One line of the recipient's list."""

    serial: str
    tag: str
    weight_g: int | None = None
    disposition: str = ""
    result: str = ""
    certificate: str = ""


HEADERS = ("Serial", "Asset Tag", "Weight kg", "Disposition", "Result", "Certificate")


def decode_list(data: bytes) -> str:
    """Return the text of a recipient's list that came as a file.

    :raises ListRefused: it is too long, or not in UTF-8 or UTF-16. A list is compared once, so
        nothing of it is guessed or cut off.
    """
    if len(data) > MAX_LIST_BYTES:
        raise ListRefused(f"The list is larger than {MAX_LIST_BYTES // 1_000_000} MB.")
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ListRefused("The file is not in UTF-8. Save it as CSV UTF-8.") from None


def read_list(text: str) -> list[ListedRow]:
    """Return the rows of a recipient's list: CSV with the headers of `HEADERS`, some of them.

    :raises ListRefused: it has no serial numbers and no tags, or a row cannot be read.
    """
    sample = text.lstrip("\ufeff").strip()
    if not sample:
        raise ListRefused("The list is empty.")
    first = sample.splitlines()[0]
    sign = max(",;\t", key=first.count)
    if not is_storable(sample):
        raise ListRefused("The list holds characters that no text has. Save it as CSV UTF-8.")
    try:
        # Kept as they are, all line ends are read: some software still writes a bare \r.
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=sign))
    except csv.Error:
        raise ListRefused("The list cannot be read as CSV. Save it as CSV UTF-8.") from None
    names = [name.strip().casefold() for name in rows[0]]
    wanted = [name.casefold() for name in HEADERS]
    known = {name: names.index(name) for name in wanted if name in names}
    if not {"serial", "asset tag"} & known.keys():
        raise ListRefused(
            "The first line has neither “Serial” nor “Asset Tag”. Add one of these headers."
        )
    if len(rows) > MAX_ROWS:
        raise ListRefused(f"The list has more than {MAX_ROWS:,} lines.")

    def cell(row: Sequence[str], name: str) -> str:
        at = known.get(name)
        return row[at].strip()[:MAX_CELL] if at is not None and at < len(row) else ""

    found = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(one.strip() for one in row):
            continue
        serial, tag = cell(row, "serial"), cell(row, "asset tag")
        if not serial and not tag:
            raise ListRefused(f"Line {number} has neither a serial number nor a tag.")
        found.append(
            ListedRow(
                serial,
                tag,
                read_weight(cell(row, "weight kg"), f"Line {number}: "),
                cell(row, "disposition"),
                cell(row, "result"),
                cell(row, "certificate"),
            )
        )
    return found


def read_weight(text: str, where: str = "") -> int | None:
    """Return a weight in grams from a text in kilograms; None if it says nothing.

    :raises ListRefused: it is not a weight.
    """
    if not text:
        return None
    whole, _, part = text.replace(",", ".").partition(".")
    is_number = text.isascii() and whole.isdigit() and (not part or part.isdigit())
    if not is_number or len(whole) > 5 or len(part) > 3:  # noqa: PLR2004 - 99,999.999 kg
        raise ListRefused(f"{where}“{text[:20]}” is not a weight in kilograms, such as 1.25.")
    return int(whole) * 1000 + int(part.ljust(3, "0"))


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that was handed over."""

    item_id: int
    serial: str
    tag: str


@dataclass(frozen=True, slots=True)
class Matched:
    """What a list says of what was handed over.

    :param received: the line by the id of the item.
    :param missing: the ids of items that no line names.
    :param extra: lines that name nothing that was handed over.
    """

    received: Mapping[int, ListedRow]
    missing: Sequence[int]
    extra: Sequence[ListedRow]


def match_list(expected: Iterable[Expected], listed: Iterable[ListedRow]) -> Matched:
    """Match a list with what was handed over, by serial number, else by tag.

    A line whose serial number is another does not match by its tag: that would hide that another
    thing arrived.
    """
    left = list(expected)
    received: dict[int, ListedRow] = {}
    extra: list[ListedRow] = []
    for row in listed:
        found = next((one for one in left if _is_same(one, row)), None)
        if found is None:
            extra.append(row)
        else:
            left.remove(found)
            received[found.item_id] = row
    return Matched(received, [one.item_id for one in left], extra)


def _is_same(one: Expected, row: ListedRow) -> bool:
    if row.serial and one.serial:
        return row.serial.casefold() == one.serial.casefold()
    return bool(row.tag) and row.tag.casefold() == one.tag.casefold()


def hash_transfer(transfer: Mapping[str, Any]) -> str:
    """Return the hash of a transfer, which holds the hash of the one before it."""
    held = {name: value for name, value in transfer.items() if name != "sha256"}
    return hashlib.sha256(dump_canonical(held)).hexdigest()


def share_cents(cents: int, tags: Sequence[str]) -> dict[str, int]:
    """Return an amount in equal shares; the cents that are left go to the lowest tags."""
    whole, left = divmod(cents, len(tags)) if tags else (0, 0)
    return {tag: whole + (n < left) for n, tag in enumerate(sorted(tags))}

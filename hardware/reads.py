"""The data types of this package: the events of a decoder, and the sightings for the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid4

Kind = Literal["epc", "tid", "uid", "em4100", "wiegand", "barcode"]


@dataclass(frozen=True, slots=True)
class TagRead:
    """One report of one tag or label as the reader sent it, without a time or the reader's name.

    `raw` is the EPC, TID, UID or card number as bytes, or a barcode's text in UTF-8 without its AIM
    identifier. `bits` is how many bits of `raw` count (Wiegand). `rssi_dbm` is set only if the
    protocol defines its scale in dBm; a model's own index goes to `rssi_raw`. `pc` is the Gen2
    protocol-control word. `reader_us` is the reader's own time in microseconds.
    """

    raw: bytes
    kind: Kind = "epc"
    antenna: int | None = None
    rssi_dbm: float | None = None
    rssi_raw: int | None = None
    pc: int | None = None
    tid: bytes | None = None
    symbology: str | None = None
    aim: str | None = None
    bits: int | None = None
    count: int = 1
    reader_us: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The reader's answer to a command. `status` is 0 or None for success."""

    code: int
    data: bytes = b""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A valid frame without a read: a keep-alive, no tag in the field, a warning of the reader."""

    what: str
    detail: str = ""
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to no valid frame. `sample` holds at most the first 16 of them.

    `is_refusal` is True if a person's whole read was refused: `why` must reach somebody then.
    """

    size: int
    sample: bytes = b""
    why: str = ""
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """The connection was refused or can no longer be decoded. It must be opened again."""

    why: str
    is_busy: bool = False


Event = TagRead | Reply | Status | Noise | Broken


class Confidence(StrEnum):
    """How much a sighting proves. A low one is evidence and never a finding by itself."""

    NORMAL = "normal"
    LOW = "low"


class Change(StrEnum):
    """What a sighting says about the tag's presence at the read point."""

    ARRIVED = "arrived"
    PRESENT = "present"
    MOVED = "moved"
    DEPARTED = "departed"
    GLIMPSED = "glimpsed"


@dataclass(frozen=True, slots=True)
class ReaderSighting:
    """Reads of one tag at one read point, combined into one record with its own id.

    Each raw read that passes the filter is counted in exactly one sighting. `rssi` is the strongest
    in dBm. Times are aware UTC by the agent's clock.
    """

    reader: str
    kind: Kind
    raw: bytes
    change: Change
    confidence: Confidence
    first_seen_at: datetime
    last_seen_at: datetime
    count: int
    antenna: int | None = None
    rssi: float | None = None
    tid: bytes | None = None
    symbology: str | None = None
    aim: str | None = None
    location: str | None = None
    intent: str | None = None
    read_id: UUID = field(default_factory=uuid4)


def hex_of(raw: bytes) -> str:
    """Return `raw` in upper-case hex, the form in which tags are written everywhere."""
    return raw.hex().upper()

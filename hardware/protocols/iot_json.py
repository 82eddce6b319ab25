"""The JSON of network readers: Impinj's IoT device interface and Zebra's IoT Connector.

Sources: Impinj IoT device interface 1.x (tagInventoryEvent; EPC in URL-safe base64, or in hex if
that is switched on; signal in hundredths of a dBm); Zebra IoT Connector (SIMPLE, INVENTORY and
CUSTOM). Both send one object, an array, or one object per line. Unknown event types are reported as
a status.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hardware.protocols.base import Decoder
from hardware.reads import Event, Noise, Status, TagRead

MAX_DOCUMENT = 4 * 1024 * 1024
_MAX_TAG_BYTES = 64
_MAX_ANTENNA = 65535


def decode_document(text: bytes, read_event: Callable[[Any], list[Event]]) -> list[Event]:
    """Return the events of one JSON text: an object or an array of objects."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return [Noise(len(text), text[:16], "not JSON")]
    items = document if isinstance(document, list) else [document]
    return [event for item in items for event in read_event(item)]


def read_impinj(item: Any) -> list[Event]:
    """Return the events of one object of Impinj's interface."""
    if not isinstance(item, dict):
        return [Noise(0, b"", "an event that is not an object")]
    event = item.get("tagInventoryEvent")
    if not isinstance(event, dict):
        return [Status("event", str(item.get("eventType", "unknown"))[:80])]
    raw = _from_hex(event.get("epcHex")) or _from_base64(event.get("epc"))
    if raw is None:
        return [Noise(0, b"", "a tag without an EPC")]
    rssi = _number(event.get("peakRssiCdbm"))
    return [
        TagRead(
            raw,
            antenna=_antenna(event.get("antennaPort")),
            rssi_dbm=None if rssi is None else rssi / 100,
            tid=_from_hex(event.get("tidHex")) or _from_base64(event.get("tid")),
            reader_us=_microseconds(event.get("lastSeenTime") or item.get("timestamp")),
        )
    ]


def read_zebra(item: Any) -> list[Event]:
    """Return the events of one object of Zebra's connector."""
    if not isinstance(item, dict):
        return [Noise(0, b"", "an event that is not an object")]
    data = item.get("data")
    if not isinstance(data, dict) or "idHex" not in data:
        return [Status("event", str(item.get("type", "unknown"))[:80])]
    raw = _from_hex(data.get("idHex"))
    if raw is None:
        return [Noise(0, b"", "a tag whose idHex is not hex")]
    count = _number(data.get("reads"))
    return [
        TagRead(
            raw,
            antenna=_antenna(data.get("antenna")),
            rssi_dbm=_number(data.get("peakRssi")),
            tid=_from_hex(data.get("TID")),
            count=max(1, int(count)) if count is not None else 1,
            reader_us=_microseconds(item.get("timestamp")),
        )
    ]


class JsonLineDecoder(Decoder):
    """Decodes one object per line (NDJSON), from a stream or from the body of a request."""

    read_event: Callable[[Any], list[Event]]

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytearray()
        self._is_overlong = False

    def feed(self, data: bytes) -> list[Event]:
        self._buffer += data
        events: list[Event] = []
        *lines, rest = bytes(self._buffer).split(b"\n") if b"\n" in data else (self._buffer,)
        for line in lines:
            events += self._take(bytes(line))
        self._buffer = bytearray(rest)
        if len(self._buffer) > MAX_DOCUMENT:
            events.append(Noise(len(self._buffer), bytes(self._buffer[:16]), "an endless line"))
            self._buffer.clear()
            self._is_overlong = True
        return events

    def reset(self) -> list[Event]:
        super().reset()
        size = len(self._buffer)
        self._buffer.clear()
        self._is_overlong = False
        return [Noise(size, b"", "the line was cut during an event")] if size else []

    def decode_body(self, body: bytes) -> list[Event]:
        """Return the events of one request: a JSON text, or one object per line."""
        events = decode_document(body, self.read_event)
        if len(events) == 1 and isinstance(events[0], Noise) and b"\n" in body.strip():
            return [event for line in body.split(b"\n") for event in self._take(line)]
        return events

    def _take(self, line: bytes) -> list[Event]:
        is_overlong, self._is_overlong = self._is_overlong, False
        if is_overlong or not line.strip():
            return []
        return decode_document(line, self.read_event)


class ImpinjJsonDecoder(JsonLineDecoder):
    """The data stream and posts of an Impinj R700."""

    read_event = staticmethod(read_impinj)


class ZebraJsonDecoder(JsonLineDecoder):
    """Zebra FX, FXR90 and ATR7000 with IoT Connector."""

    read_event = staticmethod(read_zebra)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _from_hex(value: Any) -> bytes | None:
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return None
    return raw if 0 < len(raw) <= _MAX_TAG_BYTES else None


def _from_base64(value: Any) -> bytes | None:
    if not isinstance(value, str):
        return None
    text = value.rstrip("=")
    try:
        raw = base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        return None
    return raw if 0 < len(raw) <= _MAX_TAG_BYTES else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _antenna(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_ANTENNA:
        return None
    return value


def _microseconds(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return int(moment.timestamp() * 1_000_000) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None

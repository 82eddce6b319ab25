"""Builds and parses LLRP 1.0.1 messages and parameters, without a connection.

Source: EPCglobal Low Level Reader Protocol 1.0.1, sections 16 and 17. Numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from hardware.reads import TagRead

MAX_MESSAGE = 4 * 1024 * 1024
HEADER = struct.Struct(">HII")
VERSIONS = frozenset({1, 2})


class MessageType(IntEnum):
    """The messages that are used here. Others are skipped by their length."""

    GET_READER_CAPABILITIES = 1
    SET_READER_CONFIG = 3
    CLOSE_CONNECTION_RESPONSE = 4
    SET_READER_CONFIG_RESPONSE = 13
    CLOSE_CONNECTION = 14
    ADD_ROSPEC = 20
    DELETE_ROSPEC = 21
    START_ROSPEC = 22
    STOP_ROSPEC = 23
    ENABLE_ROSPEC = 24
    ADD_ROSPEC_RESPONSE = 30
    DELETE_ROSPEC_RESPONSE = 31
    START_ROSPEC_RESPONSE = 32
    STOP_ROSPEC_RESPONSE = 33
    ENABLE_ROSPEC_RESPONSE = 34
    RO_ACCESS_REPORT = 61
    KEEPALIVE = 62
    READER_EVENT_NOTIFICATION = 63
    ENABLE_EVENTS_AND_REPORTS = 64
    KEEPALIVE_ACK = 72
    ERROR_MESSAGE = 100


class Parameter(IntEnum):
    """Parameter types: TV encoding below 128, TLV from 128 on."""

    ANTENNA_ID = 1
    FIRST_SEEN_UTC = 2
    FIRST_SEEN_UPTIME = 3
    LAST_SEEN_UTC = 4
    LAST_SEEN_UPTIME = 5
    PEAK_RSSI = 6
    TAG_SEEN_COUNT = 8
    C1G2_PC = 12
    EPC_96 = 13
    RO_SPEC = 177
    RO_BOUNDARY_SPEC = 178
    RO_SPEC_START_TRIGGER = 179
    RO_SPEC_STOP_TRIGGER = 182
    AI_SPEC = 183
    AI_SPEC_STOP_TRIGGER = 184
    INVENTORY_PARAMETER_SPEC = 186
    KEEPALIVE_SPEC = 220
    RO_REPORT_SPEC = 237
    TAG_REPORT_CONTENT_SELECTOR = 238
    TAG_REPORT_DATA = 240
    EPC_DATA = 241
    READER_EVENT_NOTIFICATION_DATA = 246
    READER_EXCEPTION_EVENT = 252
    ANTENNA_EVENT = 255
    CONNECTION_ATTEMPT_EVENT = 256
    CONNECTION_CLOSE_EVENT = 257
    LLRP_STATUS = 287


# The number of bytes after the type byte of each TV parameter.
_TV_SIZES = {
    1: 2, 2: 8, 3: 8, 4: 8, 5: 8, 6: 1, 7: 2, 8: 2, 9: 4, 10: 2, 11: 2, 12: 2, 13: 12, 14: 2,
    15: 2, 16: 4, 17: 2, 18: 4, 19: 2, 20: 2,
}  # fmt: skip
# Asks for antenna, peak RSSI, first seen, last seen and count: bits 12 and 10 to 7 of the content
# selector.
_CONTENT = 0x1780
_TV_FLAG = 0x80
_TLV_HEAD = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its type number, its id, and the bytes after the header."""

    type: int
    id: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An LLRPStatus. Code 0 is success."""

    code: int
    text: str


def build_message(kind: MessageType, message_id: int, body: bytes = b"") -> bytes:
    """Return a whole message of protocol version 1."""
    return HEADER.pack(1 << 10 | kind, HEADER.size + len(body), message_id) + body


def build_tlv(kind: Parameter, body: bytes) -> bytes:
    """Return a TLV parameter."""
    return struct.pack(">HH", kind, _TLV_HEAD + len(body)) + body


def build_add_rospec(message_id: int, *, rospec_id: int, antennas: list[int]) -> bytes:
    """Return ADD_ROSPEC: read without end, and report each tag as soon as it is seen.

    :param antennas: antennas counted from 1; 0 is all antennas of the reader
    """
    never = b"\x00" + bytes(4)
    boundary = build_tlv(
        Parameter.RO_BOUNDARY_SPEC,
        build_tlv(Parameter.RO_SPEC_START_TRIGGER, b"\x00")
        + build_tlv(Parameter.RO_SPEC_STOP_TRIGGER, never),
    )
    inventory = build_tlv(
        Parameter.AI_SPEC,
        struct.pack(f">H{len(antennas)}H", len(antennas), *antennas)
        + build_tlv(Parameter.AI_SPEC_STOP_TRIGGER, never)
        + build_tlv(Parameter.INVENTORY_PARAMETER_SPEC, struct.pack(">HB", 1, 1)),
    )
    report = build_tlv(
        Parameter.RO_REPORT_SPEC,
        struct.pack(">BH", 2, 1)
        + build_tlv(Parameter.TAG_REPORT_CONTENT_SELECTOR, struct.pack(">H", _CONTENT)),
    )
    body = struct.pack(">IBB", rospec_id, 0, 0) + boundary + inventory + report
    return build_message(MessageType.ADD_ROSPEC, message_id, build_tlv(Parameter.RO_SPEC, body))


def build_keepalive_config(message_id: int, *, period_s: float) -> bytes:
    """Return SET_READER_CONFIG that asks for a keep-alive every `period_s` seconds."""
    spec = build_tlv(Parameter.KEEPALIVE_SPEC, struct.pack(">BI", 1, int(period_s * 1000)))
    return build_message(MessageType.SET_READER_CONFIG, message_id, b"\x00" + spec)


def build_rospec_request(kind: MessageType, message_id: int, *, rospec_id: int) -> bytes:
    """Return a request about one ROSpec; 0 is all of them."""
    return build_message(kind, message_id, struct.pack(">I", rospec_id))


def measure_message(buffer: bytearray) -> int:
    """Return the length in bytes of the message at the start of `buffer`.

    0 if more bytes are needed to know it, -1 if this is not LLRP: the TCP stream has no marker by
    which to resynchronise.
    """
    if len(buffer) < HEADER.size:
        return 0
    head, length, _ = HEADER.unpack_from(buffer)
    if head >> 13 or (head >> 10) & 0x07 not in VERSIONS:
        return -1
    return length if HEADER.size <= length <= MAX_MESSAGE else -1


def parse_message(data: bytes) -> Message:
    """Return the parts of one whole message."""
    head, _, message_id = HEADER.unpack_from(data)
    return Message(head & 0x3FF, message_id, data[HEADER.size :])


def walk_parameters(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and contents of each parameter. Stop at the first impossible length."""
    at = 0
    while at < len(body):
        if body[at] & _TV_FLAG:
            kind = body[at] & 0x7F
            start, size = at + 1, _TV_SIZES.get(kind, -1)
        else:
            if at + _TLV_HEAD > len(body):
                return
            kind, length = struct.unpack_from(">HH", body, at)
            kind &= 0x3FF
            start, size = at + _TLV_HEAD, length - _TLV_HEAD
        if size < 0 or start + size > len(body):
            return
        yield kind, body[start : start + size]
        at = start + size


def find_parameter(body: bytes, kind: Parameter) -> bytes | None:
    """Return the contents of the first parameter of `kind`, or None."""
    return next((contents for found, contents in walk_parameters(body) if found == kind), None)


def parse_status(body: bytes) -> Answer | None:
    """Return the LLRPStatus of a response, or None if it has none."""
    contents = find_parameter(body, Parameter.LLRP_STATUS)
    if contents is None or len(contents) < 4:  # noqa: PLR2004 - code and length of the text
        return None
    code, size = struct.unpack_from(">HH", contents)
    return Answer(code, contents[4 : 4 + size].decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class ReportedTag:
    """A read of a report, and a key that no other read has (None if the report has no times)."""

    read: TagRead
    key: tuple[bytes, int | None, int, int, int] | None


def parse_report(body: bytes) -> list[ReportedTag]:
    """Return the tags of an RO_ACCESS_REPORT. Entries without an EPC are left out."""
    return [
        tag
        for kind, contents in walk_parameters(body)
        if kind == Parameter.TAG_REPORT_DATA and (tag := _parse_tag(contents)) is not None
    ]


def _parse_tag(contents: bytes) -> ReportedTag | None:
    found = dict(walk_parameters(contents))
    epc = found.get(Parameter.EPC_96)
    if epc is None:
        data = found.get(Parameter.EPC_DATA, b"")
        bits = int.from_bytes(data[:2], "big")
        epc = data[2 : 2 + (bits + 7) // 8]
        if not epc or len(epc) * 8 < bits:
            return None

    def number(*kinds: Parameter) -> int | None:
        for kind in kinds:
            if kind in found:
                return int.from_bytes(found[kind], "big")
        return None

    rssi = found.get(Parameter.PEAK_RSSI)
    dbm = int.from_bytes(rssi, "big", signed=True) if rssi is not None else None
    antenna = number(Parameter.ANTENNA_ID)
    first = number(Parameter.FIRST_SEEN_UTC, Parameter.FIRST_SEEN_UPTIME)
    last = number(Parameter.LAST_SEEN_UTC, Parameter.LAST_SEEN_UPTIME)
    count = number(Parameter.TAG_SEEN_COUNT)
    read = TagRead(
        epc,
        antenna=antenna,
        rssi_dbm=None if dbm is None else float(dbm),
        rssi_raw=dbm,
        pc=number(Parameter.C1G2_PC),
        count=max(1, count or 1),
        reader_us=last,
    )
    key = None if first is None or last is None else (epc, antenna, first, last, count or 1)
    return ReportedTag(read, key)

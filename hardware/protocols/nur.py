"""Nordic ID NUR: ``A5 len16 flags16 x payload CRC16``, little-endian. Experimental.

Source: NordicID/nur_nurapi_micro (NurProtocol.h, and the identifier buffer of NurMicroApi.c); no
capture has confirmed it. The module collects tags in a buffer. A poll runs an inventory, and its
answer makes the decoder fetch the buffer with metadata, which empties it.
"""

from __future__ import annotations

import struct

from hardware.protocols.base import FrameDecoder
from hardware.protocols.checksums import crc_ccitt_false
from hardware.reads import Event, Reply, Status, TagRead

START = 0xA5
PING, GET_WITH_METADATA, STOP_ALL, INVENTORY = 0x01, 0x07, 0x0E, 0x31
CLEAR = b"\x01"
NO_TAG_ERROR = 0x20
FLAG_UNSOLICITED, FLAG_WITH_DATA = 0x0001, 0x0002

_HEADER = 6
_MIN_PAYLOAD, _MAX_PAYLOAD = 3, 2048
_META = struct.Struct("<bbHIHBB")
_META_WITH_DATA = struct.Struct("<bbHIBHBB")


def build_command(command: int, data: bytes = b"") -> bytes:
    """Return the packet for `command`."""
    payload = bytes((command,)) + data
    payload += crc_ccitt_false(payload).to_bytes(2, "little")
    head = bytes((START,)) + struct.pack("<HH", len(payload), 0)
    return head + bytes((_check(head),)) + payload


def _check(head: bytes) -> int:
    value = 0xFF
    for byte in head:
        value ^= byte
    return value


class NurDecoder(FrameDecoder):
    """Polls inventories and fetches the tags that they found."""

    start = START
    poll_s = 0.25

    def begin(self) -> None:
        self._out += build_command(PING)

    def poll(self) -> None:
        self._out += build_command(INVENTORY, bytes(3))

    def end(self) -> None:
        self._out += build_command(STOP_ALL)

    def measure(self, buffer: bytearray, at: int) -> int:
        if len(buffer) - at < _HEADER:
            return 0
        head = bytes(buffer[at : at + _HEADER])
        size = int.from_bytes(head[1:3], "little")
        if _check(head[:-1]) != head[-1] or not _MIN_PAYLOAD <= size <= _MAX_PAYLOAD:
            return -1
        return _HEADER + size

    def accept(self, frame: bytes) -> list[Event] | None:
        payload = frame[_HEADER:-2]
        if crc_ccitt_false(payload) != int.from_bytes(frame[-2:], "little"):
            return None
        flags = int.from_bytes(frame[3:5], "little")
        command, status, data = payload[0], payload[1] if len(payload) > 1 else 0, payload[2:]
        if flags & FLAG_UNSOLICITED:
            return [Status("notification", f"0x{command:02X}")]
        if command == INVENTORY:
            if status == NO_TAG_ERROR:
                return [Status("no_tag")]
            if status == 0:
                self._out += build_command(GET_WITH_METADATA, CLEAR)
        if command == GET_WITH_METADATA and status == 0:
            reads = parse_buffer(data, has_data=bool(flags & FLAG_WITH_DATA))
            if reads is not None:
                return [*reads] if reads else [Status("no_tag")]
        return [Reply(command, data, status)]


def parse_buffer(data: bytes, *, has_data: bool = False) -> list[TagRead] | None:
    """Return the reads in an identifier buffer with metadata, or None if its lengths disagree."""
    layout = _META_WITH_DATA if has_data else _META
    reads: list[TagRead] = []
    at = 0
    while at < len(data) and data[at]:
        size = data[at]
        block = data[at + 1 : at + 1 + size]
        if len(block) < size or size <= layout.size:
            return None
        fields = layout.unpack_from(block)
        extra = fields[4] if has_data else 0
        pc, _, antenna = fields[-3:]
        epc = block[layout.size : len(block) - extra]
        if not epc:
            return None
        tid = block[len(block) - extra :] if extra else None
        rssi = fields[0]
        reads.append(
            TagRead(epc, pc=pc, antenna=antenna + 1, rssi_dbm=float(rssi), rssi_raw=rssi, tid=tid)
        )
        at += 1 + size
    return reads

"""ThingMagic M6e, Nano, M7e and their clones: ``FF Len Op [Status16] Data CRC16``.

Sources: nine captured frames; the metadata bits of the Mercury API. Only responses have the two
bytes of status. Continuous reading sends keep-alives and temperature reports under the op code of
tags, and these must not be taken for a tag.
"""

from __future__ import annotations

from hardware.protocols.base import FrameDecoder
from hardware.protocols.checksums import crc_thingmagic
from hardware.reads import Event, Reply, Status, TagRead

START = 0xFF
VERSION, BOOT, READ_MULTIPLE, CONTINUOUS = 0x03, 0x04, 0x22, 0x2F
SET_ANTENNA, SET_PROTOCOL, SET_REGION = 0x91, 0x93, 0x97
REGIONS = {"na": 0x01, "eu": 0x02, "kr": 0x03, "in": 0x04, "jp": 0x05, "prc": 0x06, "eu3": 0x08}
NO_TAGS_FOUND = 0x0400
GEN2 = b"\x00\x05"
# Continuous search with all metadata. The bytes are the vendor's example for gate readers.
START_CONTINUOUS = bytes.fromhex("00000122000005072210001B03E801FF")
STOP_CONTINUOUS = bytes.fromhex("000002")

_OVERHEAD, _MAX_LENGTH = 7, 248
_METADATA_AT, _TAG_AT, _TEMPERATURE_LENGTH = 8, 11, 0x0A
# Bit: (name, bytes). The fields follow one another in the order of their bits.
_METADATA = {
    0x0001: ("count", 1),
    0x0002: ("rssi", 1),
    0x0004: ("antenna", 1),
    0x0008: ("frequency", 3),
    0x0010: ("timestamp", 4),
    0x0020: ("phase", 2),
    0x0040: ("protocol", 1),
    0x0080: ("data", 2),
    0x0100: ("gpio", 1),
}
_PC_AND_CRC = 4


def build_command(code: int, data: bytes = b"") -> bytes:
    """Return the frame of the command `code`."""
    body = bytes((len(data), code)) + data
    return bytes((START,)) + body + crc_thingmagic(body).to_bytes(2, "big")


class ThingMagicDecoder(FrameDecoder):
    """Sends the start-up commands, each after the answer to the one before, then listens."""

    start = START
    rearm_s = 5.0

    def __init__(self, *, region: str = "eu") -> None:
        """Set up for one module.

        :param region: the radio region, one of `REGIONS`
        """
        super().__init__()
        self._steps: list[tuple[int, bytes]] = [
            (VERSION, b""),
            (BOOT, b""),
            (SET_REGION, bytes((REGIONS[region],))),
            (SET_PROTOCOL, GEN2),
            (CONTINUOUS, START_CONTINUOUS),
        ]
        self._step = 0

    def begin(self) -> None:
        self._step = 0
        self._out += build_command(*self._steps[0])

    def end(self) -> None:
        self._out += build_command(CONTINUOUS, STOP_CONTINUOUS)

    def measure(self, buffer: bytearray, at: int) -> int:
        if len(buffer) - at < 2:  # noqa: PLR2004 - start and length
            return 0
        length = buffer[at + 1]
        return length + _OVERHEAD if length <= _MAX_LENGTH else -1

    def accept(self, frame: bytes) -> list[Event] | None:
        if crc_thingmagic(frame[1:-2]) != int.from_bytes(frame[-2:], "big"):
            return None
        code, status, data = frame[2], int.from_bytes(frame[3:5], "big"), frame[5:-2]
        if code == READ_MULTIPLE:
            return self._accept_report(frame, status)
        if self._step < len(self._steps) and code == self._steps[self._step][0]:
            self._step += 1
            if self._step < len(self._steps):
                self._out += build_command(*self._steps[self._step])
        return [Reply(code, data, status)]

    def _accept_report(self, frame: bytes, status: int) -> list[Event]:
        if status == NO_TAGS_FOUND:
            return [Status("no_tag")]
        if status:
            return [Status("error", f"the module reports 0x{status:04X}", True)]
        if frame[1] == 0:
            return [Status("keep_alive")]
        if frame[1] == _TEMPERATURE_LENGTH:
            return [Status("temperature", f"{frame[-3]} C")]
        read = parse_tag(frame)
        return [read] if read else [Reply(READ_MULTIPLE, frame[5:-2])]


def parse_tag(frame: bytes) -> TagRead | None:
    """Return the read in a whole report frame, or None if its lengths disagree."""
    body_end = len(frame) - 2
    flags = int.from_bytes(frame[_METADATA_AT : _METADATA_AT + 2], "big")
    at, found = _TAG_AT, {}
    for bit, (name, size) in _METADATA.items():
        if flags & bit:
            found[name] = frame[at : at + size]
            at += size
            if name == "data":
                at += (int.from_bytes(found[name], "big") + 7) // 8
    if at + 2 > body_end:
        return None
    size, at = int.from_bytes(frame[at : at + 2], "big") // 8, at + 2
    if size <= _PC_AND_CRC or at + size > body_end:
        return None
    tag = frame[at : at + size]
    rssi = int.from_bytes(found["rssi"], "big", signed=True) if "rssi" in found else None
    milliseconds = int.from_bytes(found.get("timestamp", b""), "big")
    return TagRead(
        tag[2:-2],
        pc=int.from_bytes(tag[:2], "big"),
        rssi_dbm=None if rssi is None else float(rssi),
        rssi_raw=rssi,
        antenna=found["antenna"][0] & 0x0F if "antenna" in found else None,
        count=max(1, found["count"][0]) if "count" in found else 1,
        reader_us=milliseconds * 1000 if "timestamp" in found else None,
    )

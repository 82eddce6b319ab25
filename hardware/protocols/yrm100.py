"""YRM100, R200, M100 and QM100 modules: ``BB type command length parameters sum 7E``.

Source: the frames in the M100/QM100 manual. The data may contain 7E and BB, so the length decides
where a frame ends. The one-byte sum is weak, so the tag's own CRC-16 over PC and EPC, which a tag
notification also carries, is checked too.
"""

from __future__ import annotations

from hardware.protocols.base import FrameDecoder
from hardware.protocols.checksums import crc_gen2, is_epc_length
from hardware.reads import Event, Reply, Status, TagRead

START, END = 0xBB, 0x7E
COMMAND, RESPONSE, NOTIFICATION = 0x00, 0x01, 0x02
SINGLE_POLL, MULTI_POLL, STOP_POLL, SET_REGION, FAILED = 0x22, 0x27, 0x28, 0x07, 0xFF
NO_TAG = 0x15
REGIONS = {"cn900": 0x01, "us": 0x02, "eu": 0x03, "cn800": 0x04, "kr": 0x06}

_HEADER, _TRAILER = 5, 2
_MAX_PARAMETERS = 256
_TAG_OVERHEAD = 5


def build_command(command: int, parameters: bytes = b"") -> bytes:
    """Return the frame of `command`."""
    body = bytes((COMMAND, command)) + len(parameters).to_bytes(2, "big") + parameters
    return bytes((START,)) + body + bytes((sum(body) & 0xFF, END))


class Yrm100Decoder(FrameDecoder):
    """Polls 10,000 rounds at a time, and starts again when the module falls silent."""

    start = START
    rearm_s = 3.0

    def __init__(self, *, region: str | None = None, is_tag_crc_required: bool = True) -> None:
        """Set up for one module.

        :param region: one of `REGIONS`, set at the start; None keeps the module's setting
        :param is_tag_crc_required: refuse tag frames whose inner CRC is wrong
        """
        super().__init__()
        self._region = REGIONS[region] if region else None
        self._is_tag_crc_required = is_tag_crc_required

    def begin(self) -> None:
        if self._region is not None:
            self._out += build_command(SET_REGION, bytes((self._region,)))
        self._out += build_command(MULTI_POLL, bytes((SINGLE_POLL, 0x27, 0x10)))

    def poll(self) -> None:
        self._out += build_command(SINGLE_POLL)

    def end(self) -> None:
        self._out += build_command(STOP_POLL)

    def measure(self, buffer: bytearray, at: int) -> int:
        if len(buffer) - at < _HEADER:
            return 0
        if buffer[at + 1] not in {RESPONSE, NOTIFICATION}:
            return -1
        size = buffer[at + 3] << 8 | buffer[at + 4]
        return _HEADER + size + _TRAILER if size <= _MAX_PARAMETERS else -1

    def accept(self, frame: bytes) -> list[Event] | None:
        if frame[-1] != END or sum(frame[1:-2]) & 0xFF != frame[-2]:
            return None
        kind, command, parameters = frame[1], frame[2], frame[_HEADER:-_TRAILER]
        if kind == NOTIFICATION and command in {SINGLE_POLL, MULTI_POLL}:
            return self._accept_tag(parameters)
        if command == FAILED:
            code = parameters[0] if parameters else 0
            if code == NO_TAG:
                return [Status("no_tag")]
            return [Status("error", f"the module refused a command: 0x{code:02X}", True)]
        return [Reply(command, parameters)]

    def _accept_tag(self, parameters: bytes) -> list[Event] | None:
        if len(parameters) < _TAG_OVERHEAD:
            return None
        pc, epc = int.from_bytes(parameters[1:3], "big"), parameters[3:-2]
        if self._is_tag_crc_required and (
            crc_gen2(parameters[1:-2]) != int.from_bytes(parameters[-2:], "big")
            or not is_epc_length(pc, epc)
        ):
            return None
        rssi = int.from_bytes(parameters[:1], "big", signed=True)
        return [TagRead(epc, pc=pc, rssi_dbm=float(rssi), rssi_raw=rssi)]

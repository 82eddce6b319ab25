"""Chafon CF "UHF Prime" readers: ``CF Adr Cmd16 Len Data CRC16``. Experimental.

The framing is checked with published captures. The layout of an inventory report (status, signal,
antenna, channel, length, EPC) is from public client code, and no capture confirms it. So the signal
is kept raw, and a report whose length does not fit is shown as a reply.
"""

from __future__ import annotations

from hardware.protocols.base import FrameDecoder
from hardware.protocols.checksums import crc_mcrf4xx
from hardware.reads import Event, Reply, Status, TagRead

START = 0xCF
INVENTORY, STOP, GET_PARAMETERS = 0x0001, 0x0002, 0x0072
DONE = 0x12

_OVERHEAD = 7
_TAG_HEAD = 6
_MIN_EPC, _MAX_EPC = 2, 62


def build_command(command: int, data: bytes = b"", address: int = 0xFF) -> bytes:
    """Return the frame of a command. Address 255 is every reader."""
    body = bytes((START, address)) + command.to_bytes(2, "big") + bytes((len(data),)) + data
    return body + crc_mcrf4xx(body).to_bytes(2, "big")


class UhfPrimeDecoder(FrameDecoder):
    """Starts an inventory without end and listens."""

    start = START
    rearm_s = 10.0

    def begin(self) -> None:
        self._out += build_command(INVENTORY, bytes(5))

    def end(self) -> None:
        self._out += build_command(STOP)

    def measure(self, buffer: bytearray, at: int) -> int:
        if len(buffer) - at < 5:  # noqa: PLR2004 - the length is the fifth byte
            return 0
        return _OVERHEAD + buffer[at + 4]

    def accept(self, frame: bytes) -> list[Event] | None:
        if crc_mcrf4xx(frame[:-2]) != int.from_bytes(frame[-2:], "big"):
            return None
        command, data = int.from_bytes(frame[2:4], "big"), frame[5:-2]
        status = data[0] if data else None
        if command == INVENTORY:
            if status == DONE:
                return [Status("no_tag")]
            size = data[5] if len(data) >= _TAG_HEAD else 0
            if status == 0 and _MIN_EPC <= size <= _MAX_EPC and len(data) >= _TAG_HEAD + size:
                rssi = int.from_bytes(data[1:3], "big", signed=True)
                epc = data[_TAG_HEAD : _TAG_HEAD + size]
                return [TagRead(epc, antenna=data[3], rssi_raw=rssi)]
        return [Reply(command, data[1:], status)]

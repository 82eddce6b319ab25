"""EM4100 cards as ASCII (RDM6300, ID-12LA, ID-20LA): ``STX, 10 hex, 2 hex, [CR LF], ETX``.

The last two hex digits are the exclusive-or of the five bytes. A card that stays is sent again
about every 50 ms; `smoothing` combines these reads.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

from hardware.protocols.base import FrameDecoder
from hardware.reads import Event, TagRead

STX, ETX = 0x02, 0x03
_HEX = frozenset(b"0123456789ABCDEFabcdef")
_DIGITS = 12
_SHORT, _LONG = 14, 16


class Em4100Decoder(FrameDecoder):
    """Only listens: these readers take no commands."""

    start = STX

    def measure(self, buffer: bytearray, at: int) -> int:
        if not _HEX.issuperset(buffer[at + 1 : at + 1 + _DIGITS]):
            return -1
        tail = bytes(buffer[at + 1 + _DIGITS : at + _LONG])
        if not tail:
            return 0
        if tail[0] == ETX:
            return _SHORT
        return _LONG if b"\r\n\x03".startswith(tail) else -1

    def accept(self, frame: bytes) -> list[Event] | None:
        card = bytes.fromhex(frame[1:11].decode())
        if reduce(xor, card) != int(frame[11:13], 16):
            return None
        return [TagRead(card, "em4100")]

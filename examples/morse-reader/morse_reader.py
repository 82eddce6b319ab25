"""A reader protocol in its own distribution. A frame is ``2D``, two bytes of id, and their sum."""

from __future__ import annotations

from hardware.protocols.base import FrameDecoder
from hardware.reads import Event, TagRead
from hardware.registry import ProtocolSpec

START, SIZE = 0x2D, 4


class MorseDecoder(FrameDecoder):
    """Reads frames of four bytes whose last byte is a checksum."""

    start = START

    def measure(self, buffer: bytearray, at: int) -> int:
        """Return the length of the frame at `at` in bytes; every frame has the same here."""
        return SIZE

    def accept(self, frame: bytes) -> list[Event] | None:
        """Return the read in `frame`, or None if the checksum is wrong."""
        if frame[3] != sum(frame[:3]) & 0xFF:
            return None
        return [TagRead(frame[1:3], "uid")]


PROTOCOL = ProtocolSpec("morse", MorseDecoder, "a key and a lamp", baud=300, is_confirmed=False)

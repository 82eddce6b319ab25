"""Serial barcode scanners and RFID pads that send text lines, with or without AIM identifiers.

There is no checksum, so a line that cannot be text is refused as a whole. A wrong baud rate shows
as control characters other than GS1's separators, and as bytes that are not in the character set.
Some scanners put a line between STX and ETX.
"""

from __future__ import annotations

import re

from hardware.protocols.base import Decoder, NoiseTally
from hardware.protocols.charset import DEFAULT, check_charset, explain
from hardware.protocols.payload import PAYLOADS
from hardware.reads import Event, Noise

MAX_LINE = 4096
# Bytes that a scanner never means: NUL at plug-in or from BREAK, and XON and XOFF.
_IGNORED = bytes((0x00, 0x11, 0x13))
# FNC1 is sent as GS. ISO/IEC 15434 messages contain EOT, FS, RS and US.
_ALLOWED_CONTROLS = "\x04\x09\x1c\x1d\x1e\x1f"
_CONTROL = re.compile(rf"[^\S {_ALLOWED_CONTROLS}]|[\x00-\x08\x0a-\x1b\x7f-\x9f]")
_STX, _ETX = b"\x02", b"\x03"
_TERMINATORS = {
    "auto": re.compile(rb"[\r\n\x03]+"),
    "cr": re.compile(rb"\r"),
    "lf": re.compile(rb"\n"),
    "crlf": re.compile(rb"\r\n"),
    "none": re.compile(rb"[\r\n]+"),
}


class TextLineDecoder(Decoder):
    """Cuts a stream into lines.

    A line without an end is dropped when the line falls silent for 0.2 s or is cut, because half of
    one label must never be joined to the next. Only with `terminator="none"` does silence end a
    line.
    """

    def __init__(
        self,
        *,
        terminator: str = "auto",
        payload: str = "barcode",
        is_aim_required: bool = False,
        min_length: int = 1,
        charset: str = DEFAULT,
    ) -> None:
        """Set up for one scanner.

        :param terminator: ``auto`` (CR, LF, both, or ETX), ``cr``, ``lf``, ``crlf``, or ``none``
        :param payload: what the text is, one of `PAYLOADS`
        :param is_aim_required: refuse lines without an AIM identifier
        :param min_length: length in characters of the shortest text that is accepted
        :param charset: the character set that the scanner is set to
        :raises ValueError: `terminator`, `payload` or `charset` has another value
        """
        super().__init__()
        if terminator not in _TERMINATORS:
            raise ValueError(
                f"terminator is {terminator!r}: write one of {', '.join(_TERMINATORS)}"
            )
        if payload not in PAYLOADS:
            raise ValueError(f"payload is {payload!r}: write one of {', '.join(PAYLOADS)}")
        self._charset = check_charset(charset)
        self.idle_s = 0.05 if terminator == "none" else 0.2
        self._pattern = _TERMINATORS[terminator]
        self._is_silence_an_end = terminator == "none"
        self._read = PAYLOADS[payload]
        self._is_aim_required = is_aim_required
        self._min_length = min_length
        self._buffer = bytearray()
        self._is_overlong = False
        self._noise = NoiseTally()

    def feed(self, data: bytes) -> list[Event]:
        ignored = len(data)
        data = data.translate(None, _IGNORED)
        ignored -= len(data)
        if ignored:
            self._noise.add(bytes(ignored), "NUL, XON or XOFF")
        self._buffer += data
        events: list[Event] = []
        at = 0
        for match in self._pattern.finditer(self._buffer):
            events += self._finish(_unframe(bytes(self._buffer[at : match.start()])))
            at = match.end()
        del self._buffer[:at]
        if len(self._buffer) > MAX_LINE + 1:
            self._noise.add(bytes(self._buffer), f"a line longer than {MAX_LINE} bytes")
            # The tail may hold the first half of a CR LF.
            del self._buffer[:-1]
            self._is_overlong = True
        return events + self._noise.take()

    def idle(self) -> list[Event]:
        line = bytes(self._buffer)
        self._buffer.clear()
        if self._is_silence_an_end:
            return self._finish(_unframe(line)) + self._noise.take()
        self._noise.add(line, "a line without an end; does the scanner send CR?")
        self._is_overlong = False
        return self._noise.take()

    def reset(self) -> list[Event]:
        super().reset()
        self._noise.add(bytes(self._buffer), "the line was cut during a frame")
        self._buffer.clear()
        self._is_overlong = False
        return self._noise.take()

    def pending(self) -> int:
        """Return the number of bytes that wait for the end of their line."""
        return len(self._buffer)

    def _finish(self, line: bytes) -> list[Event]:
        if self._is_overlong or len(line) > MAX_LINE:
            self._is_overlong = False
            return [
                Noise(len(line), line[:16], f"a line longer than {MAX_LINE} bytes", is_refusal=True)
            ]
        if not line:
            return []
        try:
            text = line.decode(self._charset)
        except UnicodeDecodeError:
            return [Noise(len(line), line[:16], explain(self._charset), is_refusal=True)]
        if _CONTROL.search(text):
            return [
                Noise(
                    len(line),
                    line[:16],
                    "control characters: is the baud rate right?",
                    is_refusal=True,
                )
            ]
        read = self._read(text)
        if read is None:
            return [
                Noise(len(line), line[:16], "not in the form that `payload` sets", is_refusal=True)
            ]
        if len(text) < self._min_length or (self._is_aim_required and read.aim is None):
            return [
                Noise(
                    len(line), line[:16], "too short, or without an AIM identifier", is_refusal=True
                )
            ]
        return [read]


def _unframe(line: bytes) -> bytes:
    """Return what is between STX and ETX, or the whole line if neither is there."""
    return line.rpartition(_STX)[2].removesuffix(_ETX)

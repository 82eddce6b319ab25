"""HID point-of-sale scanners (usage page 8C, usage 02): reports of 64 bytes. Experimental.

Source: NielsLeenheer/WebHidBarcodeScanner for Honeywell, Youjie, Zebra and Datalogic; not tried on
a device. Report 2 holds a length, the AIM identifier (one byte later on some models), the data, and
in its last byte whether the next report continues it.
"""

from __future__ import annotations

from hardware.protocols.base import Decoder
from hardware.protocols.charset import DEFAULT, check_charset, explain
from hardware.protocols.symbology import split_aim, symbology_of
from hardware.reads import Event, Noise, TagRead

REPORT_ID, REPORT_SIZE = 0x02, 64
HONEYWELL_VENDOR = 0x0C2E
# Feature report 254 with the value 01 puts Honeywell scanners into this mode.
HONEYWELL_MODE = bytes((254, 0x01))
MAX_DATA = 65536

_CONTINUED_AT = 62
_AIM_SIZE = 3
_BRACKET = ord("]")


class HidPosDecoder(Decoder):
    """Joins reports into reads. `feed` takes whole reports that begin with the report id."""

    idle_s = 0.5

    def __init__(self, *, charset: str = DEFAULT) -> None:
        """Set up for one scanner.

        :param charset: the character set that the scanner is set to
        :raises ValueError: there is no such character set
        """
        super().__init__()
        self._charset = check_charset(charset)
        self._buffer = bytearray()
        self._aim: str | None = None
        self._data = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        self._buffer += data
        events: list[Event] = []
        while len(self._buffer) >= REPORT_SIZE:
            report = bytes(self._buffer[:REPORT_SIZE])
            del self._buffer[:REPORT_SIZE]
            events += self._take(report)
        return events

    def idle(self) -> list[Event]:
        return self.reset()

    def reset(self) -> list[Event]:
        super().reset()
        size = len(self._buffer) + len(self._data)
        self._buffer.clear()
        self._data.clear()
        self._aim = None
        return [Noise(size, b"", "an unfinished read")] if size else []

    def _take(self, report: bytes) -> list[Event]:
        if report[0] != REPORT_ID:
            return [Noise(len(report), report[:16], "a report that is not a scan")]
        body = report[1:]
        shift = 1 if body[1] != _BRACKET and body[2] == _BRACKET else 0
        data_at = 1 + _AIM_SIZE + shift
        size = body[0]
        if not 0 < size <= _CONTINUED_AT - data_at:
            return [Noise(len(report), report[:16], "a scan of impossible length")]
        aim, _ = split_aim(body[1 + shift : data_at].decode("latin-1") + "x")
        self._aim = self._aim or aim
        self._data += body[data_at : data_at + size]
        if body[_CONTINUED_AT]:
            if len(self._data) > MAX_DATA:
                return self.reset()
            return []
        data, aim = bytes(self._data).rstrip(b"\r"), self._aim
        self._data.clear()
        self._aim = None
        if not data:
            return [Noise(len(report), report[:16], "an empty scan")]
        try:
            text = data.decode(self._charset)
        except UnicodeDecodeError:
            return [Noise(len(data), data[:16], explain(self._charset), is_refusal=True)]
        return [TagRead(text.encode(), "barcode", symbology=symbology_of(aim), aim=aim)]

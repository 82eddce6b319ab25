"""TSL ASCII 2.0 handhelds and readers: lines ``HH: value``; ``OK:`` or ``ER:`` ends a response.

Source: asciiprotocol.com and a public capture. A new ``EP:`` ends the tag before it. Inventories
that the trigger starts come unasked. Lines have no checksum; if the reader was set to send a tag's
PC and CRC, these are checked.
"""

from __future__ import annotations

import re

from hardware.protocols.base import Decoder
from hardware.protocols.checksums import crc_gen2
from hardware.protocols.symbology import split_aim, symbology_of
from hardware.reads import Event, Noise, Reply, Status, TagRead

MAX_LINE = 1024
INVENTORY = b".iv -al on\r\n"
VERSION = b".vr\r\n"
ABORT = b".ab\r\n"
NO_TAG_CODES = frozenset({"005"})

_LINE = re.compile(r"([A-Z]{2}): ?(.*)", re.DOTALL)
_END = re.compile(rb"\r\n|\n|\r")
_EPC = re.compile(r"(?:[0-9A-Fa-f]{4}){1,31}")
_HEX16 = re.compile(r"[0-9A-Fa-f]{4}")
_RSSI = re.compile(r"-?\d{1,3}")


class TslDecoder(Decoder):
    """Asks for inventories, and takes those that the trigger starts."""

    idle_s = 0.2
    poll_s = 0.5

    def __init__(self, *, is_polled: bool = True) -> None:
        """Set up for one reader.

        :param is_polled: ask for inventories; if False, only the trigger starts one
        """
        super().__init__()
        self._is_polled = is_polled
        self._buffer = bytearray()
        self._is_overlong = False
        self._tag: dict[str, str] | None = None

    def begin(self) -> None:
        self._out += VERSION

    def poll(self) -> None:
        if self._is_polled:
            self._out += INVENTORY

    def end(self) -> None:
        self._out += ABORT

    def feed(self, data: bytes) -> list[Event]:
        self._buffer += data
        events: list[Event] = []
        at = 0
        for match in _END.finditer(self._buffer):
            # A CR as the last byte may be half of CR LF, which ends one line and not two.
            if match.end() == len(self._buffer) and match.group() == b"\r":
                break
            events += self._take_line(bytes(self._buffer[at : match.start()]))
            at = match.end()
        del self._buffer[:at]
        if len(self._buffer) > MAX_LINE + 1:
            events.append(
                Noise(len(self._buffer) - 1, bytes(self._buffer[:16]), "a line without an end")
            )
            del self._buffer[:-1]
            self._is_overlong = True
        return events

    def idle(self) -> list[Event]:
        line = bytes(self._buffer)
        self._buffer.clear()
        is_overlong, self._is_overlong = self._is_overlong, False
        if line.endswith(b"\r") and not is_overlong:
            return self._take_line(line[:-1]) + self._close()
        events = self._close()
        if line:
            events.append(Noise(len(line), line[:16], "a line without an end"))
        return events

    def reset(self) -> list[Event]:
        super().reset()
        self._tag = None
        size, sample = len(self._buffer), bytes(self._buffer[:16])
        self._buffer.clear()
        self._is_overlong = False
        return [Noise(size, sample, "the line was cut during a frame")] if size else []

    def _take_line(self, line: bytes) -> list[Event]:
        is_overlong, self._is_overlong = self._is_overlong, False
        if not line:
            return self._close()
        match = (
            None if is_overlong or len(line) > MAX_LINE else _LINE.fullmatch(line.decode("latin-1"))
        )
        if match is None:
            return [Noise(len(line), line[:16], "not a line of this protocol")]
        header, value = match.groups()
        if header in {"RI", "PC", "CR", "IX", "PH", "DT"}:
            if self._tag is not None:
                self._tag[header] = value
            return []
        events = self._close()
        if header == "EP":
            if not _EPC.fullmatch(value):
                return [*events, Noise(len(line), line[:16], "not an EPC in whole words of hex")]
            self._tag = {"EP": value}
            return events
        return events + self._take_header(header, value)

    def _take_header(self, header: str, value: str) -> list[Event]:
        match header:
            case "BC":
                aim, data = split_aim(value)
                return [TagRead(data.encode(), "barcode", symbology=symbology_of(aim), aim=aim)]
            case "ER" if value.strip() in NO_TAG_CODES:
                return [Status("no_tag")]
            case "ER":
                return [Status("error", f"the reader refused a command: {value}", True)]
            case "ME":
                return [Status("message", value)]
            case _:
                return [Reply(int.from_bytes(header.encode(), "big"), value.encode("latin-1"))]

    def _close(self) -> list[Event]:
        """Return the tag that is complete now, if there is one."""
        tag, self._tag = self._tag, None
        if tag is None:
            return []
        epc = bytes.fromhex(tag["EP"])
        pc = int(tag["PC"], 16) if _HEX16.fullmatch(tag.get("PC", "")) else None
        if pc is not None and _HEX16.fullmatch(tag.get("CR", "")):
            crc = int(tag["CR"], 16)
            if crc_gen2(pc.to_bytes(2, "big") + epc) != crc:
                return [Noise(len(epc), epc[:16], "the tag's CRC does not fit its EPC")]
        rssi = tag.get("RI", "")
        dbm = float(rssi) if _RSSI.fullmatch(rssi) else None
        return [TagRead(epc, pc=pc, rssi_dbm=dbm)]

"""UHFReader18 and 288 (Chafon, ZK-RFID): ``Len Adr Cmd [Status] Data CRC``, without a start byte.

Sources: ZK-RFID102 manual p. 6; frames of wabson/chafon-rfid and of uhfreader18. Two dialects share
the inventory command: the 18 sends length and EPC, the 288 also an antenna bit and a signal index.
With `model="auto"` the decoder asks the reader for its model. Until the answer, it accepts a reply
only if exactly one of the two layouts fits.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardware.protocols.base import FrameDecoder
from hardware.protocols.checksums import crc_mcrf4xx
from hardware.reads import Event, Reply, Status, TagRead

INVENTORY, READER_INFO, ACTIVE_REPORT = 0x01, 0x21, 0xEE
DONE, TIMED_OUT, MORE_FOLLOWS, MEMORY_FULL = 0x01, 0x02, 0x03, 0x04
ANTENNA_ERROR, NO_TAG, HEARTBEAT_STATUS = 0xF8, 0xFB, 0x28
MODELS = {0x09: "18", 0x0C: "288", 0x20: "288"}
HEARTBEAT = bytes.fromhex("560000000000")  # HW-VX firmware; it carries no checksum

# The commands that these readers answer. A wrong length byte shows because the byte at the
# command's position is not one of them.
_REPLY_CODES = frozenset(
    {*range(0x01, 0x1B), 0x21, 0x22, *range(0x24, 0x2A), 0x2F, 0x33, 0x34, 0x35, 0x36, 0x3F}
    | {0x40, 0x41, 0x42, 0x43, 0x4C, 0x50, 0x51, 0x54, 0x66, 0x6A, 0x70, 0x76, 0xEE}
)
_MIN_LENGTH, _MAX_LENGTH = 5, 252
_TID_FLAG, _TID_SIZE = 0x80, 12
_MAX_EPC = 62


def build_command(address: int, command: int, data: bytes = b"") -> bytes:
    """Return the frame of a command for the reader at `address`."""
    body = bytes((len(data) + 4, address, command)) + data
    return body + crc_mcrf4xx(body).to_bytes(2, "little")


class UhfReaderDecoder(FrameDecoder):
    """Asks for one inventory after another, or listens to a reader in active mode."""

    poll_s = 0.1

    def __init__(
        self, *, model: str = "auto", address: int = 0x00, antenna: int = 0, is_active: bool = False
    ) -> None:
        """Set up for one reader.

        :param model: ``auto``, ``18`` or ``288``
        :param address: the reader's RS-485 address; 255 is every reader
        :param antenna: for a 288, the antenna to ask, counted from 0
        :param is_active: the reader sends reads unasked; nothing is ever sent to it
        :raises ValueError: `model` has another value
        """
        super().__init__()
        if model not in {"auto", "18", "288"}:
            raise ValueError(f"model is {model!r}: write auto, 18 or 288")
        self._model = None if model == "auto" else model
        self._address = address
        self._antenna = antenna
        self._is_active = is_active

    def begin(self) -> None:
        if not self._is_active:
            self._out += build_command(self._address, READER_INFO)

    def poll(self) -> None:
        if self._is_active:
            return
        if self._model == "288":
            # Q 15 with automatic rounds, session 0, EPC bank, no mask, target A, 2 s at most.
            data = bytes((0x0F, 0, 1, 0, 0, 0, 0, 0x80 | self._antenna, 0x14))

            self._out += build_command(self._address, INVENTORY, data)
        else:
            self._out += build_command(self._address, INVENTORY)

    def measure(self, buffer: bytearray, at: int) -> int:
        length, have = buffer[at], len(buffer) - at
        if length == HEARTBEAT[0] and buffer[at : at + len(HEARTBEAT)] == HEARTBEAT[:have]:
            return len(HEARTBEAT)
        if not _MIN_LENGTH <= length <= _MAX_LENGTH:
            return -1
        if have < 3:  # noqa: PLR2004 - length, address, code
            return 0
        return length + 1 if buffer[at + 2] in _REPLY_CODES else -1

    def accept(self, frame: bytes) -> list[Event] | None:
        if frame == HEARTBEAT:
            return [Status("heartbeat")]
        if crc_mcrf4xx(frame) != 0:
            return None
        code, status, data = frame[2], frame[3], frame[4:-2]
        if code == ACTIVE_REPORT:
            return [Status("heartbeat")] if status == HEARTBEAT_STATUS else [TagRead(data)]
        if code == INVENTORY:
            return self._accept_inventory(status, data)
        if code == READER_INFO and status == 0 and len(data) > 2:  # noqa: PLR2004 - version, type
            self._model = self._model or MODELS.get(data[2], "18")
        return [Reply(code, data, status)]

    def _accept_inventory(self, status: int, data: bytes) -> list[Event]:
        if status == NO_TAG or (status in {DONE, TIMED_OUT} and not data):
            return [Status("no_tag")]
        if status == ANTENNA_ERROR:
            return [Status("error", "an antenna is missing or broken", True)]
        if status not in {DONE, TIMED_OUT, MORE_FOLLOWS, MEMORY_FULL}:
            return [Reply(INVENTORY, data, status)]
        layouts = {"18": parse_18, "288": parse_288}
        fits = {
            name: reads
            for name, parse in layouts.items()
            if self._model in {None, name} and (reads := parse(data)) is not None
        }
        if len(fits) != 1:
            why = "fits both layouts" if fits else "fits no layout of this model"
            return [Status("dialect", f"an inventory reply {why}; set model to 18 or 288", True)]
        reads = next(iter(fits.values()))
        return [*reads] if reads else [Status("no_tag")]


def parse_18(data: bytes) -> list[TagRead] | None:
    """Return the reads of a UHFReader18 inventory, or None if the layout does not fit."""
    reads = []
    entries = _split_entries(data, 1, data[0] if data else 0, extra=0)
    if entries is None:
        return None
    for epc, tid, _ in entries:
        reads.append(TagRead(epc, tid=tid))
    return reads


def parse_288(data: bytes) -> list[TagRead] | None:
    """Return the reads of a 288 inventory, or None if the layout does not fit."""
    if len(data) < 2 or data[0].bit_count() != 1:  # noqa: PLR2004 - antenna bit and number
        return None
    entries = _split_entries(data, 2, data[1], extra=1)
    if entries is None:
        return None
    antenna = data[0].bit_length()
    return [TagRead(epc, tid=tid, antenna=antenna, rssi_raw=tail[0]) for epc, tid, tail in entries]


def _split_entries(
    data: bytes, at: int, number: int, *, extra: int
) -> list[tuple[bytes, bytes | None, bytes]] | None:
    """Split into `number` entries of length, bytes and `extra` more; None if they don't fit."""
    entries = list(_walk_entries(data, at, number, extra))
    used = at + sum(1 + len(epc) + len(tid or b"") + extra for epc, tid, _ in entries)
    return entries if len(entries) == number and used == len(data) else None


def _walk_entries(
    data: bytes, at: int, number: int, extra: int
) -> Iterator[tuple[bytes, bytes | None, bytes]]:
    for _ in range(number):
        if at >= len(data):
            return
        length = data[at]
        size = length & ~_TID_FLAG
        body = data[at + 1 : at + 1 + size]
        tail = data[at + 1 + size : at + 1 + size + extra]
        if not 0 < len(body) == size <= _MAX_EPC or len(tail) != extra:
            return
        at += 1 + size + extra
        if length & _TID_FLAG and size > _TID_SIZE:
            yield body[:-_TID_SIZE], body[-_TID_SIZE:], tail
        else:
            yield body, None, tail

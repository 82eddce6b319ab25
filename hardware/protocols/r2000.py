"""R2000 modules with the A0 protocol: ``A0 Len Adr Cmd Data Check``; the frame sums to 0.

Experimental. Captures confirm the framing. The tag body (frequency and antenna, PC, EPC, signal) is
from two public clients and no capture. The one-byte sum is weak, so a tag is accepted only if its
own word count fits its length.
"""

from __future__ import annotations

from hardware.protocols.base import FrameDecoder
from hardware.protocols.checksums import is_epc_length
from hardware.reads import Event, Reply, Status, TagRead

START = 0xA0
GET_FIRMWARE, REALTIME_INVENTORY, FAST_SWITCH, SESSION_INVENTORY = 0x72, 0x89, 0x8A, 0x8B
INVENTORIES = frozenset({REALTIME_INVENTORY, FAST_SWITCH, SESSION_INVENTORY})
ERRORS = {
    0x22: "an antenna is missing: check its cable, or switch the antenna detector off",
    0x36: "no tag",
}

# The protocol's commands: settings, then inventories and tag access, then ISO 18000-6B.
_COMMANDS = frozenset({*range(0x61, 0xA0), *range(0xB0, 0xB7)})
_MIN_LENGTH, _MAX_LENGTH = 3, 250
_TAG_OVERHEAD = 4
_ROUND_SIZES = frozenset({7, 8})
_HIGH_ANTENNA = 0x80


def build_command(command: int, data: bytes = b"", address: int = 0x01) -> bytes:
    """Return the frame of a command for the module at `address`."""
    body = bytes((START, len(data) + 3, address, command)) + data
    return body + bytes((-sum(body) & 0xFF,))


class R2000Decoder(FrameDecoder):
    """Runs inventory rounds without pause: the end of one starts the next."""

    start = START
    is_weak = True
    rearm_s = 2.0

    def __init__(self, *, address: int = 0x01) -> None:
        """Set up for the module at `address`."""
        super().__init__()
        self._address = address

    def begin(self) -> None:
        self.poll()

    def poll(self) -> None:
        self._out += build_command(REALTIME_INVENTORY, b"\xff", self._address)

    def feed(self, data: bytes) -> list[Event]:
        events = super().feed(data)
        if any(isinstance(event, Status) for event in events):
            self.poll()
        return events

    def measure(self, buffer: bytearray, at: int) -> int:
        if len(buffer) - at < 2:  # noqa: PLR2004 - start and length
            return 0
        length = buffer[at + 1]
        if not _MIN_LENGTH <= length <= _MAX_LENGTH:
            return -1
        if len(buffer) - at < 4:  # noqa: PLR2004 - the command is the fourth byte
            return 0
        return length + 2 if buffer[at + 3] in _COMMANDS else -1

    def accept(self, frame: bytes) -> list[Event] | None:
        if sum(frame) & 0xFF:
            return None
        command, data = frame[3], frame[4:-1]
        if command not in INVENTORIES:
            return [Reply(command, data)]
        if len(data) > _TAG_OVERHEAD:
            pc, epc = int.from_bytes(data[1:3], "big"), data[3:-1]
            if epc and is_epc_length(pc, epc):
                high = 4 if data[-1] & _HIGH_ANTENNA else 0
                antenna = (data[0] & 0x03) + 1 + high
                return [TagRead(epc, pc=pc, antenna=antenna, rssi_raw=data[-1] & 0x7F)]
        if len(data) == 1 or (command == FAST_SWITCH and len(data) == 2):  # noqa: PLR2004 - ant, code
            code = data[-1]
            if ERRORS.get(code) == "no tag":
                return [Status("no_tag")]
            return [Status("error", ERRORS.get(code, f"the module reports 0x{code:02X}"), True)]
        if len(data) in _ROUND_SIZES:
            return [Status("round_done")]
        return None

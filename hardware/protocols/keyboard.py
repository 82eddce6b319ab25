"""Scanners that type: Linux input events to text, by physical key and a US key table.

The desktop's keyboard layout is not used, so `y`, `z`, `-`, `/` and `]` come out as the scanner
meant them, and FNC1 (Ctrl and ]) is kept as GS.
"""

from __future__ import annotations

import struct

from hardware.protocols.base import Decoder
from hardware.protocols.payload import PAYLOADS
from hardware.reads import Event, Noise

EVENT = struct.Struct("@llHHi")  # struct input_event of this machine: time, type, code, value
EV_KEY, RELEASED, PRESSED = 0x01, 0, 1
MAX_TEXT = 4096

ENTER, KEYPAD_ENTER, TAB = 28, 96, 15
LEFT_SHIFT, RIGHT_SHIFT, LEFT_CTRL, RIGHT_CTRL = 42, 54, 29, 97
_MODIFIERS = {
    LEFT_SHIFT: "shift",
    RIGHT_SHIFT: "shift",
    LEFT_CTRL: "ctrl",
    RIGHT_CTRL: "ctrl",
}
_GS_KEY = 27


def _make_table() -> dict[int, tuple[str, str]]:
    rows = (
        (2, "1234567890-=", "!@#$%^&*()_+"),
        (16, "qwertyuiop[]", "QWERTYUIOP{}"),
        (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        (57, " ", " "),
        (71, "789-456+1230.", "789-456+1230."),
    )
    return {
        first + offset: (plain, shifted)
        for first, plains, shifteds in rows
        for offset, (plain, shifted) in enumerate(zip(plains, shifteds, strict=True))
    }


KEYS = _make_table()


class KeyboardDecoder(Decoder):
    """Collects key presses into one read, which Enter, Tab or silence ends."""

    def __init__(self, *, payload: str = "barcode", terminator: str = "enter") -> None:
        """Set up for one device.

        :param payload: what the text is, one of `PAYLOADS`
        :param terminator: ``enter``, ``tab``, or ``none`` if 50 ms of silence end a read
        :raises ValueError: one of them has another value
        """
        super().__init__()
        if terminator not in {"enter", "tab", "none"}:
            raise ValueError(f"terminator is {terminator!r}: write enter, tab or none")
        if payload not in PAYLOADS:
            raise ValueError(f"payload is {payload!r}: write one of {', '.join(PAYLOADS)}")
        self._read = PAYLOADS[payload]
        self._ends = {ENTER, KEYPAD_ENTER} | ({TAB} if terminator == "tab" else set())
        self._is_silence_an_end = terminator == "none"
        self.idle_s = 0.05 if self._is_silence_an_end else 0.5
        self._buffer = bytearray()
        self._text: list[str] = []
        self._held: set[int] = set()

    def feed(self, data: bytes) -> list[Event]:
        self._buffer += data
        events: list[Event] = []
        whole = len(self._buffer) - len(self._buffer) % EVENT.size
        for _, _, kind, code, value in EVENT.iter_unpack(bytes(self._buffer[:whole])):
            events += self.press(kind, code, value)
        del self._buffer[:whole]
        return events

    def press(self, kind: int, code: int, value: int) -> list[Event]:
        """Take one input event. Only first presses type; auto-repeat (value 2) is ignored."""
        if kind != EV_KEY:
            return []
        if code in _MODIFIERS:
            (self._held.discard if value == RELEASED else self._held.add)(code)
            return []
        if value != PRESSED:
            return []
        if code in self._ends:
            return self._finish()
        held = {_MODIFIERS[key] for key in self._held}
        if "ctrl" in held:
            if code == _GS_KEY:
                self._text.append("\x1d")
        elif code in KEYS:
            self._text.append(KEYS[code]["shift" in held])
        if len(self._text) > MAX_TEXT:
            size = len(self._text)
            self._text.clear()
            return [Noise(size, b"", f"more than {MAX_TEXT} keys without Enter")]
        return []

    def idle(self) -> list[Event]:
        if self._is_silence_an_end:
            return self._finish()
        size = len(self._text)
        self._text.clear()
        return [Noise(size, b"", "keys without Enter")] if size else []

    def reset(self) -> list[Event]:
        super().reset()
        size = len(self._text) + len(self._buffer)
        self._text.clear()
        self._buffer.clear()
        self._held.clear()
        return [Noise(size, b"", "unplugged during a read")] if size else []

    def _finish(self) -> list[Event]:
        text = "".join(self._text)
        self._text.clear()
        if not text:
            return []
        read = self._read(text)
        if read is None:
            return [Noise(len(text), text[:16].encode(), "not in the form that `payload` sets")]
        return [read]

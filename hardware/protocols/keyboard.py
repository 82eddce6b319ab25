"""Scanners that type: Linux input events to text, by physical key and the scanner's own layout.

The desktop's keyboard layout is not used, so `y`, `z`, `-`, `/` and `]` come out as the scanner
meant them. Control characters arrive with Ctrl, other characters by number with Alt. A key that is
not understood makes the whole read noise, since the rest of it may be another label.
"""

from __future__ import annotations

import struct
import unicodedata

from hardware.protocols import altcodes
from hardware.protocols.base import Decoder
from hardware.protocols.charset import check_charset, explain
from hardware.protocols.keymaps import KEYPAD_DIGITS, KEYPAD_PLUS, LAYOUTS, NONE, compose
from hardware.protocols.payload import PAYLOADS
from hardware.reads import Event, Noise

EVENT = struct.Struct("@llHHi")  # struct input_event of this machine: time, type, code, value
EV_SYN, EV_KEY, RELEASED, PRESSED = 0x00, 0x01, 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
MAX_TEXT = 4096

ENTER, KEYPAD_ENTER, TAB, SPACE_KEY = 28, 96, 15, 57
LEFT_SHIFT, RIGHT_SHIFT, LEFT_CTRL, RIGHT_CTRL = 42, 54, 29, 97
LEFT_ALT, RIGHT_ALT, CAPS_LOCK = 56, 100, 58
_MODIFIERS = {
    LEFT_SHIFT: "shift",
    RIGHT_SHIFT: "shift",
    LEFT_CTRL: "ctrl",
    RIGHT_CTRL: "ctrl",
    LEFT_ALT: "alt",
    RIGHT_ALT: "altgr",
    125: "meta",
    126: "meta",
}
# NumLock and ScrollLock change nothing here: a scanner means digits by the keypad.
_LOCKS = {69, 70}
# Escape, F1 to F24, cursor keys, Pause and menu: around a label they belong to no label.
_FRAMING = {1, *range(59, 69), 87, 88, 119, 127, 139, *range(183, 195)} | {*range(102, 111)} - {111}
# ETX, CR and LF end a label.
_STX, _ENDS = "\x02", "\x03\r\n"
# As in lines of text: EOT, tab and the separators of GS1 and ISO/IEC 15434.
_TEXT_CONTROLS = "\x04\t\x1c\x1d\x1e\x1f"
_PUNCTUATION = {
    "\\": "\x1c",
    "]": "\x1d",
    "^": "\x1e",
    "6": "\x1e",
    "_": "\x1f",
    "-": "\x1f",
}
_CTRL_MASK = 0x1F
_US = LAYOUTS["us"]
KEYS = {code: typed[:2] for code, typed in _US.keys.items() if typed[0] != NONE}


class KeyboardDecoder(Decoder):
    """Collects key presses into one read, which Enter, Tab or silence ends."""

    def __init__(
        self,
        *,
        payload: str = "barcode",
        terminator: str = "enter",
        layout: str = "us",
        charset: str | None = None,
    ) -> None:
        """Set up for one device.

        :param payload: what the text is, one of `PAYLOADS`
        :param terminator: ``enter``, ``tab``, or ``none`` if 50 ms of silence end a read
        :param layout: the country that the scanner is set to, one of `LAYOUTS`
        :param charset: the character set of the numbers that it types with Alt; None as in Windows
        :raises ValueError: one of them has another value
        """
        super().__init__()
        if terminator not in {"enter", "tab", "none"}:
            raise ValueError(f"terminator is {terminator!r}: write enter, tab or none")
        if payload not in PAYLOADS:
            raise ValueError(f"payload is {payload!r}: write one of {', '.join(PAYLOADS)}")
        if layout not in LAYOUTS:
            raise ValueError(f"layout is {layout!r}: write one of {', '.join(LAYOUTS)}")
        self._read = PAYLOADS[payload]
        self._layout, self._name = LAYOUTS[layout], layout
        self._charset = check_charset(charset) if charset else None
        self._ends = {ENTER, KEYPAD_ENTER} | ({TAB} if terminator == "tab" else set())
        self._end_controls = _ENDS + ("\t" if terminator == "tab" else "")
        self._is_silence_an_end = terminator == "none"
        self.idle_s = 0.05 if self._is_silence_an_end else 0.5
        self._buffer = bytearray()
        self._held: set[int] = set()
        self._number = altcodes.NumberKeys(self._charset)
        self._is_caps = self._is_dropping = self._is_rest = False
        self._start()

    def _start(self) -> None:
        self._text: list[altcodes.Piece] = []
        self._keys = 0
        self._why = ""
        self._framing = 0
        self._accent = ""
        self._number.begin("")

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
        if kind == EV_SYN:
            self._take_sync(code)
        if kind != EV_KEY or self._is_dropping:
            return []
        if code in _MODIFIERS:
            return self._hold(code, is_down=value != RELEASED)
        if value != PRESSED or code in _LOCKS:
            return []
        if code == CAPS_LOCK:
            self._is_caps = not self._is_caps
            return []
        if self._is_rest and not self._keys:
            self._refuse("the rest of a label that a pause had cut")
        self._keys += 1
        if self._keys > MAX_TEXT:
            return self._drop_endless()
        return self._type(code)

    def idle(self) -> list[Event]:
        if self._is_silence_an_end:
            return self._finish()
        size = self._keys
        # What comes next may be the rest of this label. A second silence shows that it is not.
        self._start()
        self._is_rest = bool(size)
        return [Noise(size, b"", "keys without Enter", is_refusal=True)] if size else []

    def reset(self) -> list[Event]:
        super().reset()
        size = self._keys + len(self._buffer)
        self._buffer.clear()
        self._held.clear()
        self._is_caps = self._is_dropping = self._is_rest = False
        self._start()
        return [Noise(size, b"", "unplugged during a read")] if size else []

    def _take_sync(self, code: int) -> None:
        if code == SYN_DROPPED:
            self._is_dropping = True
            self._held.clear()
            self._refuse("the kernel dropped keys: this machine is too busy")
        elif code == SYN_REPORT:
            self._is_dropping = False

    def _drop_endless(self) -> list[Event]:
        size = self._keys
        self._start()
        self._is_rest = True
        return [Noise(size, b"", f"more than {MAX_TEXT} keys without Enter", is_refusal=True)]

    def _hold(self, code: int, *, is_down: bool) -> list[Event]:
        (self._held.add if is_down else self._held.discard)(code)
        held = self._modifiers()
        way = self._number.way
        if way == "unicode":
            # Ctrl and Shift can be held for the whole number, or for the U alone.
            is_over = self._number.has_digits and not held & {"ctrl", "shift"}
        else:
            is_over = way != "" and not held & {"alt", "altgr"}
        return self._end_number() if is_over else []

    def _modifiers(self) -> set[str]:
        return {_MODIFIERS[key] for key in self._held}

    def _type(self, code: int) -> list[Event]:
        held = self._modifiers()
        if self._number.way == "unicode":
            return self._type_unicode(code)
        if code in self._ends:
            return self._finish()
        if code == TAB:
            return self._add("\t")
        if code in _FRAMING:
            # A prefix or a suffix, unless more of the label follows.
            self._framing = code if self._text or self._accent else 0
            return []
        is_altgr = "altgr" in held or {"ctrl", "alt"} <= held
        if held & {"alt", "altgr"} and self._take_number(code, is_altgr=is_altgr):
            return []
        if "meta" in held or ("alt" in held and not is_altgr) or self._number.way:
            return self._refuse(f"key {code} with Alt or the Windows key")
        if "ctrl" in held and not is_altgr:
            return self._type_control(code, is_shift="shift" in held)
        return self._type_character(code, is_shift="shift" in held, is_altgr=is_altgr)

    def _type_character(self, code: int, *, is_shift: bool, is_altgr: bool) -> list[Event]:
        char = self._layout.character(code, shift=is_shift, altgr=is_altgr, caps=self._is_caps)
        if char is None:
            return self._refuse(
                f"key {code} is not a sure character in the layout {self._name!r}: is `layout` the "
                f"one that the scanner is set to?"
            )
        accent, self._accent = self._accent, ""
        if self._layout.is_dead(char, altgr=is_altgr) and not accent:
            self._accent = char
            return []
        return self._add(compose(accent, char) if accent else char)

    def _take_number(self, code: int, *, is_altgr: bool) -> bool:
        """Take a key as part of a number, and return whether it can be one."""
        is_keypad = code in KEYPAD_DIGITS or code == KEYPAD_PLUS
        if is_altgr and not is_keypad and self._number.way != "hex":
            return False
        char = KEYPAD_DIGITS.get(code, "+") if is_keypad else _us_key(code)
        return self._number.take(char, is_keypad=is_keypad)

    def _type_unicode(self, code: int) -> list[Event]:
        if self._number.take(KEYPAD_DIGITS.get(code) or _us_key(code), is_keypad=False):
            return []
        if code in {ENTER, KEYPAD_ENTER, SPACE_KEY}:
            return self._end_number()
        self._number.begin("")
        return self._refuse(f"key {code} in the number of a character")

    def _end_number(self) -> list[Event]:
        piece = self._number.end()
        if piece is None:
            return self._refuse(
                "a character by its number, and it is not sure which: set `charset`"
            )
        if isinstance(piece, str) and unicodedata.category(piece[0]) == "Cc":
            return self._add_control(piece)
        return self._add(piece)

    def _type_control(self, code: int, *, is_shift: bool) -> list[Event]:
        meant = self._layout.character(code, shift=is_shift, altgr=False, caps=False)
        if is_shift and meant == "U":
            self._number.begin("unicode")
            return []
        if meant and meant.isascii() and meant.isalpha():
            return self._add_control(chr(ord(meant) & _CTRL_MASK))
        # Some scanners send the key of a US keyboard whatever their country is.
        physical = _US.character(code, shift=is_shift, altgr=False, caps=False)
        found = {_PUNCTUATION[char] for char in (meant, physical) if char in _PUNCTUATION}
        if len(found) != 1:
            return self._refuse(f"Ctrl and key {code} are not one sure control character")
        return self._add_control(found.pop())

    def _add_control(self, char: str) -> list[Event]:
        if char in self._end_controls:
            return self._finish()
        if char == _STX and not self._text:
            return []
        if char in _TEXT_CONTROLS:
            return self._add(char)
        return self._refuse(f"the control character {ord(char)}")

    def _add(self, piece: altcodes.Piece) -> list[Event]:
        if self._framing:
            return self._refuse(f"key {self._framing} in the middle of a label")
        if self._accent:
            return self._refuse("a dead key without its letter")
        self._text.append(piece)
        return []

    def _refuse(self, why: str) -> list[Event]:
        self._why = self._why or why
        return []

    def _finish(self) -> list[Event]:
        pieces, why, size = self._text, self._why, self._keys
        if self._accent or self._number.way:
            why = why or "Enter in the middle of a character"
        self._start()
        self._is_rest = False
        try:
            text = altcodes.join(pieces, self._charset).strip("\t")
        except UnicodeDecodeError:
            text, why = "", why or explain(self._charset or altcodes.WINDOWS)
        if any(unicodedata.category(char) == "Cc" for char in text if char not in _TEXT_CONTROLS):
            why = why or "a control character that is on no label"
        if why:
            return [Noise(size, b"", why, is_refusal=True)]
        read = self._read(text) if text else None
        if read is None and text:
            why = "not in the form that `payload` sets"
            return [Noise(size, text[:16].encode(), why, is_refusal=True)]
        return [read] if read else []


def _us_key(code: int) -> str:
    """Return what a key of the main block types on a US keyboard, or an empty text."""
    return KEYS[code][0] if code in KEYS else ""

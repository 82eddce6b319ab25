"""Characters that are typed by their number, as Windows, macOS and Linux desktops read it."""

from __future__ import annotations

import unicodedata

from hardware.protocols.keymaps import SPACE

WINDOWS = "windows-1252"
# The two code pages of Alt codes without a leading zero, which differ in accents.
_OEM = ("cp437", "cp850")
_ASCII, _BYTE, _DOUBLE = 0x80, 0x100, 0x10000
_HEX_UNIT = 4
_HEX_DIGITS = frozenset("0123456789abcdef")

Piece = str | int


class NumberKeys:
    """The keys of one character that is typed by its number.

    Four ways: Alt and digits of the keypad; Alt, the keypad's plus and hexadecimal digits; Option
    and four hexadecimal digits (macOS); Ctrl, Shift, U and hexadecimal digits (Linux).
    """

    def __init__(self, charset: str | None) -> None:
        """Set up for a scanner that types in `charset`, or as Windows if it is None."""
        self._charset = charset
        self.way = ""
        self._digits = ""

    @property
    def has_digits(self) -> bool:
        """Whether a digit has come since the number began."""
        return bool(self._digits)

    def begin(self, way: str) -> None:
        """Start a number in one of the ways ``decimal``, ``hex``, ``units``, ``unicode``."""
        self.way, self._digits = way, ""

    def take(self, char: str, *, is_keypad: bool) -> bool:
        """Take one key, and return whether it can belong to a number."""
        if not self.way:
            self.begin(("hex" if char == "+" else "decimal") if is_keypad else "units")
            if char == "+":
                return True
        fits = char in _HEX_DIGITS
        if self.way == "decimal":
            fits = is_keypad and fits
        elif self.way == "units":
            fits = fits and not is_keypad
        self._digits += char if fits else ""
        return fits

    def end(self) -> Piece | None:
        """Return the character, or None if it is not sure which one is meant."""
        way, digits = self.way, self._digits
        self.begin("")
        if not digits:
            return None
        if way == "decimal":
            return read_decimal(digits, self._charset)
        return read_units(digits) if way == "units" else read_hex(digits)


def read_decimal(digits: str, charset: str | None) -> Piece | None:
    """Return what Alt and digits of the keypad type, or None if that is not sure.

    A number is a byte of the text in the scanner's character set.
    """
    number = int(digits)
    if number < _ASCII:
        return chr(number)
    if number >= _BYTE:
        return _read_wide(number, charset)
    if charset is not None or digits.startswith("0"):
        return number
    pages = {bytes((number,)).decode(page) for page in _OEM}
    char = pages.pop()
    return char if not pages and char.isalpha() else None


def read_hex(digits: str) -> str | None:
    """Return the character that has this hexadecimal number in Unicode."""
    try:
        return _check(chr(int(digits, 16)))
    except (ValueError, OverflowError):
        return None


def read_units(digits: str) -> str | None:
    """Return what macOS types at Option and groups of four hexadecimal digits."""
    if len(digits) % _HEX_UNIT:
        return None
    try:
        return _check(bytes.fromhex(digits).decode("utf-16-be"))
    except (ValueError, UnicodeDecodeError):
        return None


def join(pieces: list[Piece], charset: str | None) -> str:
    """Return the text of characters and bytes.

    :raises UnicodeDecodeError: the bytes are not text in the character set
    """
    text, run = "", bytearray()
    for piece in pieces:
        # Half of a character of two bytes can be a letter of ASCII.
        if isinstance(piece, int) or (piece.isascii() and charset is not None):
            run += bytes((piece,)) if isinstance(piece, int) else piece.encode()
            continue
        text += run.decode(charset or WINDOWS) + piece
        run.clear()
    return text + run.decode(charset or WINDOWS)


def _read_wide(number: int, charset: str | None) -> str | None:
    if number < _DOUBLE and charset is not None and _has_two_bytes(charset):
        try:
            char = number.to_bytes(2, "big").decode(charset)
        except UnicodeDecodeError:
            return None
        return _check(char) if len(char) == 1 else None
    try:
        return _check(chr(number))
    except (ValueError, OverflowError):
        return None


def _has_two_bytes(charset: str) -> bool:
    for char in "中あ가":
        try:
            if len(char.encode(charset)) == 2:  # noqa: PLR2004 - as the name says
                return True
        except UnicodeEncodeError:
            continue
    return False


def _check(text: str) -> str | None:
    """Return `text` unless one of its characters is none: unassigned, a surrogate or private."""
    is_sure = all(char == SPACE or unicodedata.category(char)[0] not in "CZ" for char in text)
    return text if text and (is_sure or text.isascii()) else None

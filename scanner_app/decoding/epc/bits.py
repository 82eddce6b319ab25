"""Bits of an EPC: reading, writing, the character sets, and their errors.

Section numbers are those of the GS1 EPC Tag Data Standard (TDS) 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# GS1 AI encodable character set 82 (TDS annex A).
CHARSET_82 = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*""", re.ASCII)
# Component and part references, 6 bits a character.
CHARSET_39 = re.compile(r"[#\-/0-9A-Z]*", re.ASCII)


class EpcError(ValueError):
    """An EPC that cannot be decoded or encoded. `code` is stable."""

    code = "epc"


class EpcFormatError(EpcError):
    """The text is not a hexadecimal number, URI or element string."""

    code = "epc_format"


class EpcTooShort(EpcError):
    """The EPC has fewer bits than its scheme needs."""

    code = "epc_too_short"


class EpcUnknownHeader(EpcError):
    """No scheme of the standard begins with these bits, as on most tags as they are sold."""

    code = "epc_unknown_header"


class EpcFieldError(EpcError):
    """A field has a value that its scheme does not allow: digit, length, check digit or range."""

    code = "epc_field"


class BitReader:
    """Takes bits from the left of a hexadecimal text."""

    def __init__(self, hexadecimal: str) -> None:
        self.size = len(hexadecimal) * 4
        self._value = int(hexadecimal, 16)
        self.at = 0

    def take(self, bits: int) -> int:
        """Return the next `bits` bits as a number.

        :raises EpcTooShort: fewer bits are left.
        """
        if self.at + bits > self.size:
            raise EpcTooShort(f"The EPC ends after {self.size} bits, inside a field.")
        self.at += bits
        return (self._value >> (self.size - self.at)) & ((1 << bits) - 1)

    def rest(self) -> int:
        """Return all remaining bits as a number, without taking them."""
        return self._value & ((1 << (self.size - self.at)) - 1)


class BitWriter:
    """Appends bits."""

    def __init__(self) -> None:
        self._value = 0
        self.size = 0

    def put(self, value: int, bits: int) -> None:
        """Append a number in `bits` bits.

        :raises EpcFieldError: it does not fit.
        """
        if value < 0 or value >> bits:
            raise EpcFieldError(f"{value} does not fit into {bits} bits.")
        self._value = (self._value << bits) | value
        self.size += bits

    def hex(self) -> str:
        """Return whole hexadecimal digits, the last one filled with zero bits."""
        spare = -self.size % 4
        return f"{self._value << spare:0{(self.size + spare) // 4}X}"


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of a number (General Specifications 7.9)."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def is_digits(text: str) -> bool:
    """Return whether a text consists of ASCII digits."""
    return text.isascii() and text.isdecimal()


def require_digits(name: str, text: str, length: int | None = None) -> str:
    """Return the text.

    :raises EpcFieldError: it is not a number, or not of this length.
    """
    if not is_digits(text):
        raise EpcFieldError(f"{name} must be digits, not {text!r}.")
    if length is not None and len(text) != length:
        raise EpcFieldError(f"{name} must have {length} digits, not {len(text)}.")
    return text


def plain_number(name: str, text: str, bits: int) -> int:
    """Return a number that has no leading zero, because the 96 bit schemes cannot keep one.

    :raises EpcFieldError: it has one, or is too large.
    """
    require_digits(name, text)
    if len(text) > 1 and text[0] == "0":
        raise EpcFieldError(f"{name} must not begin with 0 in this scheme.")
    if int(text) >> bits:
        raise EpcFieldError(f"{name} is too large for this scheme.")
    return int(text)


def take_text7(reader: BitReader, bits: int) -> str:
    """Return the 7 bit characters up to the first NUL (TDS 14.4.2)."""
    codes = [reader.take(7) for _ in range(bits // 7)]
    reader.take(bits % 7)
    length = next((i for i, code in enumerate(codes) if code == 0), len(codes))
    if any(codes[length:]):
        raise EpcFieldError("Characters follow the end of a text.")
    return require_charset("A text", "".join(map(chr, codes[:length])), CHARSET_82)


def put_text7(writer: BitWriter, name: str, text: str, bits: int) -> None:
    """Append 7 bit characters, filled with NUL."""
    require_charset(name, text, CHARSET_82)
    if len(text) * 7 > bits:
        raise EpcFieldError(f"{name} has more than {bits // 7} characters.")
    for character in text:
        writer.put(ord(character), 7)
    writer.put(0, bits - 7 * len(text))


def take_text6(reader: BitReader, longest: int) -> str:
    """Return 6 bit characters up to six zero bits: ASCII without its seventh bit."""
    text = ""
    while (code := reader.take(6)) != 0:
        text += chr(code + 64 if code < 32 else code)  # noqa: PLR2004 - @ to _ lie below the space
        if len(text) > longest:
            raise EpcFieldError(f"A text has more than {longest} characters.")
    return require_charset("A text", text, CHARSET_39)


def put_text6(writer: BitWriter, name: str, text: str, longest: int) -> None:
    """Append 6 bit characters and six zero bits."""
    require_charset(name, text, CHARSET_39)
    if len(text) > longest:
        raise EpcFieldError(f"{name} has more than {longest} characters.")
    for character in text:
        writer.put(ord(character) & 63, 6)
    writer.put(0, 6)


def require_charset(name: str, text: str, charset: re.Pattern[str]) -> str:
    """Return the text.

    :raises EpcFieldError: it is empty or has a character outside the set.
    """
    if not text:
        raise EpcFieldError(f"{name} must not be empty.")
    if not charset.fullmatch(text):
        raise EpcFieldError(f"{name} has a character that an EPC cannot hold: {text!r}.")
    return text


def join_elements(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the human readable element string: `(01)...(21)...`."""
    return "".join(f"({ai}){value}" for ai, value in pairs)

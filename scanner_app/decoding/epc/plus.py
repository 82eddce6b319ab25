"""The '+' schemes of TDS 2: GS1 elements packed one after another, without a company prefix.

Fixed digits have four bits each. Serials state how they are packed and their length (TDS 14.5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner_app.decoding.epc.bits import (
    CHARSET_39,
    CHARSET_82,
    BitReader,
    BitWriter,
    EpcFieldError,
    require_charset,
    require_digits,
)
from scanner_app.decoding.epc.keys import Elements, require_check_digit

URN40 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_INTEGER, _UPPER_HEX, _LOWER_HEX, _BASE64, _ASCII, _URN40 = range(6)
_FORMS = {
    _INTEGER: re.compile(r"[0-9]+", re.ASCII),
    _UPPER_HEX: re.compile(r"[0-9A-F]+", re.ASCII),
    _LOWER_HEX: re.compile(r"[0-9a-f]+", re.ASCII),
    _BASE64: re.compile(r"[A-Za-z0-9_-]+", re.ASCII),
    _ASCII: CHARSET_82,
    _URN40: re.compile(r"[A-Z0-9.:-]+", re.ASCII),
}
# The AIs of a date, in the order of its four bits. Only DSGTIN+ has one.
DATE_AIS = ("11", "13", "15", "16", "17", "7006", "7007")
_BCD_END, _BCD_TAIL = 0xF, 0xE


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bits: fixed digits, a serial, a delimited number or a counted one.

    :param kind: `digits`, `text`, `key` (digits, then any tail) or `number` (counted digits).
    :param size: number of digits, or the length of the longest text.
    """

    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Plus:
    """A '+' scheme: its header and, for each AI, the parts of its value."""

    name: str
    header: int
    elements: tuple[tuple[str, tuple[Part, ...]], ...]
    has_date: bool = False

    @property
    def base(self) -> str:
        return self.name.rstrip("+")


def _digits(size: int) -> Part:
    return Part("digits", size)


_SERIAL = ("21", (Part("text", 20),))
SCHEMES = (
    Plus("sgtin+", 0xF7, (("01", (_digits(14),)), _SERIAL)),
    Plus("dsgtin+", 0xFB, (("01", (_digits(14),)), _SERIAL), has_date=True),
    Plus("sscc+", 0xF9, (("00", (_digits(18),)),)),
    Plus("sgln+", 0xF2, (("414", (_digits(13),)), ("254", (Part("text", 20),)))),
    Plus("grai+", 0xF1, (("8003", (_digits(14), Part("text", 16))),)),
    Plus("giai+", 0xFA, (("8004", (Part("key", 30),)),)),
    Plus("gsrn+", 0xF4, (("8018", (_digits(18),)),)),
    Plus("gsrnp+", 0xF5, (("8017", (_digits(18),)),)),
    Plus("gdti+", 0xF6, (("253", (_digits(13), Part("text", 17))),)),
    Plus("sgcn+", 0xF8, (("255", (_digits(13), Part("number", 12))),)),
    Plus("cpi+", 0xF0, (("8010", (Part("key", 30),)), ("8011", (Part("number", 12),)))),
    Plus("itip+", 0xF3, (("8006", (_digits(18),)), _SERIAL)),
)
BY_HEADER = {scheme.header: scheme for scheme in SCHEMES}
BY_NAME = {scheme.name: scheme for scheme in SCHEMES}
_CHECKED = {"01": 14, "00": 18, "414": 13, "8018": 18, "8017": 18, "253": 13, "255": 13}


def read_plus(reader: BitReader, scheme: Plus) -> Elements:
    """Return the elements after the filter. Check digits are returned as the tag holds them.

    :raises EpcError: the bits do not fit the scheme.
    """
    dates: Elements = ()
    if scheme.has_date:
        dates = (_take_date(reader),)
    elements = tuple(
        (ai, "".join(_take_part(reader, part) for part in parts)) for ai, parts in scheme.elements
    )
    if scheme.name == "sgln+" and elements[1][1] == "0":
        elements = elements[:1]
    return elements + dates


def write_plus(
    writer: BitWriter, scheme: Plus, elements: dict[str, str], *, is_strict: bool
) -> None:
    """Append elements after the filter. If `is_strict`, refuse a wrong check digit.

    :raises EpcFieldError: an element is missing or does not fit the scheme.
    """
    if scheme.has_date:
        _put_date(writer, elements)
    for ai, parts in scheme.elements:
        value = elements.get(ai, "0" if ai == "254" else "")
        if is_strict:
            _check(ai, value)
        for part in parts:
            if part.kind == "digits":
                head, value = value[: part.size], value[part.size :]
                for digit in require_digits(f"({ai})", head, part.size):
                    writer.put(int(digit), 4)
                continue
            if len(value) > part.size:
                raise EpcFieldError(f"({ai}) is longer than {part.size} characters.")
            _WRITERS[part.kind](writer, value)
            value = ""
        if value:
            raise EpcFieldError(f"({ai}) is longer than the scheme allows.")


def _check(ai: str, value: str) -> None:
    length = _CHECKED.get(ai)
    if length is not None:
        require_check_digit(f"({ai})", value[:length], length)
    elif ai == "8003":
        require_check_digit("(8003)", value[1:14], 13)
    elif ai == "8006":
        require_check_digit("(8006)", value[:14], 14)
    if ai == "8010":
        require_charset("(8010)", value, CHARSET_39)


def _take_part(reader: BitReader, part: Part) -> str:
    if part.kind == "digits":
        return take_digits(reader, part.size)
    text = _READERS[part.kind](reader)
    if len(text) > part.size:
        raise EpcFieldError(f"A text has more than {part.size} characters.")
    return text


def take_digits(reader: BitReader, size: int) -> str:
    """Return digits of four bits each."""
    return "".join(_take_digit(reader) for _ in range(size))


def _take_digit(reader: BitReader) -> str:
    digit = reader.take(4)
    if digit > 9:  # noqa: PLR2004 - binary coded decimal
        raise EpcFieldError("Four bits hold more than 9, which is not a digit.")
    return str(digit)


def _take_text(reader: BitReader) -> str:
    return take_packed(reader, reader.take(3), reader.take(5))


def take_packed(reader: BitReader, method: int, length: int) -> str:
    """Return a text that was packed by a method (TDS 14.5.6)."""
    if method > _URN40:
        raise EpcFieldError(f"Packing method {method} does not exist.")
    if length == 0:
        raise EpcFieldError("A text must not be empty.")
    if method == _INTEGER:
        return take_integer(reader, length)
    if method in {_UPPER_HEX, _LOWER_HEX}:
        text = f"{reader.take(4 * length):0{length}X}"
        return text if method == _UPPER_HEX else text.lower()
    if method == _BASE64:
        return "".join(BASE64[reader.take(6)] for _ in range(length))
    if method == _ASCII:
        text = "".join(chr(reader.take(7)) for _ in range(length))
        return require_charset("A text", text, CHARSET_82)
    return _take_urn40(reader, length)


def take_integer(reader: BitReader, length: int) -> str:
    """Return a number of `length` digits that is held as an integer."""
    value = reader.take(integer_bits(length))
    if value >= 10**length:
        raise EpcFieldError(f"{value} has more than {length} digits.")
    return f"{value:0{length}d}"


def _take_urn40(reader: BitReader, length: int) -> str:
    text = ""
    for _ in range((length + 2) // 3):
        value = reader.take(16) - 1
        if not 0 <= value < 40**3:
            raise EpcFieldError("Sixteen bits do not hold three characters.")
        for code in (value // 1600, value // 40 % 40, value % 40):
            text += URN40[code - 1] if code else " "
    if text[length:].strip() or " " in text[:length]:
        raise EpcFieldError("A text does not have its stated length.")
    return text[:length]


def take_key(reader: BitReader) -> str:
    """Return digits up to their end mark, and the text that may follow them."""
    text = ""
    while (digit := reader.take(4)) <= 9:  # noqa: PLR2004 - binary coded decimal
        text += str(digit)
        if len(text) > 30:  # noqa: PLR2004 - the longest GIAI and CPI
            raise EpcFieldError("A key has more than 30 characters.")
    if digit == _BCD_END:
        return text
    if digit != _BCD_TAIL:
        raise EpcFieldError("Four bits hold more than 9, which is not a digit.")
    return text + _take_text(reader)


def _take_counted(reader: BitReader) -> str:
    return take_integer(reader, reader.take(4) or 1)


def _take_date(reader: BitReader) -> tuple[str, str]:
    kind = reader.take(4)
    if kind >= len(DATE_AIS):
        raise EpcFieldError(f"Date kind {kind} does not exist.")
    return DATE_AIS[kind], take_date(reader)


def take_date(reader: BitReader) -> str:
    """Return a date of 16 bits as six digits."""
    year, month, day = reader.take(7), reader.take(4), reader.take(5)
    return _require_date(f"{year:02d}{month:02d}{day:02d}")


def _put_date(writer: BitWriter, elements: dict[str, str]) -> None:
    ais = [ai for ai in DATE_AIS if ai in elements]
    if len(ais) != 1:
        raise EpcFieldError("This scheme takes exactly one date.")
    value = _require_date(elements[ais[0]])
    writer.put(DATE_AIS.index(ais[0]), 4)
    for start, bits in ((0, 7), (2, 4), (4, 5)):
        writer.put(int(value[start : start + 2]), bits)


def _require_date(text: str) -> str:
    require_digits("A date", text, 6)
    # Day 00 means the last of the month (General Specifications 3.4.2).
    if not (1 <= int(text[2:4]) <= 12 and int(text[4:]) <= 31):  # noqa: PLR2004 - months and days
        raise EpcFieldError(f"{text} is not a date.")
    return text


def integer_bits(digits: int) -> int:
    """Return the number of bits that hold every number of `digits` digits (TDS table B)."""
    return int(10**digits - 1).bit_length()


def packed_bits(method: int, length: int) -> int:
    """Return the number of bits of a text packed by a method."""
    if method == _INTEGER:
        return integer_bits(length)
    if method == _URN40:
        return 16 * ((length + 2) // 3)
    return {_UPPER_HEX: 4, _LOWER_HEX: 4, _BASE64: 6, _ASCII: 7}[method] * length


def _put_text(writer: BitWriter, text: str) -> None:
    """Append a text by the shortest method that can hold it."""
    require_charset("A text", text, CHARSET_82)
    methods = [method for method, form in _FORMS.items() if form.fullmatch(text)]
    method = min(methods, key=lambda method: packed_bits(method, len(text)))
    writer.put(method, 3)
    writer.put(len(text), 5)
    if method == _INTEGER:
        writer.put(int(text), integer_bits(len(text)))
    elif method in {_UPPER_HEX, _LOWER_HEX}:
        writer.put(int(text, 16), 4 * len(text))
    elif method == _URN40:
        for start in range(0, len(text), 3):
            codes = [URN40.index(c) + 1 for c in text[start : start + 3]] + [0, 0]
            writer.put(codes[0] * 1600 + codes[1] * 40 + codes[2] + 1, 16)
    else:
        for character in text:
            code = BASE64.index(character) if method == _BASE64 else ord(character)
            writer.put(code, 6 if method == _BASE64 else 7)


def _put_key(writer: BitWriter, text: str) -> None:
    require_charset("A key", text, CHARSET_82)
    head = re.match(r"[0-9]*", text, re.ASCII)
    digits = head[0] if head else ""
    for digit in digits:
        writer.put(int(digit), 4)
    if len(digits) == len(text):
        writer.put(_BCD_END, 4)
    else:
        writer.put(_BCD_TAIL, 4)
        _put_text(writer, text[len(digits) :])


def _put_counted(writer: BitWriter, text: str) -> None:
    require_digits("A number", text)
    writer.put(len(text), 4)
    writer.put(int(text), integer_bits(len(text)))


_READERS = {"text": _take_text, "key": take_key, "number": _take_counted}
_WRITERS = {"text": _put_text, "key": _put_key, "number": _put_counted}

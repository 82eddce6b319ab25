"""The numbers of radio tags: one card, however a reader, a phone or a printer spells its number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from operator import xor

from scanner_app.decoding.codes.reading import Card, tag_key

_GROUPED = re.compile(
    r"(?:0X)?(?:[0-9A-F]{2}(?:((?:, ?|[ :;.-])(?:0X)?)[0-9A-F]{2}(?:\1[0-9A-F]{2})+)"
    r"|[0-9A-F]{4}(?:([ :.-])[0-9A-F]{4}(?:\2[0-9A-F]{4})*)"
    r"|[0-9A-F]{8}(?:([ :.-])[0-9A-F]{8}(?:\3[0-9A-F]{8})*))",
    re.ASCII,
)
_PREFIXED = re.compile(r"0X((?:[0-9A-F]{2})+)|((?:[0-9A-F]{2})+)H", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-F]{2})+", re.ASCII)
_BETWEEN = re.compile(r"0X|[ :;,.-]", re.ASCII)
# Facility and number, as on the card itself: 134,62532.
_FACILITY = re.compile(r"([0-9]{1,5})(?:, |[,;:/. -])([0-9]{1,5})", re.ASCII)
_NAMED = re.compile(
    r"(?:FC|FAC|FACILITY(?: CODE)?)[ :=#]*([0-9]{1,5})[ ,;/-]+"
    r"(?:CN|CARD(?: (?:NO|NUMBER))?|ID|NO|NR)[ .:=#]*([0-9]{1,5})",
    re.ASCII,
)
# Both numbers that are printed on most cards: 0008844356 134,62532.
_PRINTED = re.compile(r"([0-9]{10})[ ,;/]+([0-9]{3}),([0-9]{5})", re.ASCII)
# A word on the wires of a Wiegand reader: its bits, or how many there are and their digits.
_WORD_OF_BITS = re.compile(r"(26|34):(?:0X)?([0-9A-F]{1,10})|([01]{26}|[01]{34})", re.ASCII)
_WORD_DIGITS = {8: 26, 10: 34}
_SEPARATORS = (",", ":", "-", "/", ".", " ")
_UINT8, _UINT16, _UINT24, _UINT32, _UINT40 = (2**bits - 1 for bits in (8, 16, 24, 32, 40))
# The lengths in bytes of UIDs: ISO/IEC 14443 and 15693.
_UID_BYTES = (4, 7, 8, 10)
# A shorter number without a reader's word for it is an asset tag.
_MIN_DIGITS = 8
# Four bytes of UID and their exclusive-or, as the chip sends them and some programs pass them on.
_CHECKED = 5
_CRC_POLYNOMIAL, _WORD = 0x1021, 4


def bare_hex(text: str) -> str | None:
    """Return hexadecimal digits without what is between and around them, or None."""
    key = tag_key(text)
    prefixed = _PREFIXED.fullmatch(key)
    if prefixed:
        return prefixed[1] or prefixed[2]
    if _GROUPED.fullmatch(key):
        return _BETWEEN.sub("", key)
    return None


def unframe_epc(number: str) -> str | None:
    """Return the EPC in a dump of a tag's memory: with its PC word before it, and perhaps a CRC.

    The PC word (Gen2, 6.3.2.1.2.2) states how many words of EPC follow it.
    """
    words = [number[at : at + _WORD] for at in range(0, len(number), _WORD)]
    if len(number) % _WORD or len(words) < 3:  # noqa: PLR2004 - a PC and two words
        return None
    count = int(words[0], 16) >> 11
    if count == len(words) - 1:
        return number[_WORD:]
    if count == len(words) - 2 and _crc(number[:-_WORD]) == words[-1]:
        return number[_WORD:-_WORD]
    if int(words[1], 16) >> 11 == len(words) - 2 and _crc(number[_WORD:]) == words[0]:
        return number[2 * _WORD :]
    return None


def _crc(number: str) -> str:
    """Return the CRC-16 of Gen2 (annex F)."""
    crc = _UINT16
    for byte in bytes.fromhex(number):
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (_CRC_POLYNOMIAL if crc & 0x8000 else 0)) & _UINT16
    return f"{crc ^ _UINT16:04X}"


def read_card(text: str, *, is_radio: bool) -> Card | None:
    """Return the card of a text that can be the number of one, or None.

    :param is_radio: the reader says that it is a tag's number, so short ones count too.
    """
    key = tag_key(text)
    number = bare_hex(key) or key
    spellings: dict[str, None] = {}
    tails: dict[str, None] = {}
    for value, bits in _read_numbers(key, number, is_radio=is_radio):
        spellings |= dict.fromkeys(_spell_card(value, bits))
        tails |= dict.fromkeys(_tails(value, bits))
    if is_radio or len(number) >= _MIN_DIGITS:
        spellings |= dict.fromkeys(_spell_uid(number))
    spellings.pop(key, None)
    return Card(tuple(spellings), tuple(tails)) if spellings else None


def _read_numbers(key: str, number: str, *, is_radio: bool) -> Iterator[tuple[int, int]]:
    """Yield what a text says of a 125 kHz card, and of how many of its 40 bits."""
    facility = _FACILITY.fullmatch(key) or _NAMED.fullmatch(key)
    if facility:
        high, low = int(facility[1]), int(facility[2])
        if high <= _UINT16 and low <= _UINT16:
            yield (high << 16) + low, 24 if high <= _UINT8 and len(facility[1]) <= 3 else 32  # noqa: PLR2004 - digits of a byte
        return
    if printed := _PRINTED.fullmatch(key):
        value = int(printed[1])
        if value & _UINT24 == (int(printed[2]) << 16) + int(printed[3]) and value <= _UINT32:
            yield value, 32
        return
    if wires := _WORD_OF_BITS.fullmatch(key):
        size = int(wires[1] or len(wires[3]))
        yield from _read_wires(int(wires[2], 16) if wires[2] else int(wires[3], 2), size)
    if not (is_radio or len(number) >= _MIN_DIGITS) or not number.isascii():
        return
    if number.isdecimal():
        yield from _read_decimal(number)
    size = len(number)
    if _HEX.fullmatch(number) and size in {6, 8, 10, 12}:
        if size == 12:  # noqa: PLR2004 - five bytes and their exclusive-or, as RDM6300 sends them
            if reduce(xor, bytes.fromhex(number)) == 0:
                yield int(number[:10], 16), 40
        else:
            yield int(number, 16), 4 * size
            # The reader program passes the bits of the wires on as they came.
            if size in _WORD_DIGITS:
                yield from _read_wires(int(number, 16), _WORD_DIGITS[size])


def _read_wires(word: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the number in a word of 26 or 34 bits, if its parity is right."""
    number = (word >> 1) & (1 << size - 2) - 1
    if _write_wires(number, size) == word:
        yield number, size - 2


def _write_wires(number: int, size: int) -> int:
    """Return a number between two bits: even parity of its first half, odd parity of the other."""
    half = (size - 2) // 2
    even = (number >> half).bit_count() % 2
    odd = 1 - (number & (1 << half) - 1).bit_count() % 2
    return even << size - 1 | number << 1 | odd


def _read_decimal(number: str) -> Iterator[tuple[int, int]]:
    value, size = int(number), len(number)
    if value <= _UINT24 and size <= 10:  # noqa: PLR2004 - digits of 32 bits
        yield value, 24
    if value <= _UINT32 and size <= 10:  # noqa: PLR2004 - digits of 32 bits
        yield value, 32
    elif value <= _UINT40:
        yield value, 40
    # Facility and number without a comma: 3 and 5 digits, or 5 and 5.
    if size in {8, 10}:
        high, low = int(number[:-5]), int(number[-5:])
        if low <= _UINT16 and high <= (_UINT8 if size == 8 else _UINT16):  # noqa: PLR2004 - 3 and 5
            yield (high << 16) + low, 24 if size == 8 else 32  # noqa: PLR2004 - 3 and 5


def _spell_card(value: int, bits: int) -> Iterator[str]:
    """Yield the spellings of a 125 kHz card of which the low `bits` of 40 bits are known.

    The bits that are not known are taken as zeros here; `_tails` is for the other cards.
    """
    whole = f"{value:010X}"
    check = reduce(xor, bytes.fromhex(whole))
    yield from (whole, f"{whole}{check:02X}", str(value), f"{value:013d}", f"{value:014d}")
    low = value & _UINT32
    yield from (f"{low:08X}", str(low), f"{low:010d}", f"{_write_wires(low, 34):010X}")
    yield from _spell_halves(low >> 16, low & _UINT16, 5)
    low &= _UINT24
    yield from (f"{low:06X}", str(low), f"{low:08d}", f"{low:010d}")
    yield f"{_write_wires(low, 26):08X}"
    yield from _spell_halves(low >> 16, low & _UINT16, 3)
    if bits == 40 and value >> 32 == 0:  # noqa: PLR2004 - nothing above 32 bits
        yield f"{value:X}"


def _spell_halves(high: int, low: int, width: int) -> Iterator[str]:
    yield f"{high:0{width}d}{low:05d}"
    for separator in _SEPARATORS:
        yield f"{high:0{width}d}{separator}{low:05d}"
        yield f"{high}{separator}{low}"


def _tails(value: int, bits: int) -> Iterator[str]:
    if bits == 32:  # noqa: PLR2004 - all but the first byte
        yield f"{value:08X}"
    elif bits == 24:  # noqa: PLR2004 - all but the first two bytes
        yield f"{value:06X}"


def _spell_uid(number: str) -> Iterator[str]:
    """Yield the spellings of a UID: grouped, in the other order of its bytes, in decimal."""
    for raw in _read_uids(number):
        for order in (raw, raw[::-1]):
            text = order.hex().upper()
            pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
            yield text
            yield from (separator.join(pairs) for separator in (":", "-", " "))
            if len(raw) < 10:  # noqa: PLR2004 - nobody writes the longest in decimal
                decimal = int.from_bytes(order, "big")
                yield from (str(decimal), f"{decimal:010d}")


def _read_uids(number: str) -> Iterator[bytes]:
    if _HEX.fullmatch(number):
        raw = bytes.fromhex(number)
        yield from _take_off_check(raw) if len(raw) == _CHECKED else ()
        if len(raw) in _UID_BYTES:
            yield raw
    if number.isascii() and number.isdecimal() and len(number) <= 20:  # noqa: PLR2004 - digits of 64 bits
        value = int(number)
        if value >> 32 and value <= _UINT40:
            yield from _take_off_check(value.to_bytes(_CHECKED, "big"))
        for size in (4, 7, 8):
            if value < 1 << 8 * size and (size == 4 or value >> 8 * (size - 1)):  # noqa: PLR2004 - the shortest that holds it
                yield value.to_bytes(size, "big")
                return


def _take_off_check(raw: bytes) -> Iterator[bytes]:
    if reduce(xor, raw) == 0:
        yield raw[:-1]

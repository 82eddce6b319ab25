"""Wiegand cards: words of bits with parity, as a converter passes them on in text lines.

The number of bits does not tell the format, so the raw bits and their count are kept, and parity is
checked only for the lengths whose common format has one: 26 (H10301), 34, 35 (Corporate 1000), 37
(H10304; layouts as in proxmark3).
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.protocols.textlines import TextLineDecoder
from hardware.reads import Event, Noise, TagRead

MIN_BITS, MAX_BITS = 24, 128


@dataclass(frozen=True, slots=True)
class WiegandCard:
    """What a word of a known format says."""

    name: str
    facility: int
    card: int


@dataclass(frozen=True, slots=True)
class _Format:
    """Fields as (first bit, number of bits), from the left; parities as (bit, mask, is odd)."""

    name: str
    facility: tuple[int, int]
    card: tuple[int, int]
    parities: tuple[tuple[int, int, bool], ...]


def _span(bits: int, first: int, number: int) -> int:
    return ((1 << number) - 1) << (bits - first - number)


# Corporate 1000: bit 1 even over B6DB6DB6, bit 34 odd over 6DB6DB6C, bit 0 odd over all.
_FORMATS = {
    26: _Format(
        "H10301",
        (1, 8),
        (9, 16),
        ((0, _span(26, 1, 12), False), (25, _span(26, 13, 12), True)),
    ),
    34: _Format(
        "34-bit",
        (1, 16),
        (17, 16),
        ((0, _span(34, 1, 16), False), (33, _span(34, 17, 16), True)),
    ),
    35: _Format(
        "Corporate 1000",
        (2, 12),
        (14, 20),
        ((1, 0x1_B6DB_6DB6, False), (34, 0x3_6DB6_DB6C, True), (0, _span(35, 1, 34), True)),
    ),
    37: _Format(
        "H10304",
        (1, 16),
        (17, 19),
        ((0, _span(37, 1, 18), False), (36, _span(37, 18, 18), True)),
    ),
}


def parse_wiegand(value: int, bits: int) -> WiegandCard | None:
    """Return facility and card of a word, or None where the format is unknown or parity fails."""
    layout = _FORMATS.get(bits)
    if layout is None or not is_parity_right(value, bits):
        return None
    first, number = layout.facility
    facility = value >> (bits - first - number) & ((1 << number) - 1)
    first, number = layout.card
    card = value >> (bits - first - number) & ((1 << number) - 1)
    return WiegandCard(layout.name, facility, card)


def is_parity_right(value: int, bits: int) -> bool:
    """Tell whether a word keeps the parity of the usual format of its length, if it has one."""
    layout = _FORMATS.get(bits)
    if layout is None:
        return True
    return all(
        ((value & mask).bit_count() + (value >> (bits - 1 - bit) & 1)) % 2 == is_odd
        for bit, mask, is_odd in layout.parities
    )


def build_wiegand(facility: int, card: int, bits: int) -> int:
    """Return the word of `bits` bits for a card, with its parity."""
    layout = _FORMATS[bits]
    value = facility << (bits - sum(layout.facility)) | card << (bits - sum(layout.card))
    for bit, mask, is_odd in layout.parities:
        if ((value & mask).bit_count()) % 2 != is_odd:
            value |= 1 << (bits - 1 - bit)
    return value


class WiegandDecoder(TextLineDecoder):
    """Takes a converter's lines: ``26:30DE888`` (bits, hex) or the bits themselves."""

    def __init__(self, *, terminator: str = "auto", is_parity_required: bool = True) -> None:
        """Set up for one converter.

        :param terminator: as for text lines
        :param is_parity_required: refuse a word whose parity is wrong for its length's format
        """
        super().__init__(terminator=terminator)
        self._is_parity_required = is_parity_required

    def _finish(self, line: bytes) -> list[Event]:
        if not line.strip():
            return []
        word = parse_line(line)
        if word is None:
            return [Noise(len(line), line[:16], "no Wiegand word: write bits, or count:hex")]
        value, bits = word
        if self._is_parity_required and not is_parity_right(value, bits):
            return [Noise(len(line), line[:16], f"the parity of {bits} bits is wrong")]
        return [TagRead(value.to_bytes((bits + 7) // 8, "big"), "wiegand", bits=bits)]


def parse_line(line: bytes) -> tuple[int, int] | None:
    """Return value and number of bits of one line, or None where it holds no word."""
    text = line.strip()
    count, colon, digits = text.partition(b":")
    try:
        if colon:
            bits, value = int(count), int(digits, 16)
            is_plain = count.isdigit() and digits.isalnum()
        else:
            bits, value = len(text), int(text, 2)
            is_plain = text.isdigit()
    except ValueError:
        return None
    if not is_plain or not MIN_BITS <= bits <= MAX_BITS or value.bit_length() > bits:
        return None
    return value, bits

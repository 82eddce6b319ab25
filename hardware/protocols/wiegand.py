"""Wiegand cards: words of bits with parity, which a converter sends as text lines.

Several formats share a length, so a word is not split into facility and card number: the read keeps
the raw bits and their count. Parity is checked only for lengths with one common format: 26
(H10301), 34, 35 (Corporate 1000) and 37 (H10304). The layouts are those of proxmark3.
"""

from __future__ import annotations

from hardware.protocols.textlines import TextLineDecoder
from hardware.reads import Event, Noise, TagRead

MIN_BITS, MAX_BITS = 24, 128


def _span(bits: int, first: int, number: int) -> int:
    return ((1 << number) - 1) << (bits - first - number)


# For each length in bits, its parities: (parity bit, mask of the bits that it covers, is odd). Bit
# 0 is the leftmost one, which is sent first.
_PARITIES: dict[int, tuple[tuple[int, int, bool], ...]] = {
    26: ((0, _span(26, 1, 12), False), (25, _span(26, 13, 12), True)),
    34: ((0, _span(34, 1, 16), False), (33, _span(34, 17, 16), True)),
    # Corporate 1000: two parities skip every third bit; bit 0 covers all others, also those two.
    35: ((1, 0x1_B6DB_6DB6, False), (34, 0x3_6DB6_DB6C, True), (0, _span(35, 1, 34), True)),
    37: ((0, _span(37, 1, 18), False), (36, _span(37, 18, 18), True)),
}


def is_parity_right(value: int, bits: int) -> bool:
    """Return whether a word of `bits` bits has the parity of the usual format of that length.

    True for lengths that have no usual format: there is nothing to check.
    """
    return all(
        ((value & mask).bit_count() + (value >> (bits - 1 - bit) & 1)) % 2 == is_odd
        for bit, mask, is_odd in _PARITIES.get(bits, ())
    )


class WiegandDecoder(TextLineDecoder):
    """Takes a converter's lines: ``26:30DE888`` (bits, then hex) or the bits themselves."""

    def __init__(self, *, terminator: str = "auto", is_parity_required: bool = True) -> None:
        """Set up for one converter.

        :param terminator: as in `TextLineDecoder`
        :param is_parity_required: report a word as noise if its parity is wrong for its length
        """
        super().__init__(terminator=terminator)
        self._is_parity_required = is_parity_required

    def _finish(self, line: bytes) -> list[Event]:
        if not line.strip():
            return []
        word = parse_line(line)
        if word is None:
            return [Noise(len(line), line[:16], "not a Wiegand word: send bits, or count:hex")]
        value, bits = word
        if self._is_parity_required and not is_parity_right(value, bits):
            return [Noise(len(line), line[:16], f"the parity of {bits} bits is wrong")]
        return [TagRead(value.to_bytes((bits + 7) // 8, "big"), "wiegand", bits=bits)]


def parse_line(line: bytes) -> tuple[int, int] | None:
    """Return the value and the number of bits of one line, or None if it is not a word."""
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

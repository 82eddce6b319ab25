"""The checksums of reader protocols, each by one pass in C where one can be had."""

from __future__ import annotations

from binascii import crc_hqx

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MAX_WORDS = 31


def crc_ccitt_false(data: bytes, init: int = 0xFFFF) -> int:
    """Return CRC-16/CCITT-FALSE: polynomial 1021, init FFFF, nothing reflected."""
    return crc_hqx(data, init)


def crc_gen2(data: bytes) -> int:
    """Return the CRC-16 that a Gen2 tag sends over PC and EPC (ISO/IEC 18000-63, annex F)."""
    return crc_hqx(data, 0xFFFF) ^ 0xFFFF


def crc_mcrf4xx(data: bytes) -> int:
    """Return CRC-16/MCRF4XX: polynomial 8408 reflected, init FFFF; 0 over a good frame.

    The unreflected CRC over mirrored bytes, mirrored back: the loop then runs in C.
    """
    crc = crc_hqx(data.translate(_REVERSED), 0xFFFF)
    return _REVERSED[crc & 0xFF] << 8 | _REVERSED[crc >> 8]


def crc_thingmagic(data: bytes) -> int:
    """Return the CRC of ThingMagic modules, which is not CCITT-FALSE (Mercury API, C).

    Their register takes each nibble in at the bottom, so the last two bytes are added without
    being multiplied: init FFFF moved on by 16 bits is 1D0F, then an exclusive-or with those bytes.
    """
    head, tail = data[:-2], data[-2:]
    return crc_hqx(head, 0x1D0F) ^ int.from_bytes(tail, "big")


def is_epc_length(pc: int, epc: bytes) -> bool:
    """Tell whether the word count in a tag's protocol-control word is the EPC's real length."""
    return (pc >> 11) * 2 == len(epc) and len(epc) <= _MAX_WORDS * 2

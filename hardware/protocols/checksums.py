"""The checksums of reader protocols, each with one pass in C if possible."""

from __future__ import annotations

from binascii import crc_hqx

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MAX_WORDS = 31


def crc_ccitt_false(data: bytes, init: int = 0xFFFF) -> int:
    """Return CRC-16/CCITT-FALSE: polynomial 1021, init FFFF, not reflected."""
    return crc_hqx(data, init)


def crc_gen2(data: bytes) -> int:
    """Return the CRC-16 that a Gen2 tag sends over PC and EPC (ISO/IEC 18000-63, annex F)."""
    return crc_hqx(data, 0xFFFF) ^ 0xFFFF


def crc_mcrf4xx(data: bytes) -> int:
    """Return CRC-16/MCRF4XX: polynomial 8408 reflected, init FFFF. It is 0 over a good frame.

    Computed as the unreflected CRC over mirrored bytes, mirrored back, so that the loop runs in C.
    """
    crc = crc_hqx(data.translate(_REVERSED), 0xFFFF)
    return _REVERSED[crc & 0xFF] << 8 | _REVERSED[crc >> 8]


def crc_thingmagic(data: bytes) -> int:
    """Return the CRC of ThingMagic modules, which is not CCITT-FALSE (Mercury API, C source).

    Their register takes each nibble in at its low end, so the last two bytes are added without a
    multiplication. Hence the start value 1D0F, which is FFFF shifted on by 16 bits, and the
    exclusive-or with the last two bytes.
    """
    head, tail = data[:-2], data[-2:]
    return crc_hqx(head, 0x1D0F) ^ int.from_bytes(tail, "big")


def is_epc_length(pc: int, epc: bytes) -> bool:
    """Return whether the word count in a tag's protocol-control word is the EPC's length."""
    return (pc >> 11) * 2 == len(epc) and len(epc) <= _MAX_WORDS * 2

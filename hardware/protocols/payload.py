"""What the text of a typing device is: a barcode, or a tag's number in one of several forms.

The form is a setting of the device. The text does not show it: `0008844356` can be a barcode, a
decimal card number, or hex.
"""

from __future__ import annotations

from collections.abc import Callable

from hardware.protocols.symbology import split_aim, symbology_of
from hardware.reads import TagRead

_UINT32 = 0xFFFF_FFFF
_FACILITY_DIGITS, _CARD_DIGITS = 3, 5
_UINT16, _UINT8 = 0xFFFF, 0xFF


def read_barcode(text: str) -> TagRead | None:
    """Return the text as a barcode, with or without an AIM identifier."""
    aim, data = split_aim(text)
    return TagRead(data.encode(), "barcode", symbology=symbology_of(aim), aim=aim)


def read_epc_hex(text: str) -> TagRead | None:
    """Return the EPC that the text holds in hex, in whole bytes, or None."""
    raw = _hex(text)
    return TagRead(raw, "epc") if raw else None


def read_uid_hex(text: str) -> TagRead | None:
    """Return the card UID that the text holds in hex, or None. Bytes may be split by : or -."""
    raw = _hex(text.replace(":", "").replace("-", ""))
    return TagRead(raw, "uid") if raw else None


def read_card_decimal(text: str) -> TagRead | None:
    """Return the low 32 bits of a 125 kHz card from decimal digits (0008844356), or None."""
    if not (text.isascii() and text.isdigit()) or int(text) > _UINT32:
        return None
    return TagRead(int(text).to_bytes(4, "big"), "em4100", bits=32)


def read_card_facility(text: str) -> TagRead | None:
    """Return the low 24 bits of a 125 kHz card from facility and number (134,62532), or None."""
    facility, comma, card = text.partition(",")
    digits = facility + card
    if not (comma and facility and card and digits.isascii() and digits.isdigit()):
        return None
    if len(facility) > _FACILITY_DIGITS or len(card) > _CARD_DIGITS:
        return None
    if int(facility) > _UINT8 or int(card) > _UINT16:
        return None
    return TagRead(bytes((int(facility),)) + int(card).to_bytes(2, "big"), "em4100", bits=24)


def _hex(text: str) -> bytes | None:
    text = text.strip()
    try:
        return bytes.fromhex(text) if text and " " not in text else None
    except ValueError:
        return None


PAYLOADS: dict[str, Callable[[str], TagRead | None]] = {
    "barcode": read_barcode,
    "epc_hex": read_epc_hex,
    "uid_hex": read_uid_hex,
    "card_decimal": read_card_decimal,
    "card_facility": read_card_facility,
}

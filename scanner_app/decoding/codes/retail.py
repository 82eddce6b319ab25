"""Numbers in retail symbologies: one number, however many zeros a symbology needs before it.

UPC-A is EAN-13 with a zero in front, UPC-E leaves zeros out, and ITF fills up to an even number of
digits (GS1 General Specifications, 5.2). A tag printed as UPC or EAN has a check digit behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner_app.decoding.codes.gs1 import read_gtin
from scanner_app.decoding.epc.bits import check_digit

RETAIL = frozenset({"ean_13", "ean_8", "upc_a", "upc_e", "itf", "databar", "databar_limited"})
# Symbologies whose last digit the reader checked, so that it need not belong to the number.
_CHECKED = RETAIL - {"itf"}
_UPC_E_LENGTHS, _GTIN_LENGTHS = frozenset({6, 7, 8}), frozenset({8, 12, 13, 14})
_LONG = frozenset({12, 13, 14})


def expand_upc_e(digits: str) -> str | None:
    """Return the 12 digits of UPC-A for the 6 to 8 of UPC-E, or None."""
    if len(digits) not in _UPC_E_LENGTHS or not (digits.isascii() and digits.isdecimal()):
        return None
    system, body = ("0", digits) if len(digits) == 6 else (digits[0], digits[1:7])  # noqa: PLR2004 - the bare digits
    if system not in "01":
        return None
    last = body[5]
    if last in "012":
        number = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        number = body[:3] + "00000" + body[3:5]
    elif last == "4":
        number = body[:4] + "00000" + body[4]
    else:
        number = body[:5] + "0000" + last
    whole = system + number
    whole += check_digit(whole)
    if len(digits) == 8 and digits[7] != whole[-1]:  # noqa: PLR2004 - with its check digit
        return None
    return whole


def spell_number(digits: str, symbology: str | None) -> tuple[str, ...]:
    """Return the other numbers that the same bars may have been printed for."""
    if not (digits.isascii() and digits.isdecimal()):
        return ()
    return tuple(dict.fromkeys(_spell(digits, symbology)))


def _spell(digits: str, symbology: str | None) -> Iterator[str]:
    whole = digits
    if symbology == "upc_e" and (expanded := expand_upc_e(digits)):
        yield expanded
        whole = expanded
    is_number = read_gtin(whole) is not None
    if is_number and (symbology in RETAIL or len(whole) in _LONG):
        bare = whole.lstrip("0")
        yield from (bare.zfill(length) for length in sorted(_GTIN_LENGTHS) if length >= len(bare))
    if is_number and (symbology in _CHECKED or (symbology is None and len(whole) in _LONG)):
        yield from _without_zeros(whole[:-1])
    if symbology == "itf":
        yield from _without_zeros(digits)


def _without_zeros(digits: str) -> Iterator[str]:
    """Yield a number with as many of its leading zeros as anybody may have meant."""
    zeros = len(digits) - len(digits.lstrip("0"))
    yield from (digits[count:] for count in range(min(zeros, len(digits) - 1) + 1))

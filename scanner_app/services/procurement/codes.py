"""Codes of products: what a box says beside the serial number, and how two are compared."""

from __future__ import annotations

from scanner_app.decoding.codes.reading import Reading, tag_key
from scanner_app.domain.text import is_storable

MAX_CODE = 64
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_GTIN = 14


def product_key(code: str) -> str:
    """Return the form in which two codes of products are compared.

    A GTIN is written with 14 digits, whether the label says 8, 12, 13 or 14.
    """
    text = code.strip()
    if text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS and _has_check(text):
        return text.zfill(_GTIN)
    return tag_key(text)


def product_keys(reading: Reading) -> list[str]:
    """Return the keys by which a scanned code can name a product, the surest first."""
    keys = []
    for scheme, value in reading.candidates:
        if scheme == "gtin":
            keys.append(value.zfill(_GTIN))
        if scheme == "sgtin":
            keys.append(value.partition(".")[0].zfill(_GTIN))
    return list(dict.fromkeys([*keys, product_key(reading.text)]))


def is_product(reading: Reading) -> bool:
    """Return whether a code is a product's by its own form: a GTIN with a right check digit."""
    return product_keys(reading)[0].isdigit() and any(
        scheme == "gtin" for scheme, _ in reading.candidates
    )


def read_serial(reading: Reading) -> str | None:
    """Return the serial number that a scanned code is; None if it names a product alone."""
    for scheme, value in reading.candidates:
        if scheme == "sgtin":
            return value.partition(".")[2]
    if is_product(reading):
        return None
    text = reading.text.strip()
    serials = [value for scheme, value in reading.candidates if scheme == "serial"]
    # A number of ten digits is itself more often than the other form of a short serial number.
    return serials[0] if len(serials) == 1 and not text.isdecimal() else text


def is_usable(code: str) -> bool:
    """Return whether a text can be kept as the code of a product."""
    return len(code) <= MAX_CODE and is_storable(code)


def _has_check(digits: str) -> bool:
    weighted = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return weighted % 10 == 0

"""Symbols as rows of dark and light modules."""

from __future__ import annotations

from functools import lru_cache

import segno

from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.symbols import SYMBOLOGIES, Symbology

Rows = tuple[tuple[bool, ...], ...]


class CannotEncode(Invalid):
    code = "cannot_encode"


@lru_cache(maxsize=2048)
def encode(text: str, symbology: Symbology, *, is_gs1: bool = False) -> Rows:
    """Return the modules of a symbol, without the white around it; one row for bars.

    :param is_gs1: the text is a GIAI, and the symbol says so by its mode.
    :raises CannotEncode: the symbology has no such characters, or no symbol of that size.
    """
    try:
        if symbology is Symbology.QR and not is_gs1:
            # Error correction M at any size: a label that is wiped off by a tenth still reads.
            matrix = segno.make_qr(text, error="m", boost_error=False).matrix
            return tuple(tuple(bool(module) for module in row) for row in matrix)
        return _encode_by_zxing(text, symbology, is_gs1=is_gs1)
    except (ValueError, RuntimeError):
        label = SYMBOLOGIES[symbology].label
        raise CannotEncode(
            f"“{text[:60]}” cannot be written as {label}. Choose a QR code.",
            errors={"design": [f"{label} has no such characters, or not that many."]},
        ) from None


def _encode_by_zxing(text: str, symbology: Symbology, *, is_gs1: bool) -> Rows:
    import numpy as np
    import zxingcpp

    facts = SYMBOLOGIES[symbology]
    options: dict[str, object] = {}
    if symbology is Symbology.DATA_MATRIX:
        # Otherwise some sizes come out 8 modules high and 32 wide.
        options["force_square"] = True
    if symbology is Symbology.QR:
        options["ec_level"] = "M"
    if is_gs1:
        options["gs1"] = True
        text = f"(8004){text}"
    made = zxingcpp.create_barcode(
        text, getattr(zxingcpp.BarcodeFormat, facts.written_as), **options
    )
    pixels = np.array(made.to_image(scale=1, add_quiet_zones=False)) == 0
    rows = pixels[:1] if facts.is_linear else pixels
    return tuple(tuple(bool(module) for module in row) for row in rows)

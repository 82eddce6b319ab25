"""AIM symbology identifiers (ISO/IEC 15424): ``]cm`` before a barcode's text, not part of it."""

from __future__ import annotations

# The names are those of the Barcode Detection API, as far as it has one.
SYMBOLOGIES = {
    "A": "code_39",
    "B": "telepen",
    "C": "code_128",
    "d": "data_matrix",
    "E": "ean_13",
    "e": "databar",
    "F": "codabar",
    "G": "code_93",
    "H": "code_11",
    "I": "itf",
    "L": "pdf417",
    "M": "msi",
    "Q": "qr_code",
    "S": "code_2_of_5",
    "U": "maxicode",
    "X": "other",
    "z": "aztec",
}
_EXACT = {"]E4": "ean_8"}
_SIZE = 3


def split_aim(text: str) -> tuple[str | None, str]:
    """Split a scanner's text into its AIM identifier, or None, and the data."""
    if len(text) > _SIZE and text[0] == "]" and text[1] in SYMBOLOGIES and text[2].isalnum():
        return text[:_SIZE], text[_SIZE:]
    return None, text


def symbology_of(aim: str | None) -> str | None:
    """Return the symbology's name for an AIM identifier, or None if it is unknown."""
    if not aim:
        return None
    return _EXACT.get(aim) or SYMBOLOGIES.get(aim[1])

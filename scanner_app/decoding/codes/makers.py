"""Serial numbers in the codes that device makers print. For those in links, see `links`.

Each is one more candidate after the plain reading. The register decides which one it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner_app.decoding.codes.reading import Identifier

# Lenovo: data identifier 1S, machine type and model of 7 or 10 characters, serial of 7 or 8.
_LENOVO = re.compile(r"1S(?:[0-9A-Z]{10}([0-9A-Z]{8})|[0-9A-Z]{7}([0-9A-Z]{7}))", re.ASCII)
# Apple, HP and others: data identifier S before a serial number of 10 to 12 characters.
_IDENTIFIED = re.compile(r"S([0-9A-Z]{10,12})", re.ASCII)
_EXPRESS = re.compile(r"[0-9]{9,11}", re.ASCII)
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SERVICE_TAG_LENGTH = 7


def read_serials(key: str) -> Iterator[Identifier]:
    """Yield the serial numbers that a plain code may hold after a data identifier."""
    lenovo = _LENOVO.fullmatch(key)
    if lenovo:
        yield Identifier("serial", lenovo[1] or lenovo[2])
    identified = _IDENTIFIED.fullmatch(key)
    if identified:
        yield Identifier("serial", identified[1])
    if _EXPRESS.fullmatch(key):
        tag = service_tag(int(key))
        if tag is not None:
            yield Identifier("serial", tag)


def service_tag(code: int) -> str | None:
    """Return Dell's service tag for an express service code, the same number in base 10."""
    text = ""
    while code:
        code, rest = divmod(code, 36)
        text = _BASE_36[rest] + text
    return text if len(text) == _SERVICE_TAG_LENGTH else None

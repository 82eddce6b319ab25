"""What each code on the underside of a device is: tag, serial number, model number, article number.

Makers print several codes side by side, and a person wants each in its field. Nothing here
guesses: what may be a serial number or a tag as well is `other`, and a person says which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from scanner_app.decoding.codes.lines import has_lines, read_lines
from scanner_app.decoding.codes.links import is_link
from scanner_app.decoding.codes.makers import service_tag
from scanner_app.decoding.codes.reading import Reading, TagRules, tag_key
from scanner_app.decoding.codes.retail import RETAIL


class PartKind(StrEnum):
    TAG = "tag"
    SERIAL = "serial"
    MODEL_NUMBER = "model_number"
    ARTICLE = "article"
    ADDRESS = "address"
    OTHER = "other"


class Part(NamedTuple):
    """One fact that a code holds, in the form in which a field takes it."""

    kind: PartKind
    value: str


# Fields of labels in lines, by the scheme that their name means.
_KINDS = {"tag": PartKind.TAG, "serial": PartKind.SERIAL}
# Lenovo: 1S, machine type and model, serial number.
_LENOVO = re.compile(r"1S([0-9A-Z]{10}(?=[0-9A-Z]{8}\Z)|[0-9A-Z]{7}(?=[0-9A-Z]{7}\Z))", re.ASCII)
# ANSI MH10.8.2: the number that the supplier gave to what it sells.
_SUPPLIER = re.compile(r"1P([0-9A-Z][0-9A-Z./#_-]{3,24})", re.ASCII)
_NAMED_MODEL = re.compile(
    r"(?:P/?N|MTM|M/?N|MODEL(?: (?:NO|NUMBER))?|PROD(?:UCT)? ?(?:ID|NO|NUMBER)|TYPE)\.?\s*[:=]\s*"
    r"([0-9A-Z][0-9A-Z ./#_-]{2,30})",
    re.ASCII,
)
_NAMED_SERIAL = re.compile(
    r"(?:S/?N|SERIAL(?: (?:NO|NUMBER))?|SERVICE TAG)\.?\s*[:=]\s*([0-9A-Z][0-9A-Z-]{3,29})",
    re.ASCII,
)
_ADDRESS = re.compile(r"(?:MAC\s*[:=]?\s*)?([0-9A-F]{2}(?:([:-]?)[0-9A-F]{2}(?:\2[0-9A-F]{2}){4}))")
_EXPRESS = re.compile(r"[0-9]{9,11}", re.ASCII)


def sort_parts(
    readings: Sequence[Reading], symbologies: Sequence[str], rules: TagRules
) -> list[tuple[Part, ...]]:
    """Return what each code of one picture holds; one code may hold a model and a serial number."""
    parts = [
        _parts_of(reading, symbology, rules)
        for reading, symbology in zip(readings, symbologies, strict=True)
    ]
    known = {part.value for found in parts for part in found if part.kind is not PartKind.ARTICLE}
    return [
        _confirmed(found, reading, known) for found, reading in zip(parts, readings, strict=True)
    ]


def _confirmed(found: tuple[Part, ...], reading: Reading, known: set[str]) -> tuple[Part, ...]:
    """Return a number as Dell's service tag where another code of the picture is that tag.

    Any number of ten digits could be such a code, so nothing less than the tag itself says so.
    And the tag beside its express code is a serial number.
    """
    if [part.kind for part in found] != [PartKind.OTHER]:
        return found
    if _EXPRESS.fullmatch(reading.key) and service_tag(int(reading.key)) in known:
        return (Part(PartKind.SERIAL, service_tag(int(reading.key)) or ""),)
    expresses = (int(value) for value in known if _EXPRESS.fullmatch(value))
    if reading.key in {service_tag(number) for number in expresses}:
        return (Part(PartKind.SERIAL, reading.key),)
    return found


def _parts_of(reading: Reading, symbology: str, rules: TagRules) -> tuple[Part, ...]:
    if not reading.candidates:
        return ()  # a password, for example
    if has_lines(reading.text) and (fields := read_lines(reading.text)):
        return tuple(
            Part(_KINDS[scheme], tag_key(value)) for scheme, value in fields if scheme in _KINDS
        )
    first = reading.candidates[0]
    if first.scheme == "gtin" and symbology in RETAIL:
        return (Part(PartKind.ARTICLE, reading.text),)
    if first.scheme == "tag" and _is_ours(reading, rules):
        return (Part(PartKind.TAG, first.value),)
    return _named_parts(reading) or _other(reading)


def _is_ours(reading: Reading, rules: TagRules) -> bool:
    """Return whether a code is one of our labels: our link, or our prefix before a number."""
    if is_link(reading.text):
        return True
    prefix = rules.prefix.upper()
    return bool(prefix) and reading.key.startswith(prefix) and reading.key != prefix


def _named_parts(reading: Reading) -> tuple[Part, ...]:
    key = reading.key
    if lenovo := _LENOVO.match(key):
        rest = key[lenovo.end() :]
        return (Part(PartKind.MODEL_NUMBER, lenovo[1]), Part(PartKind.SERIAL, rest))
    if supplier := _SUPPLIER.fullmatch(key):
        return (Part(PartKind.MODEL_NUMBER, supplier[1]),)
    if model := _NAMED_MODEL.fullmatch(key):
        return (Part(PartKind.MODEL_NUMBER, model[1].strip()),)
    if named := _NAMED_SERIAL.fullmatch(key):
        return (Part(PartKind.SERIAL, named[1]),)
    if (address := _ADDRESS.fullmatch(key)) and not address[1].isdecimal():
        return (Part(PartKind.ADDRESS, address[1]),)
    return ()


def _other(reading: Reading) -> tuple[Part, ...]:
    """Return a maker's serial number, or the code as it is."""
    serials = [one.value for one in reading.candidates if one.scheme == "serial"]
    if serials and not _EXPRESS.fullmatch(reading.key):
        return (Part(PartKind.SERIAL, serials[0]),)
    if reading.candidates[0].scheme == "tag" and len(reading.candidates) == 1:
        return (Part(PartKind.OTHER, reading.candidates[0].value),)
    return (Part(PartKind.OTHER, reading.key),)

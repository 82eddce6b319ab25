"""ISO/IEC 15434 messages: the envelope, and the serial numbers and GS1 keys of its formats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner_app.decoding.codes.gs1 import read_gs1
from scanner_app.decoding.codes.makers import read_serials
from scanner_app.decoding.codes.reading import Identifier, tag_key

# Some encoders write a sign before the header. RS after it, and RS EOT at the end, may be lost.
_HEADER = re.compile(r">?\[\)>(\x1e?)(?=[0-9A-Z]{2}\x1d)", re.ASCII)
_PICTURES = {0x2404: "\x04", 0x241C: "\x1c", 0x241D: "\x1d", 0x241E: "\x1e", 0x241F: "\x1f"}
_NAMES = {"EOT": "\x04", "FS": "\x1c", "GS": "\x1d", "RS": "\x1e", "US": "\x1f"}
_NAMED = re.compile(r"<(EOT|FS|GS|RS|US)>|\{(EOT|FS|GS|RS|US)\}")
_START = re.compile(r">?\[\)>")
# ANSI MH10.8.2: data identifiers of serial numbers, the longest first. Those with a maker in front:
# 18S has a CAGE code, 25S an issuing agency and the maker's number there.
_SERIALS = re.compile(r"(18S|20S|25S|26S|1S|S)(.+)", re.ASCII | re.DOTALL)
_WITH_MAKER = frozenset({"18S", "25S", "26S"})
# Issuing agencies (ISO/IEC 15459-2) and the length of the numbers that they give.
_AGENCIES = (("UN", 9), ("LH", 4), ("LD", 6), ("LB", 6), ("LE", 13), ("D", 5), ("0", 7), ("", 5))
# Text element identifiers of format 12 and DD (ATA Spec 2000, chapter 9).
_TEXT_SERIALS = frozenset({"SER", "SEQ", "UCN", "USN", "UST", "UID", "SRN"})


def is_message(text: str) -> bool:
    return _HEADER.match(_restore(text)) is not None


def _restore(text: str) -> str:
    """Return a message with its separators, which some decoders show as pictures."""
    return restore_separators(text) if _START.match(text) else text


def restore_separators(text: str) -> str:
    """Return a text with its separators instead of their pictures or names, such as `<GS>`."""
    return _NAMED.sub(lambda match: _NAMES[match[1] or match[2]], text.translate(_PICTURES))


def clean_message(text: str) -> str:
    """Return a message in one form: with its separators, without a sign before the header."""
    restored = _restore(text)
    return restored.removeprefix(">") if _HEADER.match(restored) else text


def read_message(text: str) -> tuple[Identifier, ...]:
    """Return what the formats of a message identify, the surest first."""
    body = _HEADER.sub("", _restore(text), count=1).rstrip("\x04").rstrip("\x1e")
    found = [identifier for part in body.split("\x1e") for identifier in _read_format(part)]
    return tuple(dict.fromkeys(found))


def _read_format(part: str) -> Iterator[Identifier]:
    kind, _, data = part.partition("\x1d")
    if kind == "05":
        yield from read_gs1(data, is_marked=True).identifiers
    for field in data.split("\x1d"):
        if kind == "06":
            yield from _read_data(field.strip())
        elif kind in {"12", "DD"}:
            name, _, value = field.strip().partition(" ")
            if name in _TEXT_SERIALS and value.strip():
                yield Identifier("serial", tag_key(value))


def _read_data(field: str) -> Iterator[Identifier]:
    match = _SERIALS.fullmatch(field)
    if not match or not match[2].strip():
        return
    identifier, value = match[1], tag_key(match[2])
    if identifier == "1S":
        yield from read_serials("1S" + value)
    yield Identifier("serial", value)
    if identifier in _WITH_MAKER:
        for agency, length in _AGENCIES:
            start = len(agency) + length
            if value.startswith(agency) and len(value) > start:
                yield Identifier("serial", value[start:])

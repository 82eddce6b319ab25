"""GS1 element strings and Digital Links to identifiers, in one form for all carriers.

biip parses them. This module decides what each element means, and whether a text without separators
can be trusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scanner_app.decoding.codes.reading import Identifier
from scanner_app.decoding.epc.bits import EpcFieldError, check_digit
from scanner_app.decoding.epc.keys import Elements, require_check_digit

SEPARATOR = "\x1d"
# Longer than any label. biip's work grows with the text.
MAX_TEXT = 512
_BRACKETED = re.compile(r"(?:\(\d{2,4}\)[^()\x1d]+)+", re.ASCII)
_BRACKET = re.compile(r"\((\d{2,4})\)", re.ASCII)
# How the elements begin that follow a lot or serial number on labels.
_FOLLOWER = re.compile(r"(?:21|10|11|13|15|17|30|37|240|250|8003|8004)(?=.)", re.ASCII)
_VARIABLE = frozenset({"10", "21", "22", "240", "241", "250", "251", "254", "30", "37"})
# The lengths of elements that end without a separator, by their first two digits (General
# Specifications, 7.8.5).
_LENGTHS = {
    "00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16,
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19"), 8),
    **dict.fromkeys(("31", "32", "33", "34", "35", "36"), 10),
}  # fmt: skip
# More brackets than any label has are not tried in every way.
_MAX_CUTS = 8


@dataclass(frozen=True, slots=True)
class Gs1:
    """The content of GS1 data.

    :param others: what it identifies if it is cut in another way, which is as good.
    :param is_ambiguous: without a separator it can be cut in two ways.
    :param is_damaged: an element is not valid; what is told is of the others.
    """

    identifiers: tuple[Identifier, ...]
    others: tuple[Identifier, ...] = ()
    is_ambiguous: bool = False
    is_damaged: bool = False


NOTHING = Gs1(())


@lru_cache(maxsize=4096)
def read_gs1(text: str, *, is_marked: bool) -> Gs1:
    """Return what an element string means: raw, bracketed or as a Digital Link.

    :param is_marked: FNC1 came first, so separators can be trusted.
    """
    if len(text) > MAX_TEXT:
        return NOTHING
    if _BRACKET.match(text):
        return _read_bracketed(text)
    elements = _parse(text)
    if not elements:
        return _read_damaged(text) if is_marked or SEPARATOR in text else NOTHING
    others = () if is_marked else _cut_again(text, elements)
    found = identify_elements(elements)
    return Gs1(
        found,
        tuple(identifier for identifier in others if identifier not in found),
        is_ambiguous=bool(others) or (not is_marked and _is_ambiguous(text, elements)),
    )


def _read_damaged(text: str) -> Gs1:
    """Return what the valid elements of a message identify: a wrong date does not hide the key."""
    elements: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        end = text.find(SEPARATOR, at)
        end = len(text) if end < 0 else end
        fixed = at + _LENGTHS.get(text[at : at + 2], end - at)
        piece = text[at : min(end, fixed)]
        if piece:
            elements += _parse_one(piece)
        at = fixed if fixed < end else end + 1
    return Gs1(identify_elements(tuple(elements)), is_damaged=True)


def _parse_one(piece: str) -> Elements:
    """Return the element that a piece is, empty if it is not a valid one."""
    from biip import ParseError
    from biip.gs1_element_strings import GS1ElementString

    try:
        element = GS1ElementString.parse(piece)
    except (ParseError, ValueError, IndexError, KeyError, OverflowError):
        return ()
    return ((element.ai.ai, element.value),)


def _read_bracketed(text: str) -> Gs1:
    """Return what the human readable form means. Brackets are data too (character set 82).

    The reading with the fewest cuts comes first; a reading that names only a kind of item
    comes after one that names the item.
    """
    strict, lenient = _cut_brackets(text)
    readings = [identify_elements(elements) for elements in (*strict, *lenient)]
    readings = [found for found in readings if found]
    items = [found for found in readings if any(scheme != "gtin" for scheme, _ in found)]
    readings = items or readings
    if not readings:
        return NOTHING
    others = dict.fromkeys(one for found in readings[1:] for one in found)
    rest = tuple(identifier for identifier in others if identifier not in readings[0])
    return Gs1(readings[0], rest, is_ambiguous=bool(rest), is_damaged=not strict)


def _cut_brackets(text: str) -> tuple[list[Elements], list[Elements]]:
    """Return the elements for every way to cut, the fewest cuts first: valid ones, damaged ones."""
    marks = [match for match in _BRACKET.finditer(text) if _is_ai(match[1])]
    if not marks or marks[0].start() or len(marks) > _MAX_CUTS:
        return [], []
    strict: list[Elements] = []
    lenient: list[Elements] = []
    inner = marks[1:]
    for kept in sorted(range(1 << len(inner)), key=int.bit_count):
        used = [marks[0], *(mark for at, mark in enumerate(inner) if kept >> at & 1)]
        ends = [mark.start() for mark in used[1:]] + [len(text)]
        parts = [
            _parse_one(mark[1] + text[mark.end() : end].rstrip(SEPARATOR))
            for mark, end in zip(used, ends, strict=True)
        ]
        elements = tuple(element for part in parts for element in part)
        (strict if all(parts) else lenient).append(elements)
    return strict, lenient


@lru_cache(maxsize=512)
def _is_ai(digits: str) -> bool:
    from biip import ParseError
    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

    try:
        return GS1ApplicationIdentifier.extract(digits).ai == digits
    except ParseError:
        return False


def read_elements(text: str) -> Elements:
    """Return the elements of GS1 data that a person wrote: bracketed, raw or as a Digital Link.

    Bracketed ones are returned unchecked, so that the caller can say what is wrong with them.
    """
    text = text.strip()
    if len(text) > MAX_TEXT:
        return ()
    if _BRACKETED.fullmatch(text):
        parts = _BRACKET.split(text)[1:]
        return tuple(zip(parts[::2], parts[1::2], strict=True))
    if _BRACKET.match(text):
        strict, _ = _cut_brackets(text)
        return strict[0] if strict else ()
    return _parse(text)


def _parse(text: str) -> Elements:
    from biip import ParseError, parse

    try:
        result = parse(text)
    except (ParseError, ValueError, IndexError, KeyError, OverflowError):
        return ()
    message = result.gs1_message or result.gs1_digital_link_uri
    if message is None:
        return ()
    return tuple((element.ai.ai, element.value) for element in message.element_strings)


def _is_ambiguous(text: str, elements: Elements) -> bool:
    """Return whether the last element may contain others: a wedge drops the separators."""
    ai, value = elements[-1]
    if SEPARATOR in text or len(elements) < 2 or ai not in _VARIABLE:  # noqa: PLR2004 - a head and a tail
        return False
    return any(_parse(value[match.start() :]) for match in _FOLLOWER.finditer(value, 1))


def _cut_again(text: str, elements: Elements) -> tuple[Identifier, ...]:
    """Return what an element string identifies if its last element contains others."""
    if not _is_ambiguous(text, elements):
        return ()
    *head, (ai, value) = elements
    found: dict[Identifier, None] = {}
    for match in _FOLLOWER.finditer(value, 1):
        tail = _parse(value[match.start() :])
        if tail:
            cut = (*head, (ai, value[: match.start()]), *tail)
            found |= dict.fromkeys(identify_elements(cut))
    return tuple(one for one in found if one.scheme != "gtin")


def identify_elements(elements: Elements) -> tuple[Identifier, ...]:
    """Return what GS1 elements identify. A GTIN without a serial is a kind, not one item."""
    values = dict(elements)
    found = [
        Identifier(scheme, values[ai]) for ai, scheme in _PLAIN_SCHEMES.items() if ai in values
    ]
    if "414" in values:
        extension = values.get("254", "0")
        gln = values["414"]
        found.append(Identifier("gln", gln if extension == "0" else f"{gln}.{extension}"))
    if "8010" in values and "8011" in values:
        found.append(Identifier("cpi", f"{values['8010']}.{values['8011']}"))
    if "8006" in values and "21" in values:
        found.append(Identifier("itip", f"{values['8006']}.{values['21']}"))
    elif "01" in values and "21" in values:
        found.append(Identifier("sgtin", f"{values['01']}.{values['21']}"))
    elif "01" in values:
        found.append(Identifier("gtin", values["01"]))
    return tuple(found)


_PLAIN_SCHEMES = {
    "8004": "giai",
    "8003": "grai",
    "00": "sscc",
    "253": "gdti",
    "255": "sgcn",
    "417": "gln",
    "8018": "gsrn",
    "8017": "gsrnp",
}


def read_gtin(digits: str) -> Identifier | None:
    """Return the item number of a retail code in one form for 8, 12, 13 and 14 digits, or None."""
    if len(digits) not in {8, 12, 13, 14} or not (digits.isascii() and digits.isdecimal()):
        return None
    if check_digit(digits[:-1]) != digits[-1]:
        return None
    return Identifier("gtin", digits.zfill(14))


def canonical_grai(value: str) -> str:
    """Return a returnable asset's number as in its element string, with the filler zero."""
    for filler, key in (("", value[1:14]), ("0", value[:13])):
        if filler or value[:1] == "0":
            try:
                require_check_digit("A GRAI", key, 13)
            except EpcFieldError:
                continue
            return filler + value
    return value

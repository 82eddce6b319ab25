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


@dataclass(frozen=True, slots=True)
class Gs1:
    """The content of GS1 data. `is_ambiguous`: without a separator it can be cut in two ways."""

    identifiers: tuple[Identifier, ...]
    is_ambiguous: bool = False


NOTHING = Gs1(())


@lru_cache(maxsize=4096)
def read_gs1(text: str, *, is_marked: bool) -> Gs1:
    """Return what an element string means: raw, bracketed or as a Digital Link.

    :param is_marked: FNC1 came first, so separators can be trusted.
    """
    if len(text) > MAX_TEXT:
        return NOTHING
    is_bracketed = bool(_BRACKETED.fullmatch(text))
    plain = strip_brackets(text) if is_bracketed else text
    elements = _parse(plain)
    if not elements:
        return NOTHING
    is_ambiguous = not (is_marked or is_bracketed) and _is_ambiguous(plain, elements)
    return Gs1(identify_elements(elements), is_ambiguous)


def strip_brackets(text: str) -> str:
    """Return the raw element string of the human readable form, with separators."""
    parts = _BRACKET.split(text)[1:]
    return SEPARATOR.join(ai + value for ai, value in zip(parts[::2], parts[1::2], strict=True))


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

"""What a scanned text may mean: candidates in order of preference, each in canonical form.

The register decides which candidate means something (`queries.scanning.codes`). Nothing here
raises on any text or guesses: a text that can be read in two ways has both candidates.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from scanner_app.decoding.codes.code39 import SENT_ON, TAKEN_OFF, take_off_check
from scanner_app.decoding.codes.gs1 import canonical_grai, identify_elements, read_gs1, read_gtin
from scanner_app.decoding.codes.links import is_link, read_link
from scanner_app.decoding.codes.makers import ENVELOPE, read_envelope, read_serials
from scanner_app.decoding.codes.reading import (
    NO_RULES,
    Identifier,
    Reading,
    TagRules,
    plain_candidates,
    tag_key,
)
from scanner_app.decoding.epc import EpcError, decode_epc, decode_epc_uri

__all__ = [
    "NO_RULES",
    "Identifier",
    "Reading",
    "TagRules",
    "canonical_value",
    "is_secret",
    "read_code",
    "tag_key",
]

MAX_TEXT = 4096
# The fast path: a text of only these characters that has none of the forms excluded first is a
# plain code.
_PLAIN = re.compile(
    r"(?!(?:[0-9]{8,}|1S[0-9A-Z]{14,18}|S[0-9A-Z]{10,12}|[0-9A-F]{12,}"
    r"|(?:8003|8004|414|01|00|253|255|8006|8010|8017|8018)[0-9]{6}.*)\Z)"
    r"[A-Z0-9][A-Z0-9 ._/#+-]{0,63}",
    re.ASCII | re.IGNORECASE,
)
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
# These show FNC1 in first position: Code 128, Data Matrix, QR, DataBar, DotCode and Aztec.
_GS1_AIMS = frozenset({"]C1", "]d2", "]Q3", "]e0", "]J1", "]z1"})
# The symbologies on which a reading depends, by the letter of their AIM identifier. Code 39 is
# judged by the whole identifier, which tells what the scanner did with the check character.
_SYMBOLOGY_OF_AIM = {"E": "ean_13", "F": "codabar", "I": "itf", "e": "databar"}
_HEX = re.compile(r"[0-9A-Fa-f]{12,128}", re.ASCII)
# A shorter hexadecimal number is more often a hardware address or a serial number.
_SHORT_HEX, _EPC_DIGITS = 16, 24
_GS1_START = re.compile(
    r"(?:(?:8003|8004|8006|8010|8017|8018|414|253|255|01|00|02)[0-9]{6}|\([0-9]{2,4}\))", re.ASCII
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SEPARATORS = re.compile(r"[\x1c-\x1f\x04]")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SECRET = re.compile(r"otpauth(-migration)?:|wifi:|.*[?&;](secret|password|token)=", re.IGNORECASE)
_ACTION = re.compile(
    r"(?:tel|sms|smsto|mailto|mecard|geo|javascript|data|file|ftp|intent|market|bitcoin|upi|matmsg"
    r"|facetime|sip|begin|dpp|lpa):",
    re.IGNORECASE,
)
_RADIO = frozenset({"rfid", "nfc"})
_RETAIL = frozenset({"ean_13", "ean_8", "upc_a", "upc_e", "itf", "databar", "databar_limited"})
# Scripts with letters that look like Latin ones.
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LOOKALIKE = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u13a0-\u13ff]")


def is_secret(text: str) -> bool:
    """Return whether a text is a password or similar: never recorded, and masked when shown.

    These are Wi-Fi access, seeds of one-time passwords, and links with a secret. An AIM identifier
    at the start is ignored.
    """
    if ":" not in text and "=" not in text:
        return False
    shown = text.strip(" \t\r\n")
    if _AIM.match(shown):
        shown = shown[3:].lstrip(" \t\r\n")
    return _SECRET.match(shown) is not None


def read_code(text: str, *, symbology: str | None = None, rules: TagRules = NO_RULES) -> Reading:
    """Return the reading of a scanned text. Never raises.

    :param symbology: its Barcode Detection API name, `rfid` or `nfc`, if the reader sent it.
    :param rules: how this deployment's codes are read.
    """
    shown = text.strip(" \t\r\n")
    is_framed = symbology == "codabar" or (rules.code39_check and symbology == "code_39")
    if not is_framed and _PLAIN.fullmatch(shown):
        candidates = plain_candidates(shown, rules)
        return Reading(text, shown, candidates, None, None, candidates[0].value)
    aim = None
    if _AIM.match(shown):
        aim, shown = shown[:3], shown[3:]
        symbology = symbology or _SYMBOLOGY_OF_AIM.get(aim[1])
    is_marked = shown.startswith("\x1d") or aim in _GS1_AIMS
    cleaned = shown.strip("\x1d \t\r\n")
    problem = _problem_of(cleaned)
    if problem in _HOPELESS:
        visible = _INVISIBLE.sub("", _CONTROL.sub("", cleaned))[:MAX_TEXT]
        return Reading(text, visible, (), problem, aim, tag_key(visible, rules))
    found, trouble = _read(cleaned, symbology, rules, is_marked=is_marked)
    if _has_check(symbology, aim, rules) and (bare := take_off_check(cleaned)) is not None:
        found = [*plain_candidates(bare, rules), *found]
    unique = tuple(dict.fromkeys(found))
    return Reading(text, cleaned, unique, trouble or problem, aim, tag_key(cleaned, rules))


def _has_check(symbology: str | None, aim: str | None, rules: TagRules) -> bool:
    """Return whether a code ends with the check character of Code 39.

    Without the setting or an AIM identifier that says so, the character is part of the code: one
    label in 43 ends with a fitting one by chance, and would be taken for another asset.
    """
    if aim in SENT_ON:
        return True
    is_39 = aim[1] == "A" if aim else symbology == "code_39"
    return rules.code39_check and is_39 and aim not in TAKEN_OFF


_HOPELESS = frozenset(
    {"empty", "too_long", "control_char", "invisible_characters", "surrogate", "secret", "action"}
)


def _problem_of(text: str) -> str | None:
    """Return the stable code of what is wrong with a text as a label, or None."""
    return next((code for code, is_wrong in _CHECKS if is_wrong(text)), None)


def _is_confusable(text: str) -> bool:
    """Return whether a text looks like another: full width, decomposed, or a similar script."""
    if text.isascii():
        return False
    return unicodedata.normalize("NFKC", text) != text or bool(_LOOKALIKE.search(text))


_CHECKS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("empty", lambda text: not text),
    ("too_long", lambda text: len(text) > MAX_TEXT),
    # Separators belong to GS1 and ISO/IEC 15434 messages and are checked with them.
    ("control_char", lambda text: _CONTROL.search(_SEPARATORS.sub("", text))),
    ("invisible_characters", _INVISIBLE.search),
    ("surrogate", _SURROGATE.search),
    ("secret", _SECRET.match),
    ("action", _ACTION.match),
    ("confusable", _is_confusable),
)


def _read(
    text: str, symbology: str | None, rules: TagRules, *, is_marked: bool
) -> tuple[list[Identifier], str | None]:
    """Return the candidates of a text that is more than a plain code, and its problem if any."""
    if is_link(text):
        link = read_link(text, rules)
        return [*link.identifiers, _alias(text)], link.problem
    if text[:8].lower() == "urn:epc:":
        return _read_epc_uri(text), None
    if text.startswith(ENVELOPE):
        return [*read_envelope(text), _alias(text)], None
    return _read_bare(text, symbology, rules, is_marked=is_marked)


def _read_bare(
    text: str, symbology: str | None, rules: TagRules, *, is_marked: bool
) -> tuple[list[Identifier], str | None]:
    plain = list(plain_candidates(text, rules))
    if is_marked or _GS1_START.match(text):
        found, problem = _read_elements(text, plain, is_marked=is_marked)
        if found:
            return found, problem
    if _SEPARATORS.search(text):
        return [], "not_gs1" if is_marked else "control_char"
    if symbology == "codabar":
        # A setting of the reader decides whether it sends the start and stop characters.
        return [*plain, *plain_candidates(text.strip("ABCDabcd"), rules)], None
    read = _read_hex if _HEX.fullmatch(text) else _read_digits
    return read(text, symbology, plain), None


def _read_elements(
    text: str, plain: list[Identifier], *, is_marked: bool
) -> tuple[list[Identifier], str | None]:
    gs1 = read_gs1(text, is_marked=is_marked)
    if not gs1.identifiers:
        return [], None
    found = list(gs1.identifiers)
    if _SEPARATORS.search(text):
        return found, None
    # Without a mark, it may be a plain tag that begins like GS1 data.
    return [*found, *plain], "ambiguous_gs1" if gs1.is_ambiguous else None


def _read_digits(text: str, symbology: str | None, plain: list[Identifier]) -> list[Identifier]:
    gtin = read_gtin(text)
    serials = list(read_serials(tag_key(text)))
    if gtin is None:
        return [*plain, *serials]
    return [gtin, *plain] if symbology in _RETAIL else [*plain, gtin, *serials]


def _read_hex(text: str, symbology: str | None, plain: list[Identifier]) -> list[Identifier]:
    """Return the candidates of hexadecimal digits: an EPC's GS1 key, its number, a plain code."""
    identity, numbers = _read_epc(text.upper())
    if symbology in _RADIO or len(text) >= _EPC_DIGITS or (identity and len(text) >= _SHORT_HEX):
        return [*identity, *numbers, *plain]
    if identity or len(text) >= _SHORT_HEX:
        return [*_read_digits(text, symbology, plain), *identity, *numbers]
    return _read_digits(text, symbology, plain)


@lru_cache(maxsize=4096)
def _read_epc(text: str) -> tuple[tuple[Identifier, ...], tuple[Identifier, ...]]:
    """Return what an EPC identifies, and its number as read, in bare digits, and in whole words."""
    try:
        epc = decode_epc(text)
    except EpcError:
        # Most tags are sold without a GS1 number. Their raw number is their identity.
        return (), (Identifier("epc", text),)
    raw = dict.fromkeys((text, epc.hex, epc.words))
    return _identities(epc.base, epc.fields, identify_elements(epc.elements)), tuple(
        Identifier("epc", value) for value in raw
    )


def _identities(
    base: str, fields: tuple[str, ...], found: tuple[Identifier, ...]
) -> tuple[Identifier, ...]:
    # Schemes outside GS1's keys keep the fields of the pure identity.
    return found or ((Identifier(base, ".".join(fields)),) if fields else ())


def _read_epc_uri(text: str) -> list[Identifier]:
    try:
        epc = decode_epc_uri(text)
    except EpcError:
        return [_alias(text)]
    found = list(_identities(epc.base, epc.fields, identify_elements(epc.elements)))
    if epc.hex:
        found += [Identifier("epc", value) for value in dict.fromkeys((epc.hex, epc.words))]
    return found


def _alias(text: str) -> Identifier:
    return Identifier("alias", tag_key(text))


def canonical_value(scheme: str, value: str) -> str:
    """Return the canonical form of a value that a person wrote for a scheme. Never raises.

    A GS1 key may be written as its element string, Digital Link, EPC URI or hexadecimal EPC.
    """
    text = value.strip(" \t\r\n")
    if scheme in {"email", "username"}:
        return text.casefold()
    if scheme in {"epc", "tid"}:
        return text.upper()
    if scheme in _GS1_SCHEMES:
        for candidate in read_code(text).candidates:
            if candidate.scheme == scheme:
                return candidate.value
        return canonical_grai(text) if scheme == "grai" else text
    return tag_key(text)


_GS1_SCHEMES = frozenset({"giai", "grai", "gln", "gtin", "sgtin", "sscc"})

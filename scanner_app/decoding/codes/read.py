"""What a scanned text may mean: candidates in order of preference, each in canonical form.

The register decides which candidate means something (`queries.scanning.codes`). Nothing here
raises on any text or guesses: a text that can be read in two ways has both candidates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from scanner_app.decoding.codes.code39 import (
    CONVERTED,
    SENT_ON,
    TAKEN_OFF,
    read_full_ascii,
    take_off_check,
)
from scanner_app.decoding.codes.gs1 import canonical_grai, identify_elements, read_gs1, read_gtin
from scanner_app.decoding.codes.lines import has_lines, read_field, read_lines
from scanner_app.decoding.codes.links import is_link, read_link
from scanner_app.decoding.codes.makers import read_serials
from scanner_app.decoding.codes.messages import clean_message, is_message, read_message
from scanner_app.decoding.codes.radio import bare_hex, read_card, unframe_epc
from scanner_app.decoding.codes.reading import (
    GS1_AIMS,
    NO_RULES,
    Card,
    Identifier,
    Reading,
    TagRules,
    fold,
    plain_candidates,
    tag_key,
    to_normal_form,
)
from scanner_app.decoding.codes.retail import RETAIL, expand_upc_e, spell_number
from scanner_app.decoding.epc import EpcError, decode_epc, decode_epc_uri

__all__ = [
    "NO_RULES",
    "Card",
    "Identifier",
    "Reading",
    "TagRules",
    "canonical_value",
    "is_secret",
    "read_code",
    "tag_key",
    "to_normal_form",
]

MAX_TEXT = 4096
# The fast path: a text of only these characters that has none of the forms excluded first is a
# plain code.
_PLAIN = re.compile(
    r"(?!(?:[0-9]{8,}|1S[0-9A-Z]{14,18}|S[0-9A-Z]{10,12}|[0-9A-F]{8}|[0-9A-F]{10}|[0-9A-F]{12,}"
    r"|(?:8003|8004|414|01|00|253|255|8006|8010|8017|8018)[0-9]{6}.*"
    r"|[0-9A-F]{2}(?:[ .-][0-9A-F]{2}){3,}|[0-9A-F]{4}(?:[ .-][0-9A-F]{4}){2,}"
    r"|[0-9A-F]{8}(?:[ .-][0-9A-F]{8})+|0X[0-9A-F]{8,})\Z)"
    r"[A-Z0-9][A-Z0-9 ._/#+-]{0,63}",
    re.ASCII | re.IGNORECASE,
)
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
# The symbologies on which a reading depends, by the letter of their AIM identifier. Code 39 is
# judged by the whole identifier, which tells what the scanner did with the check character.
_SYMBOLOGY_OF_AIM = {"E": "ean_13", "F": "codabar", "I": "itf", "e": "databar"}
_RAW_URI = re.compile(r"urn:epc:raw:[0-9]+\.x([0-9a-f]{2,128})", re.ASCII | re.IGNORECASE)
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
# The schemes whose values are numbers of radio tags.
_CARD = ("tid", "epc", "badge")
# Symbologies of which even a plain text may mean more than it shows.
_TELLING = _RADIO | RETAIL | {"codabar"}
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
    is_telling = symbology in _TELLING or (
        symbology == "code_39" and (rules.code39_check or rules.code39_full_ascii)
    )
    if not is_telling and _PLAIN.fullmatch(shown):
        candidates = plain_candidates(shown, rules)
        key, rivals = tag_key(shown, rules), _find_rivals(shown, candidates)
        return Reading(text, shown, candidates, None, None, key, rivals)
    aim = None
    if _AIM.match(shown):
        aim, shown = shown[:3], shown[3:]
        symbology = symbology or _SYMBOLOGY_OF_AIM.get(aim[1])
    is_marked = shown.startswith("\x1d") or aim in GS1_AIMS
    cleaned = clean_message(shown.strip("\x1d \t\r\n"))
    problem = _problem_of(cleaned)
    if problem in _HOPELESS:
        visible = _INVISIBLE.sub("", _CONTROL.sub("", cleaned))[:MAX_TEXT]
        return Reading(text, visible, (), problem, aim, tag_key(visible, rules))
    meant = to_normal_form(cleaned)
    found = _read(meant, symbology, rules, is_marked=is_marked)
    unique = tuple(dict.fromkeys([*_read_code39(meant, symbology, aim, rules), *found.candidates]))
    plain = plain_candidates(meant, rules)
    return Reading(
        text,
        cleaned,
        unique,
        found.problem or problem,
        aim,
        tag_key(cleaned, rules),
        found.rivals or _find_rivals(meant, plain),
        found.others,
        found.card,
    )


class _Found(NamedTuple):
    """What a text means; see `Reading`."""

    candidates: Sequence[Identifier]
    problem: str | None = None
    rivals: tuple[Identifier, ...] = ()
    others: tuple[Identifier, ...] = ()
    card: Card | None = None


def _find_rivals(text: str, plain: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Return the plain readings of which none is preferred.

    A bare number may be our tag without its prefix, or just this number. A text with our prefix
    is registered as it is written, or by the rule.
    """
    return plain if len(plain) > 1 and text.isdecimal() else ()


def _read_code39(
    text: str, symbology: str | None, aim: str | None, rules: TagRules
) -> list[Identifier]:
    """Return what Code 39 means by the agreements of this deployment, before it is read plainly."""
    is_39 = aim[1] == "A" if aim else symbology == "code_39"
    bare = take_off_check(text) if _has_check(symbology, aim, rules) else None
    texts = [] if bare is None else [bare]
    if rules.code39_full_ascii and is_39 and aim not in CONVERTED:
        ascii_ = read_full_ascii(text if bare is None else bare)
        if ascii_ is not None and not _problem_of(ascii_):
            texts.insert(0, ascii_)
    return [candidate for one in texts for candidate in plain_candidates(one, rules)]


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
    """Return whether a text looks like another, since it has letters of a similar script."""
    return not text.isascii() and bool(_LOOKALIKE.search(text))


def _strip_separators(text: str) -> str:
    if has_lines(text) and read_lines(text) is not None:
        text = text.replace("\r", "").replace("\n", "")
    return _SEPARATORS.sub("", text)


_CHECKS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("empty", lambda text: not text),
    ("too_long", lambda text: len(text) > MAX_TEXT),
    # Separators belong to GS1 and ISO/IEC 15434 messages and are checked with them; line ends to
    # labels in lines.
    ("control_char", lambda text: _CONTROL.search(_strip_separators(text))),
    ("invisible_characters", _INVISIBLE.search),
    ("surrogate", _SURROGATE.search),
    ("secret", _SECRET.match),
    ("action", _ACTION.match),
    ("confusable", _is_confusable),
)


def _read(text: str, symbology: str | None, rules: TagRules, *, is_marked: bool) -> _Found:
    """Return what a text means that is more than a plain code."""
    if has_lines(text):
        return _read_fields(read_lines(text) or (), rules)
    if is_link(text):
        link = read_link(text, rules)
        return _Found([*link.identifiers, *_aliases(text)], link.problem)
    if text[:8].lower() == "urn:epc:":
        return _Found(_read_epc_uri(text))
    if is_message(text):
        found = read_message(text)
        return _Found([*found, _alias(text)], rivals=found)
    return _read_bare(text, symbology, rules, is_marked=is_marked)


def _read_fields(fields: Sequence[tuple[str, str]], rules: TagRules) -> _Found:
    """Return what a label in lines means: its tag, its serial number, the link on it."""
    candidates: list[Identifier] = []
    for scheme, value in fields:
        if scheme == "link":
            candidates += read_link(value, rules).identifiers if is_link(value) else ()
        elif scheme == "tag":
            candidates += plain_candidates(value, rules)
        else:
            candidates.append(Identifier(scheme, tag_key(value)))
    unique = tuple(dict.fromkeys(candidates))
    # A code of the register is one line, so the whole text is never one.
    return _Found(unique, None if unique else "unknown_lines")


def _read_bare(text: str, symbology: str | None, rules: TagRules, *, is_marked: bool) -> _Found:
    plain = list(plain_candidates(text, rules))
    if is_marked or _GS1_START.match(text):
        found = _read_elements(text, plain, is_marked=is_marked)
        if found.candidates:
            # The bits of a card can look like GS1 data.
            is_card = symbology in _RADIO and not is_marked
            return found._replace(card=read_card(text, is_radio=True)) if is_card else found
    if _SEPARATORS.search(text):
        return _Found([], "not_gs1" if is_marked else "control_char")
    if field := read_field(text):
        return _Found([*plain, *_read_fields(field, rules).candidates])
    if symbology == "codabar":
        # A setting of the reader decides whether it sends the start and stop characters.
        return _Found([*plain, *plain_candidates(text.strip("ABCDabcd"), rules)])
    card = read_card(text, is_radio=symbology in _RADIO)
    bare = bare_hex(text)
    if bare is not None and not _HEX.fullmatch(text):
        numbers = _read_hex(bare, "rfid", []) if _HEX.fullmatch(bare) else []
        # With separators, only the number of a radio tag is the same code.
        schemes = ("tag",) if symbology in _RADIO else _CARD
        same = [Identifier(scheme, bare) for scheme in schemes]
        return _Found([*plain, *same, *numbers], card=card)
    if _HEX.fullmatch(text):
        candidates = _read_hex(text, symbology, plain)
    else:
        candidates = _read_digits(text, symbology, plain)
    rivals = _read_number(text, symbology, rules, plain)
    return _Found([*candidates, *rivals], rivals=rivals if symbology in RETAIL else (), card=card)


def _read_number(
    text: str, symbology: str | None, rules: TagRules, plain: Sequence[Identifier]
) -> tuple[Identifier, ...]:
    """Return the plain readings of a retail code, whose zeros may not be the tag's."""
    if symbology is not None and symbology not in RETAIL:
        return ()
    spelled = [c for one in spell_number(text, symbology) for c in plain_candidates(one, rules)]
    return tuple(dict.fromkeys([*plain, *spelled])) if spelled else ()


def _read_elements(text: str, plain: list[Identifier], *, is_marked: bool) -> _Found:
    gs1 = read_gs1(text, is_marked=is_marked)
    if not gs1.identifiers:
        return _Found([])
    found = list(gs1.identifiers)
    problem = "ambiguous_gs1" if gs1.is_ambiguous else "damaged_gs1" if gs1.is_damaged else None
    if _SEPARATORS.search(text):
        return _Found(found, problem, others=gs1.others)
    # Without a mark, it may be a plain tag that begins like GS1 data.
    return _Found([*found, *plain], problem, others=gs1.others)


def _read_digits(text: str, symbology: str | None, plain: list[Identifier]) -> list[Identifier]:
    gtin = read_gtin((expand_upc_e(text) or text) if symbology == "upc_e" else text)
    serials = list(read_serials(tag_key(text)))
    if gtin is None:
        return [*plain, *serials]
    return [gtin, *plain] if symbology in RETAIL else [*plain, gtin, *serials]


def _read_hex(text: str, symbology: str | None, plain: list[Identifier]) -> list[Identifier]:
    """Return the candidates of hexadecimal digits: an EPC's GS1 key, its number, a plain code."""
    identity, numbers = _read_epc(text.upper())
    inner = None if identity else unframe_epc(text.upper())
    if inner is not None and len(inner) >= _SHORT_HEX:
        identity, within = _read_epc(inner)
        numbers = (*numbers, *within)
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
        raw = _RAW_URI.fullmatch(text)
        numbers = _read_hex(raw[1], "rfid", []) if raw else []
        return [*numbers, _alias(text)]
    found = list(_identities(epc.base, epc.fields, identify_elements(epc.elements)))
    if epc.hex:
        found += [Identifier("epc", value) for value in dict.fromkeys((epc.hex, epc.words))]
    return found


def _alias(text: str) -> Identifier:
    return Identifier("alias", tag_key(text))


def _aliases(link: str) -> tuple[Identifier, ...]:
    """Return the link as a code of the register, also as it was kept before version 0.2."""
    return _alias(link), Identifier("alias", fold(link))


def canonical_value(scheme: str, value: str) -> str:
    """Return the canonical form of a value that a person wrote for a scheme. Never raises.

    A GS1 key may be written as its element string, Digital Link, EPC URI or hexadecimal EPC.
    """
    text = to_normal_form(value).strip(" \t\r\n")
    if scheme in {"email", "username"}:
        return text.casefold()
    if scheme in {"epc", "tid"}:
        return bare_hex(text) or text.upper()
    if scheme in _GS1_SCHEMES:
        for candidate in read_code(text).candidates:
            if candidate.scheme == scheme:
                return candidate.value
        return canonical_grai(text) if scheme == "grai" else text
    return tag_key(text)


_GS1_SCHEMES = frozenset({"giai", "grai", "gln", "gtin", "sgtin", "sscc"})

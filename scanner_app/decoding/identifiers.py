"""What a scanned text may stand for: candidates in order of preference, each in canonical form.

Which candidate means something, the register knows (`queries.resolution`). Nothing here raises on
any text, and nothing guesses: a text that can be read in two ways gives both candidates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

LONGEST_PLAIN = 200

# A text of these characters alone can be nothing but a plain code: the fast path.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#+-]{0,99}", re.ASCII)
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{16,128}", re.ASCII)
_BRACKETED = re.compile(r"\(\d{2,4}\)")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_GS1_START = re.compile(r"(8004|8003|414|01|00)\d")
_SECRET = re.compile(r"(?i)\b(otpauth:|wifi:)")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A scheme and a value in the scheme's one canonical form."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A scanned text read: what it shows, what it may mean, and what is wrong with it."""

    raw: str
    text: str
    candidates: tuple[Identifier, ...]
    problem: str | None
    aim: str | None
    key: str


@dataclass(frozen=True, slots=True)
class TagRules:
    """How this deployment's codes are read.

    :param base_url: our own address; links below it are our labels.
    :param prefix: what plain tags carry; a bare number is read as prefix + number.
    :param digits: zero-padding of a tag's number; 0 leaves it as read.
    :param foreign_hosts: hosts whose Snipe-IT links are understood; empty: any.
    """

    base_url: str = ""
    prefix: str = ""
    digits: int = 0
    foreign_hosts: frozenset[str] = frozenset()


NO_RULES = TagRules()


def tag_key(text: str, rules: TagRules = NO_RULES) -> str:
    """Give the key by which a plain code is compared: trimmed, ASCII letters upper case.

    Letters of other scripts and full-width forms stay what they are: they never quietly equal the
    Latin letter that they look like.
    """
    key = text.strip(" \t\r\n")
    key = key.upper() if key.isascii() else "".join(c.upper() if c.isascii() else c for c in key)
    if rules.digits and key.isdecimal() and key.isascii():
        key = rules.prefix.upper() + key.lstrip("0").zfill(rules.digits)
    return key


def read_code(text: str, *, symbology: str | None = None, rules: TagRules = NO_RULES) -> Reading:
    """Read a scanned text. Never raises."""
    shown = text.strip(" \t\r\n")
    if _PLAIN.fullmatch(shown) and not _HEX.fullmatch(shown) and not _GS1_START.match(shown):
        return _plain(text, shown, None, rules)
    aim = None
    if _AIM.match(shown):
        aim, shown = shown[:3], shown[3:]
    is_marked_gs1 = shown.startswith("\x1d") or aim in {"]C1", "]d2", "]Q3", "]e0", "]J1"}
    cleaned = shown.lstrip("\x1d")
    if _INVISIBLE.search(cleaned):
        visible = _INVISIBLE.sub("", cleaned)
        return Reading(text, visible, (), "invisible_characters", aim, tag_key(visible, rules))
    if _SECRET.search(cleaned):
        return Reading(text, cleaned, (), "secret", aim, tag_key(cleaned, rules))
    found: list[Identifier] = []
    lowered = cleaned[:8].lower()
    if lowered.startswith(("http://", "https:/")):
        found, problem = _read_link(cleaned, rules)
        if not found:
            found = _read_gs1(cleaned)
        plain = Identifier("alias", tag_key(cleaned, rules))
        return Reading(text, cleaned, (*found, plain), None if found else problem, aim, plain.value)
    if lowered.startswith("urn:epc"):
        found = _read_epc_uri(cleaned)
    elif is_marked_gs1 or _BRACKETED.match(cleaned):
        found = _read_gs1(_strip_brackets(cleaned))
    else:
        if _HEX.fullmatch(cleaned):
            found += _read_epc_hex(cleaned)
        if _GS1_START.match(cleaned):
            found += _read_gs1(cleaned)
        # Unmarked, it may as well be somebody's plain tag of digits: that reading stands first.
        return Reading(
            text,
            cleaned,
            (Identifier("tag", tag_key(cleaned, rules)), *found),
            None,
            aim,
            tag_key(cleaned, rules),
        )
    del symbology
    plain = Identifier("tag", tag_key(cleaned, rules))
    return Reading(text, cleaned, (*found, plain), None, aim, plain.value)


def _plain(text: str, shown: str, aim: str | None, rules: TagRules) -> Reading:
    key = tag_key(shown, rules)
    return Reading(text, shown, (Identifier("tag", key),), None, aim, key)


# -- links -------------------------------------------------------------------------------------

_OWN = {"a": "tag", "l": "location_code", "p": "person_number"}


def _read_link(text: str, rules: TagRules) -> tuple[list[Identifier], str | None]:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        return [], "foreign_link"
    steps = [unquote(step) for step in parts.path.split("/") if step]
    own_host = (urlsplit(rules.base_url).hostname or "").lower() if rules.base_url else ""
    if len(steps) >= 2 and steps[-2] in _OWN and host == own_host:  # noqa: PLR2004 - kind and name
        return [Identifier(_OWN[steps[-2]], tag_key(steps[-1]))], None
    if rules.foreign_hosts and host not in rules.foreign_hosts:
        return [], "foreign_link"
    if "hardware" in steps:
        rest = steps[steps.index("hardware") + 1 :]
        if rest[:1] == ["bytag"]:
            tags = rest[1:2] or parse_qs(parts.query).get("assetTag", [])
            return [Identifier("tag", tag_key(tags[0], rules))] if tags else [], "foreign_link"
        if rest and rest[0].isdecimal():
            return [Identifier("snipe_id", rest[0])], None
    if len(steps) >= 2 and steps[-2] == "ht":  # noqa: PLR2004 - ht and the tag
        return [Identifier("tag", tag_key(steps[-1], rules))], None
    return [], "foreign_link"


# -- GS1 and EPC -------------------------------------------------------------------------------


def _strip_brackets(text: str) -> str:
    """Turn the human readable form into element strings, with separators where they are needed."""
    if not _BRACKETED.match(text):
        return text
    parts = re.split(r"\((\d{2,4})\)", text)[1:]
    return "\x1d".join(ai + value for ai, value in zip(parts[::2], parts[1::2], strict=False))


@lru_cache(maxsize=4096)
def _read_gs1_cached(text: str) -> tuple[Identifier, ...]:
    from biip import ParseError, parse

    try:
        result = parse(text)
    except (ParseError, ValueError, IndexError):
        return ()
    message = result.gs1_message or result.gs1_digital_link_uri
    if message is None:
        return ()
    values = {e.ai.ai: e.value for e in message.element_strings}
    found: list[Identifier] = []
    if "8004" in values:
        found.append(Identifier("giai", values["8004"]))
    if "8003" in values:
        found.append(Identifier("grai", values["8003"].removeprefix("0")))
    if "414" in values:
        found.append(Identifier("gln", values["414"]))
    if "00" in values:
        found.append(Identifier("sscc", values["00"]))
    if "01" in values and "21" in values:
        found.append(Identifier("sgtin", f"{values['01']}.{values['21']}"))
    elif "01" in values:
        found.append(Identifier("gtin", values["01"]))
    return tuple(found)


def _read_gs1(text: str) -> list[Identifier]:
    return list(_read_gs1_cached(text))


def _read_epc_hex(text: str) -> list[Identifier]:
    return [Identifier("epc", text.upper())]


def _read_epc_uri(text: str) -> list[Identifier]:
    return [Identifier("epc", text)]

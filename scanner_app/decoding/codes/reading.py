"""The parts of a code's reading, and the key by which plain codes are compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

# AIM identifiers that show FNC1 in first position, so GS1 data: Code 128, Data Matrix, QR, DataBar,
# DotCode and Aztec.
GS1_AIMS = frozenset({"]C1", "]d2", "]Q3", "]e0", "]J1", "]z1"})
_SPACE = " \t\r\n"
# Scheme, who signs in, and host of a link.
_LINK = re.compile(r"(https?://)([^/?#]*@)?([^/?#@]*)", re.ASCII | re.IGNORECASE)
# A longer bare number is a serial or an article number, not one of our tags.
MAX_NUMBER_DIGITS = 9


class Identifier(NamedTuple):
    """A scheme, and a value in the canonical form of that scheme."""

    scheme: str
    value: str


class Card(NamedTuple):
    """The number of a radio card as far as a spelling of it tells.

    :param spellings: every way in which readers and printers write the number.
    :param tails: the last hexadecimal digits of longer spellings, whose first byte is not known.
    """

    spellings: tuple[str, ...]
    tails: tuple[str, ...] = ()


class Reading(NamedTuple):
    """A scanned text: what it shows, what it may mean, and what is wrong with it.

    :param raw: exactly as scanned.
    :param text: without AIM identifier, function characters and surrounding space.
    :param candidates: what it may mean, the most likely first; empty if it can mean nothing.
    :param problem: a stable code such as `foreign_link`, or None.
    :param aim: the AIM identifier at the start (ISO/IEC 15424).
    :param key: the comparison key of the text as a plain code.
    :param rivals: candidates of which none is preferred: if they mean two things, none is chosen.
    :param others: what it would mean if it were cut in another way that is as good.
    :param card: the number of a radio card, if it can be one.
    """

    raw: str
    text: str
    candidates: tuple[Identifier, ...]
    problem: str | None
    aim: str | None
    key: str
    rivals: tuple[Identifier, ...] = ()
    others: tuple[Identifier, ...] = ()
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class TagRules:
    """How this deployment's codes are read.

    :param base_url: our own address; links below it are our labels.
    :param prefix: the prefix of plain tags; a bare number is read as prefix + number.
    :param digits: zero-padding of a tag's number; 0 leaves the number as read.
    :param code39_check: Code 39 labels end with a check character that is not part of the tag.
    :param code39_full_ascii: Code 39 labels hold pairs such as `+L` that stand for one character.
    :param foreign_hosts: hosts whose Snipe-IT links are read; empty means any host.
    """

    base_url: str = ""
    prefix: str = ""
    digits: int = 0
    foreign_hosts: frozenset[str] = frozenset()
    code39_check: bool = False
    code39_full_ascii: bool = False


NO_RULES = TagRules()


def tag_key(text: str, rules: TagRules = NO_RULES) -> str:
    """Return the key by which a plain code is compared: trimmed, ASCII letters in upper case.

    Composed, decomposed and full-width letters are one letter. Letters of other scripts are kept,
    so they never equal the Latin letter that they look like. A link keeps the case of its path:
    only the scheme and the host are folded (RFC 3986, 6.2.2.1).
    """
    key = to_normal_form(text).strip(_SPACE)
    if key[:4].lower() == "http" and (link := _LINK.match(key)):
        return link[1].lower() + (link[2] or "") + link[3].lower() + key[link.end() :]
    key = fold(key)
    if rules.digits or rules.prefix:
        key = _with_prefix(key, rules)
    return key


def _with_prefix(key: str, rules: TagRules) -> str:
    prefix = rules.prefix.upper()
    number = key.removeprefix(prefix) if prefix else key
    if not (number.isascii() and number.isdecimal() and len(number) <= MAX_NUMBER_DIGITS):
        return key
    if rules.digits:
        number = number.lstrip("0").zfill(rules.digits)
    return prefix + number


def fold(text: str) -> str:
    """Return a text with its ASCII letters in upper case, and every other character as it is."""
    if text.isascii():
        return text.upper()
    # An I with a dot above is one character, an i with one is two.
    return to_normal_form(_LOWER.sub(lambda match: match[0].upper(), text))


def to_normal_form(text: str) -> str:
    """Return a text in the form in which codes are compared (NFKC); a link as it is.

    A printer writes accents as one character or two, and a keyboard of East Asia full-width
    letters. The paths of a server are exact.
    """
    if text.isascii() or _LINK.match(text.strip(_SPACE)):
        return text
    return unicodedata.normalize("NFKC", text)


_LOWER = re.compile(r"[a-z]+", re.ASCII)


def plain_candidates(text: str, rules: TagRules) -> tuple[Identifier, ...]:
    """Return a plain code's readings: by the deployment's rules, and as it is.

    A text that has the prefix comes first as it is: the rule only fills up its number.
    """
    bare = tag_key(text)
    key = _with_prefix(bare, rules) if rules.digits or rules.prefix else bare
    if key == bare:
        return (Identifier("tag", key),)
    by_rule, as_it_is = Identifier("tag", key), Identifier("tag", bare)
    # A bare number is our tag without its prefix, or the serial number of a maker.
    return (by_rule, as_it_is) if bare.isdecimal() else (as_it_is, by_rule)

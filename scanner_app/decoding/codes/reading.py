"""The parts of a code's reading, and the key by which plain codes are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_SPACE = " \t\r\n"
# A longer bare number is a serial or an article number, not one of our tags.
MAX_NUMBER_DIGITS = 9


class Identifier(NamedTuple):
    """A scheme, and a value in the canonical form of that scheme."""

    scheme: str
    value: str


class Reading(NamedTuple):
    """A scanned text: what it shows, what it may mean, and what is wrong with it.

    :param raw: exactly as scanned.
    :param text: without AIM identifier, function characters and surrounding space.
    :param candidates: what it may mean, the most likely first; empty if it can mean nothing.
    :param problem: a stable code such as `foreign_link`, or None.
    :param aim: the AIM identifier at the start (ISO/IEC 15424).
    :param key: the comparison key of the text as a plain code.
    """

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
    :param prefix: the prefix of plain tags; a bare number is read as prefix + number.
    :param digits: zero-padding of a tag's number; 0 leaves the number as read.
    :param code39_check: Code 39 labels end with a check character that is not part of the tag.
    :param foreign_hosts: hosts whose Snipe-IT links are read; empty means any host.
    """

    base_url: str = ""
    prefix: str = ""
    digits: int = 0
    foreign_hosts: frozenset[str] = frozenset()
    code39_check: bool = False


NO_RULES = TagRules()


def tag_key(text: str, rules: TagRules = NO_RULES) -> str:
    """Return the key by which a plain code is compared: trimmed, ASCII letters in upper case.

    Letters of other scripts and full-width forms are kept, so they never equal the Latin letter
    that they look like.
    """
    key = text.strip(_SPACE)
    key = key.upper() if key.isascii() else _upper_ascii(key)
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


def _upper_ascii(text: str) -> str:
    return _LOWER.sub(lambda match: match[0].upper(), text)


_LOWER = re.compile(r"[a-z]+", re.ASCII)


def plain_candidates(text: str, rules: TagRules) -> tuple[Identifier, ...]:
    """Return a plain code's readings: by the deployment's rules, then as it is."""
    bare = tag_key(text)
    key = _with_prefix(bare, rules) if rules.digits or rules.prefix else bare
    if key == bare:
        return (Identifier("tag", key),)
    # A bare number is our tag without its prefix, or the serial number of a maker.
    return Identifier("tag", key), Identifier("tag", bare)

"""Code 39 (ISO/IEC 16388, annex A): the modulo 43 check character, and full ASCII."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_VALUES = {char: value for value, char in enumerate(ALPHABET)}
# AIM identifiers of scanners that checked the character and sent it, or removed it.
SENT_ON = frozenset({"]A1", "]A5"})
TAKEN_OFF = frozenset({"]A3", "]A7"})
# Those of scanners that put the characters of full ASCII together themselves.
CONVERTED = frozenset({"]A4", "]A5", "]A7"})


def _pairs() -> dict[str, str]:
    letters = ALPHABET[10:36]
    pairs = {f"${letter}": chr(1 + at) for at, letter in enumerate(letters)}
    pairs |= {f"+{letter}": letter.lower() for letter in letters}
    pairs |= {f"/{letter}": chr(ord("!") + at) for at, letter in enumerate(letters[:15])}
    pairs |= {"/Z": ":", "%U": "\0", "%V": "@", "%W": "`"}
    pairs |= {f"%{letter}": chr(27 + at) for at, letter in enumerate("ABCDE")}
    pairs |= dict(zip((f"%{letter}" for letter in "FGHIJ"), ";<=>?", strict=True))
    pairs |= dict(zip((f"%{letter}" for letter in "KLMNO"), "[\\]^_", strict=True))
    pairs |= dict(zip((f"%{letter}" for letter in "PQRST"), "{|}~\x7f", strict=True))
    return pairs


_PAIRS = _pairs()


def read_full_ascii(text: str) -> str | None:
    """Return what the pairs of full ASCII stand for; None if the text has none, or a wrong one."""
    found, at = "", 0
    while at < len(text):
        pair = text[at : at + 2]
        if text[at] not in "$%/+":
            found += text[at]
            at += 1
        elif pair in _PAIRS:
            found += _PAIRS[pair]
            at += 2
        else:
            return None
    return found if found != text else None


def check_character(text: str) -> str | None:
    """Return the check character of a text, or None if Code 39 lacks one of its characters."""
    if not text or not _VALUES.keys() >= set(text):
        return None
    return ALPHABET[sum(_VALUES[char] for char in text) % len(ALPHABET)]


def take_off_check(text: str) -> str | None:
    """Return a text without its final check character, or None if it does not end with it."""
    bare = text[:-1]
    return bare if check_character(bare) == text[-1:] else None

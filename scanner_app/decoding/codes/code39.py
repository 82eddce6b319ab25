"""The modulo 43 check character of Code 39 (ISO/IEC 16388, annex A)."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_VALUES = {char: value for value, char in enumerate(ALPHABET)}
# AIM identifiers of scanners that checked the character and sent it, or removed it.
SENT_ON = frozenset({"]A1", "]A5"})
TAKEN_OFF = frozenset({"]A3", "]A7"})


def check_character(text: str) -> str | None:
    """Return the check character of a text, or None if Code 39 lacks one of its characters."""
    if not text or not _VALUES.keys() >= set(text):
        return None
    return ALPHABET[sum(_VALUES[char] for char in text) % len(ALPHABET)]


def take_off_check(text: str) -> str | None:
    """Return a text without its final check character, or None if it does not end with it."""
    bare = text[:-1]
    return bare if check_character(bare) == text[-1:] else None

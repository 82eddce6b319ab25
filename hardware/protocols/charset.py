"""The character set that a scanner sends its text in: a setting of the scanner."""

from __future__ import annotations

import codecs

DEFAULT = "utf-8"
# Bytes that frame a line must mean the same in every character set that can be chosen.
_FRAME = "\x02\x03\r\n\x1d ]A0"


def check_charset(name: str) -> str:
    """Return the name of a character set in one spelling.

    :raises ValueError: there is none of this name, or it writes line ends in another way
    """
    try:
        found = codecs.lookup(name)
        fits = _FRAME.encode(found.name) == _FRAME.encode("ascii")
    except (LookupError, UnicodeError, TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(
            f"charset is {name!r}: write utf-8, iso-8859-1, windows-1252, shift_jis, or another "
            f"that contains ASCII"
        )
    return found.name


def explain(name: str) -> str:
    """Return what to tell about bytes that are not text in a character set."""
    return (
        f"not text in the character set {name}: set `charset` to the scanner's own, such as "
        f"iso-8859-1; or is the baud rate right?"
    )

"""The codes of blank labels: a prefix, six characters that nobody can guess, and a check.

The characters are Crockford's base 32, without I, L, O and U. The check is the number modulo 37, so
a wrong character and two swapped neighbours are both noticed. Numbers whose check would be one of
Crockford's five further signs are left out: those look like nothing that people type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS = 6
CHECK = 37
NUMBERS = len(ALPHABET) ** DIGITS
MAX_ROLL = 10_000
PREFIX = re.compile(r"[A-Z0-9]{1,6}-?", re.ASCII)


class BlankState(StrEnum):
    FREE = "free"
    CLAIMED = "claimed"
    VOID = "void"


def write_blank(prefix: str, number: int) -> str | None:
    """Return the code of a number, None if its check has no letter."""
    check = number % CHECK
    if check >= len(ALPHABET):
        return None
    digits, rest = "", number
    for _ in range(DIGITS):
        rest, digit = divmod(rest, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return f"{prefix}{digits}{ALPHABET[check]}"


def is_blank_code(text: str, prefix: str) -> bool:
    """Return whether a text may be the code of a blank label: whether its check is right."""
    body = text.removeprefix(prefix)
    if len(body) != DIGITS + 1 or not text.startswith(prefix) or set(body) - set(ALPHABET):
        return False
    number = 0
    for sign in body[:-1]:
        number = number * len(ALPHABET) + ALPHABET.index(sign)
    return number % CHECK == ALPHABET.index(body[-1])


def draw_blanks(prefix: str, count: int, draw: Callable[[int], int]) -> list[str]:
    """Return a number of different codes.

    :param draw: returns a random number below its argument.
    """
    codes: dict[str, None] = {}
    while len(codes) < count:
        code = write_blank(prefix, draw(NUMBERS))
        if code is not None:
            codes[code] = None
    return list(codes)

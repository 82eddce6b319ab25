"""Codes that nothing can have: a counter gives commands with them, or no address holds them."""

from __future__ import annotations

import re

COMMAND = re.compile(r"SCN-[A-Z0-9-]{1,30}", re.ASCII)
RESERVED = (
    "The code {code} is a command of the counter, so nothing else can have it. Choose another."
)


def is_reserved(code: str) -> bool:
    """Return whether a code, in whatever case it is written, is one that commands begin with."""
    return COMMAND.fullmatch(code.strip().upper()) is not None


UNREACHABLE = (
    "The code {code} cannot be part of an address: browsers take “.” and “..” between slashes, and"
    " a slash at the beginning, for something else. Choose another."
)


def is_unreachable(code: str) -> bool:
    """Return whether a page whose address ends with a code cannot be opened.

    Browsers and servers resolve the steps "." and ".." of an address, also if their dots are
    escaped, and drop a slash that follows another one.
    """
    steps = code.strip().split("/")
    return steps[0] == "" or any(step in {".", ".."} for step in steps)


def say_reserved(code: str) -> str | None:
    """Return why nothing can have a code that is a command, as a sentence; None if it is none."""
    return RESERVED.format(code=code) if is_reserved(code) else None

"""Codes that nothing can have: a counter's scanner gives commands with them."""

from __future__ import annotations

import re

COMMAND = re.compile(r"SCN-[A-Z0-9-]{1,30}", re.ASCII)
RESERVED = (
    "The code {code} is a command of the counter, so nothing else can have it. Choose another."
)


def is_reserved(code: str) -> bool:
    """Return whether a code, in whatever case it is written, is one that commands begin with."""
    return COMMAND.fullmatch(code.strip().upper()) is not None

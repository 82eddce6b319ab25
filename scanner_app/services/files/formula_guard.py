"""The apostrophe that keeps a spreadsheet from running a text as a formula: put on and taken off.

The export puts it on and the import takes it off again, so what is exported comes back as it was.
"""

from __future__ import annotations

import re

# OWASP ASVS 1.2.10, and the full-width forms that some spreadsheets read alike.
_SIGNS = r"[=+\-@\t\r|%\uff1d\uff0b\uff0d\uff20]"
# An apostrophe that is already before a formula gets another one. Otherwise the import would
# take a person's own apostrophe for the guard, and lose it.
_FORMULA = re.compile(rf"\s*'*\s*{_SIGNS}")
_GUARDED = re.compile(rf"'\s*'*\s*{_SIGNS}")


def add_guard(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text and _FORMULA.match(text) else text


def double_guard(text: str) -> str:
    """Return a text for a cell of the type text, where only what looks guarded needs the guard."""
    return f"'{text}" if _GUARDED.match(text) else text


def remove_guard(text: str) -> str:
    """Return a text without the guard; any other apostrophe is kept."""
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text

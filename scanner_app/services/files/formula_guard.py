"""The apostrophe that keeps a spreadsheet from running a text as a formula: put on and taken off.

The export puts it on and the import takes it off again, so what is exported comes back as it was.
"""

from __future__ import annotations

import re

# OWASP ASVS 1.2.10, and the full-width forms that some spreadsheets read alike.
_SIGNS = r"[=+\-@\t\r|%\uff1d\uff0b\uff0d\uff20]"
# An apostrophe that is already before a formula gets another one. Otherwise the import would
# take a person's own apostrophe for the guard, and lose it.
_FORMULA = re.compile(rf"[\s']*{_SIGNS}")
# Where lists are separated by another sign than the comma, one cell of ours becomes several, and
# a line break in it begins a row: what follows must not be a formula either. Quotes fall away.
_LATER = rf"(?:(?![;\t|\r\n])[\s'\"])*{_SIGNS}"
_BREAKS = r"([;\t|\r\n])"
_INNER_FORMULA = re.compile(rf"{_BREAKS}(?={_LATER})")
_INNER_GUARDED = re.compile(rf"{_BREAKS}'(?={_LATER})")
_INNER_LOOKALIKE = re.compile(rf"{_BREAKS}(?='{_LATER})")
_GUARDED = re.compile(rf"'[\s']*{_SIGNS}")


def add_guard(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever separates its lists."""
    start = "'" if text and _FORMULA.match(text) else ""
    return start + _INNER_FORMULA.sub(r"\1'", text)


def double_guard(text: str) -> str:
    """Return a text for a cell of the type text, where only what looks guarded needs the guard."""
    start = "'" if _GUARDED.match(text) else ""
    return start + _INNER_LOOKALIKE.sub(r"\1'", text)


def remove_guard(text: str) -> str:
    """Return a text without the guard; any other apostrophe is kept."""
    text = _INNER_GUARDED.sub(r"\1", text)
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text

"""Text made safe to show: what a scanner sends may hold anything."""

from __future__ import annotations


def visible(text: str) -> str:
    """Give the text with control and format characters as escapes, so that it stays one line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

"""Days, as the sentences of notices write them."""

from __future__ import annotations

from datetime import date


def write_day(iso: str) -> str:
    """Return a day as a sentence has it: 4 Mar 2026."""
    return date.fromisoformat(iso).strftime("%d %b %Y").removeprefix("0")

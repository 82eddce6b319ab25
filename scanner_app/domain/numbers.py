"""The whole numbers that name rows: what a database column can hold, and how text says one."""

from __future__ import annotations

# The largest INTEGER of PostgreSQL. A larger number in a query raises there, so it is refused
# before; SQLite would simply find nothing.
MAX_ID = 2**31 - 1


def read_id(text: str | None) -> int | None:
    """Return the id that a text writes in plain digits, or None unless a row could have it."""
    if not text or not (text.isascii() and text.isdecimal()) or len(text) > len(str(MAX_ID)):
        return None
    number = int(text)
    return number if 0 < number <= MAX_ID else None

"""SQLite alone, but for what the database itself decides."""

from __future__ import annotations

from tests.support import on_both

database = on_both.database

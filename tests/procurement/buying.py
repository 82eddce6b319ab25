"""Who buys, and the codes that are on the boxes."""

from __future__ import annotations

from datetime import UTC, datetime

from scanner_app.domain.access.roles import Actor, Role

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
ALICE = Actor("user", 1, "Alice", Role.STOCKROOM, user_id=1)
TOM = Actor("user", 2, "Tom", Role.TECHNICIAN, user_id=2)
ORDER = "4711"
# A GTIN with a right check digit.
LAPTOP = "4006381333931"
DOCK = "DOCK-5"

"""One capture as it came in, before anybody judged it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from scanner_app.domain.custody import Intent


class NewScan(NamedTuple):
    """One capture as it came in, its fields checked; contract: POST /scans.

    A tuple, as all that is made a thousand times for a batch: a frozen dataclass costs thrice.
    """

    scan_id: UUID
    code: str
    intent: Intent
    scanned_at: datetime
    symbology: str | None = None
    source: str | None = None
    location: str | None = None
    custodian: str | None = None
    due_at: datetime | None = None
    audit: int | None = None
    voids: UUID | None = None
    condition: str | None = None
    note: str | None = None
    device: str | None = None
    # Only readers say these two: in their own words, and whether the tag was barely heard.
    reader_said: str | None = None
    is_faint: bool = False

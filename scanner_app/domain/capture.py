"""One capture as it came in, before anybody judged it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scanner_app.domain.custody import Intent


@dataclass(frozen=True, slots=True)
class NewScan:
    """One capture as it came in, its fields checked; contract: POST /scans."""

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

"""The scans that arrived late in an audit and wait until somebody takes them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.spans import covers, read_spans
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import Asset, Audit, LateAdmission, Location, Scan
from scanner_app.sql.conditions import is_among_undone, is_waiting


@dataclass(frozen=True, slots=True)
class WaitingScan:
    """A scan that was made while an audit counted, and that it does not count yet.

    :param is_held: it waits by the policy. The others were refused by an older version.
    """

    scan_id: UUID
    asset_id: int | None
    code_key: str
    code: str
    asset_tag: str | None
    location: str | None
    scanned_at: datetime
    recorded_at: datetime
    effective_at: datetime
    actor: str
    device: str | None
    is_held: bool

    @property
    def thing(self) -> str:
        """The asset's tag, or the code that means none."""
        return self.asset_tag or self.code


def list_waiting(session: Session, audit_id: int) -> list[WaitingScan]:
    """Return the scans of an audit that wait, in the order in which they came."""
    spans = read_spans(
        session.scalar(select(Audit.counting_spans).where(Audit.id == audit_id)) or ()
    )
    known = select(LateAdmission.scan_id).where(LateAdmission.audit_id == audit_id)
    # Refused for its arrival alone, as no version does now. A code that means nothing is not told
    # from a label of a location there, so it stays out.
    was_refused = and_(
        Scan.refusal == Refusal.AUDIT_NOT_COUNTING.value,
        Scan.asset_id.is_not(None),
        Scan.intent.not_in((Intent.VOID, Intent.LOOKUP)),
        ~Scan.is_faint,
        ~Scan.is_clock_suspect,
        Scan.scan_id.not_in(known),
    )
    rows = session.execute(
        select(
            Scan.scan_id, Scan.asset_id, Scan.code_key, Scan.code, Asset.asset_tag,
            Location.full_name, Scan.scanned_at, Scan.recorded_at, Scan.effective_at,
            Scan.actor_name, Scan.device, is_waiting(),
        )
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .outerjoin(Location, Location.id == Scan.location_id)
        .where(Scan.audit_id == audit_id, or_(is_waiting(), was_refused), ~is_among_undone())
        .order_by(Scan.id)
    )  # fmt: skip
    found = [WaitingScan(*values) for values in map(tuple[Any, ...], rows)]
    return [one for one in found if one.is_held or covers(spans, one.effective_at)]

"""Scans whose answer does not hold, for the person who finds out who has the thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.scanning.answer import StockCard, decode_answer
from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, ContestedScan, Handover, HandoverLine, Person, Scan


@dataclass(frozen=True, slots=True)
class ContestedRow:
    """One of them: what was scanned, by whom and when, and why it does not hold.

    :param is_refused: it was refused when it came; else it was answered `applied` and overturned.
    :param answer: of the scan, as the log keeps it.
    """

    id: int
    scan_id: UUID
    asset_tag: str | None
    thing: str
    code: str
    intent: Intent
    person: str | None
    clerk: str
    scanned_at: datetime
    refusal: str
    at: datetime
    is_refused: bool
    handover: str | None
    holder: str | None
    answer: str

    @property
    def stock(self) -> StockCard | None:
        """Return the stock item as the scan found it; None of anything else."""
        return decode_answer(self.answer).stock or None


def list_contested(session: Session, *, limit: int = 200) -> list[ContestedRow]:
    """Return what waits for a person, oldest first."""
    to_whom, holder = Person.__table__.alias("to_whom"), Person.__table__.alias("holder")
    rows = session.execute(
        select(
            ContestedScan.id,
            ContestedScan.scan_id,
            Asset.asset_tag,
            Asset.name,
            Scan.code,
            Scan.intent,
            to_whom.c.name,
            Scan.actor_name,
            Scan.scanned_at,
            ContestedScan.refusal,
            ContestedScan.at,
            ContestedScan.cause == ContestedScan.scan_id,
            Handover.number,
            holder.c.name,
            Scan.answer,
        )
        .join(Scan, Scan.scan_id == ContestedScan.scan_id)
        .outerjoin(Asset, Asset.id == ContestedScan.asset_id)
        .outerjoin(to_whom, to_whom.c.id == Scan.person_id)
        .outerjoin(holder, holder.c.id == Asset.custodian_id)
        .outerjoin(HandoverLine, HandoverLine.scan_id == ContestedScan.scan_id)
        .outerjoin(Handover, Handover.id == HandoverLine.handover_id)
        .where(ContestedScan.settled_at.is_(None))
        .order_by(ContestedScan.id)
        .limit(limit)
    )
    return [ContestedRow(*row) for row in rows]


def count_contested(session: Session) -> int:
    """Return how many wait for a person."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ContestedScan)
            .where(ContestedScan.settled_at.is_(None))
        )
        or 0
    )

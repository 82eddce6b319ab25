"""Settle a scan whose answer does not hold: a person found out who has the thing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.stockroom.handovers import HandoverEventKind
from scanner_app.models import ContestedScan, HandoverEvent, HandoverLine

MAX_NOTE = 500


def settle_contested(
    session: Session, contested_id: int, *, note: str, actor: Actor, now: datetime
) -> None:
    """Settle one. With the last one of a hand-over, the hand-over is settled too.

    :raises Invalid: nothing is said of what was found out.
    :raises NotFound: it does not exist.
    :raises Conflict: somebody settled it before.
    """
    note = note.strip()[:MAX_NOTE]
    if not note or not note.isprintable():
        raise Invalid("Say what was found out.", errors={"note": ["Missing."]})
    row = session.get(ContestedScan, contested_id, with_for_update=True)
    if row is None:
        raise NotFound("That scan does not need a person.")
    if row.settled_at is not None:
        raise Conflict(f"{row.settled_by} settled this already.", code="already_settled")
    row.settled_at, row.settled_by, row.settled_note = now, actor.name, note
    session.flush()
    handover_id = session.scalar(
        select(HandoverLine.handover_id).where(HandoverLine.scan_id == row.scan_id)
    )
    if handover_id is None or _count_open(session, handover_id):
        return
    session.add(
        HandoverEvent(
            handover_id=handover_id,
            at=now,
            kind=HandoverEventKind.SETTLED,
            actor=actor.key,
            actor_name=actor.name,
            detail={"note": note},
        )
    )
    session.flush()


def _count_open(session: Session, handover_id: int) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(ContestedScan)
            .join(HandoverLine, HandoverLine.scan_id == ContestedScan.scan_id)
            .where(HandoverLine.handover_id == handover_id, ContestedScan.settled_at.is_(None))
        )
        or 0
    )

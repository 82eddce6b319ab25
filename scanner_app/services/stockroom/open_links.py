"""Links that are open: found, ended, and too old. A waiting worker needs no more than this."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import SERVICE_KEY, SERVICE_NAME
from scanner_app.domain.notices.causes import acceptance_topic, handover_answered
from scanner_app.domain.stockroom.handovers import HandoverEventKind
from scanner_app.models import Handover, HandoverEvent, HandoverLink
from scanner_app.queries.stockroom.handovers import HandoverRow, get_handover_by_row
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice


def lock_handover(session: Session, row_id: int) -> HandoverRow:
    """Return a hand-over; anyone else who changes what happens to it waits."""
    session.execute(select(Handover.id).where(Handover.id == row_id).with_for_update())
    return get_handover_by_row(session, row_id)


def end_link(session: Session, row_id: int, now: datetime) -> int | None:
    """End the open link of a hand-over, and return its id; None if none is open."""
    link = session.scalar(
        select(HandoverLink).where(
            HandoverLink.handover_id == row_id, HandoverLink.ended_at.is_(None)
        )
    )
    if link is None:
        return None
    link.ended_at = now
    session.flush()
    clear_topics(session, [acceptance_topic(link.id)], now=now)
    return link.id


def lapse_links(session: Session, now: datetime) -> int:
    """End the links that are too old, and tell who made them. Return how many there were."""
    due = session.execute(
        select(HandoverLink.id, HandoverLink.handover_id)
        .where(HandoverLink.ended_at.is_(None), HandoverLink.expires_at <= now)
        .order_by(HandoverLink.id)
        .limit(500)
    ).all()
    count = 0
    for link_id, row_id in due:
        row = lock_handover(session, row_id)
        link = session.get_one(HandoverLink, link_id, populate_existing=True)
        if link.ended_at is not None:
            continue
        end_link(session, row_id, now)
        session.add(
            HandoverEvent(
                handover_id=row_id, at=now, kind=HandoverEventKind.LAPSED, actor=SERVICE_KEY,
                actor_name=SERVICE_NAME, detail={"link": link_id},
            )
        )  # fmt: skip
        person = row.body["person"] or {}
        notice = handover_answered(
            link_id, row.number, str(person.get("name") or person.get("ref") or ""),
            HandoverEventKind.LAPSED.value, to=link.made_by,
        )  # fmt: skip
        raise_notice(session, notice, now=now)
        count += 1
    session.flush()
    return count

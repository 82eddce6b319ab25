"""What is told about the seats of a licence: few are free, or too many are given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.licences.dues import licence_ends, low_seats, over_allocated
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, Licence, Notice
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice, raise_notices


def tell_seats(session: Session, row: Licence, *, now: datetime) -> None:
    """Raise what holds of a licence's seats now, and end what does not."""
    tag = session.get_one(Asset, row.asset_id).asset_tag
    free = row.seats - row.given
    is_low, is_over = bool(row.min_free) and free <= row.min_free, free < 0
    low = low_seats(row.asset_id, tag, row.product, free, at=now)
    over = over_allocated(row.asset_id, tag, row.product, -free, at=now)
    for holds, notice in ((is_low, low), (is_over, over)):
        if not holds:
            clear_topics(session, [notice.topic], now=now)
        elif not _is_open(session, notice.topic):
            raise_notice(session, notice, now=now)


def tell_ends(session: Session, *, today: date, days: Sequence[int], now: datetime) -> int:
    """Raise what holds about ends of licences today, end the rest; return how many are new."""
    rows = session.execute(
        select(Licence.asset_id, Asset.asset_tag, Licence.product, Licence.ends_on)
        .join(Asset, Asset.id == Licence.asset_id)
        .where(
            Licence.ends_on.between(today, today + timedelta(days=max(days, default=0))),
            Asset.status.not_in(ENDED),
        )
        .order_by(Licence.asset_id)
    )
    found = (
        licence_ends(id_, tag, product, on or today, today=today, days=days)
        for id_, tag, product, on in rows
    )
    holding = [one for one in found if one is not None]
    raised = raise_notices(session, holding, now=now)
    standing = session.scalars(
        select(Notice.topic)
        .where(Notice.cleared_at.is_(None), Notice.kind == NoticeKind.LICENCE_ENDS)
        .distinct()
    )
    clear_topics(session, set(standing) - {one.topic for one in holding}, now=now)
    return raised


def _is_open(session: Session, topic: str) -> bool:
    """Return whether a matter is told of and not over: it is told once each time."""
    found = select(Notice.id).where(Notice.topic == topic, Notice.cleared_at.is_(None)).limit(1)
    return session.scalar(found) is not None

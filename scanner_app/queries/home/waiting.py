"""What waits in a stockroom today: each figure is the length of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.register.narrowing import Due
from scanner_app.models import Asset, Handover
from scanner_app.queries.notices.bell import count_unread
from scanner_app.queries.register.narrowing import Conditions, is_due, is_overdue
from scanner_app.queries.stock.list import StockFilter, count_stock
from scanner_app.queries.stockroom.contested import count_contested
from scanner_app.queries.stockroom.handovers import select_waiting


@dataclass(frozen=True, slots=True)
class Waiting:
    due_today: int
    due_week: int
    late: int
    low: int
    to_count: int
    contested: int
    to_sign: int
    unread: int


def load_waiting(session: Session, *, user_id: int | None, now: datetime) -> Waiting:
    """Return what waits now, for one user."""
    to_sign = select(func.count(Handover.id)).where(Handover.id.in_(select_waiting(now)))
    return Waiting(
        due_today=_count(session, is_due(now.date(), now)),
        due_week=_count(session, is_due(Due.SOON, now)),
        late=_count(session, is_overdue(now)),
        low=count_stock(session, StockFilter(is_low=True)),
        to_count=count_stock(session, StockFilter(is_contested=True)),
        contested=count_contested(session),
        to_sign=session.scalar(to_sign) or 0,
        unread=count_unread(session, user_id=user_id) if user_id is not None else 0,
    )


def _count(session: Session, conditions: Conditions) -> int:
    return session.scalar(select(func.count(Asset.id)).where(*conditions)) or 0

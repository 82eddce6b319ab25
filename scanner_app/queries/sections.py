"""The small numbers beside the sections of the sidebar."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Asset, Audit, StockItem, StockRule
from scanner_app.queries.register.narrowing import is_overdue


def count_open_audits(connection: Connection) -> int:
    """Return how many audits are being counted or reconciled."""
    open_states = (AuditState.COUNTING, AuditState.RECONCILING)
    statement = select(func.count(Audit.id)).where(Audit.state.in_(open_states))
    return connection.scalar(statement) or 0


def count_overdue(connection: Connection, *, now: datetime) -> int:
    """Return how many check-outs are past their date."""
    return connection.scalar(select(func.count(Asset.id)).where(*is_overdue(now))) or 0


def count_low(connection: Connection) -> int:
    """Return how many stock items are low."""
    low = select(StockRule.stock_item_id).where(StockRule.is_low.is_(True))
    in_use = StockItem.is_active.is_(True)
    return (
        connection.scalar(select(func.count(StockItem.id)).where(StockItem.id.in_(low), in_use))
        or 0
    )

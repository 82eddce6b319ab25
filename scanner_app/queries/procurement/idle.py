"""How many of a model lie idle: in stock, and assigned to nobody."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Custody


def count_idle(session: Session, model_id: int) -> int:
    """Return how many assets of a model are in stock and assigned to nobody."""
    held = select(Custody.asset_id).where(Custody.ended_at.is_(None))
    idle = select(func.count(Asset.id)).where(
        Asset.model_id == model_id, Asset.status == Stage.IN_STOCK, Asset.id.not_in(held)
    )
    return session.scalar(idle) or 0

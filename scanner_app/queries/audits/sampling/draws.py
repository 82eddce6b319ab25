"""The draws of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.models import AuditDraw, AuditDrawn


@dataclass(frozen=True, slots=True)
class DrawRow:
    id: int
    number: int
    drawn_at: datetime
    drawn_by: str
    typed: str
    nonce: str
    nonce_sha256: str
    seed: str
    reason: str | None
    sizes: Mapping[str, Any]

    @property
    def floor_starts(self) -> list[dict[str, Any]]:
        """The places from which the floor is looked at, with the first thing of each."""
        return [{"location": one["location"], "first": one["first"]} for one in self.sizes["floor"]]


def list_draws(session: Session, audit_id: int) -> list[DrawRow]:
    """Return the draws of an audit, in their order: the last one is counted."""
    draws = session.scalars(
        select(AuditDraw).where(AuditDraw.audit_id == audit_id).order_by(AuditDraw.number)
    )
    return [DrawRow(**{name: getattr(draw, name) for name in DrawRow.__slots__}) for draw in draws]


def count_drawn(session: Session, draw_id: int) -> int:
    """Count the members that a draw took."""
    return (
        session.scalar(select(func.count(AuditDrawn.asset_id)).where(AuditDrawn.draw_id == draw_id))
        or 0
    )

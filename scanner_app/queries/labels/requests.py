"""Selects over labels that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, AssetModel, LabelRequest, Location


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A label that somebody asked for and nobody has printed yet."""

    id: int
    tag: str
    name: str
    place: str
    asked_at: datetime
    asked_by: str
    note: str


_OPEN = LabelRequest.ended_at.is_(None)
# What is disposed of or archived since gets no label, and waits for none.
_WAITS = _OPEN, Asset.status.not_in(ENDED)


def list_asked(session: Session, *, limit: int) -> list[RequestRow]:
    """Return the labels that wait, in the order of their locations: one round brings them all."""
    rows = session.execute(
        select(
            LabelRequest.id,
            Asset.asset_tag,
            func.coalesce(func.nullif(Asset.name, ""), AssetModel.name, ""),
            func.coalesce(Location.full_name, ""),
            LabelRequest.asked_at,
            LabelRequest.asked_by,
            LabelRequest.note,
        )
        .join(Asset, Asset.id == LabelRequest.asset_id)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .outerjoin(Location, Location.id == Asset.location_id)
        .where(*_WAITS)
        .order_by(func.coalesce(Location.path, ""), LabelRequest.id)
        .limit(limit)
    )
    return [RequestRow(*row) for row in rows]


def count_asked(session: Session) -> int:
    """Return how many labels wait."""
    waiting = select(func.count(LabelRequest.id)).join(Asset, Asset.id == LabelRequest.asset_id)
    return session.scalars(waiting.where(*_WAITS)).one()


def find_asked(session: Session, asset_id: int) -> RequestRow | None:
    """Return the label of an asset that waits to be printed, if one was asked for."""
    row = session.scalars(
        select(LabelRequest).where(_OPEN, LabelRequest.asset_id == asset_id)
    ).one_or_none()
    if row is None:
        return None
    return RequestRow(row.id, "", "", "", row.asked_at, row.asked_by, row.note)

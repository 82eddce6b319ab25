"""Since when a person has an asset, and since when it is missing: asked for by a few sentences."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Custody, RegisterChange


def load_held_since(session: Session, asset_ids: Collection[int]) -> dict[int, datetime]:
    """Return since when the person who has an asset has it, by the asset's id."""
    if not asset_ids:
        return {}
    rows = session.execute(
        select(Custody.asset_id, Custody.started_at).where(
            Custody.asset_id.in_(asset_ids), Custody.ended_at.is_(None)
        )
    )
    return {asset_id: at for asset_id, at in rows}  # noqa: C416 - mypy does not take rows as pairs


def load_missing_since(session: Session, asset_ids: Collection[int]) -> dict[int, datetime]:
    """Return when missing assets were last marked as missing, by the asset's id."""
    if not asset_ids:
        return {}
    rows = session.execute(
        select(RegisterChange.asset_id, func.max(RegisterChange.at))
        .where(RegisterChange.asset_id.in_(asset_ids), RegisterChange.sets_status == Stage.MISSING)
        .group_by(RegisterChange.asset_id)
    )
    return {asset_id: at for asset_id, at in rows}  # noqa: C416 - mypy does not take rows as pairs

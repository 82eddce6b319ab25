"""What is known of devices, as an import compares its rows with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import DeviceFact
from scanner_app.queries.imports.register_snapshot import chunks


class FactNow(NamedTuple):
    """The newest of a fact."""

    value: str
    observed_at: datetime


def load_newest_facts(session: Session, asset_ids: Iterable[int]) -> dict[tuple[int, str], FactNow]:
    """Return the newest of each fact of these assets."""
    found: dict[tuple[int, str], FactNow] = {}
    for chunk in chunks(asset_ids):
        rows = session.execute(
            select(DeviceFact.asset_id, DeviceFact.name, DeviceFact.value, DeviceFact.observed_at)
            .where(DeviceFact.asset_id.in_(chunk))
            .order_by(DeviceFact.observed_at)
        )
        for asset_id, name, value, observed_at in rows:
            found[asset_id, name] = FactNow(value, observed_at)
    return found

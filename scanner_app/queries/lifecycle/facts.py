"""What devices report, as pages and programs read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.facts import FACTS
from scanner_app.models import DeviceFact


@dataclass(frozen=True, slots=True)
class FactLine:
    """The newest of one fact of an asset."""

    name: str
    value: str
    observed_at: datetime
    source: str

    @property
    def label(self) -> str:
        """Return what pages call it."""
        return FACTS[self.name].label if self.name in FACTS else self.name

    @property
    def shown(self) -> str:
        """Return the value with its unit."""
        unit = FACTS[self.name].unit if self.name in FACTS else ""
        return f"{self.value} {unit}".rstrip()


def list_facts(session: Session, asset_id: int) -> list[FactLine]:
    """Return the newest of each fact of an asset: the known ones first, then others by name."""
    newest = (
        select(DeviceFact.name, func.max(DeviceFact.on_day).label("on_day"))
        .where(DeviceFact.asset_id == asset_id)
        .group_by(DeviceFact.name)
        .subquery()
    )
    rows = session.execute(
        select(DeviceFact.name, DeviceFact.value, DeviceFact.observed_at, DeviceFact.source)
        .join(newest, (newest.c.name == DeviceFact.name) & (newest.c.on_day == DeviceFact.on_day))
        .where(DeviceFact.asset_id == asset_id)
    )
    order = {name: index for index, name in enumerate(FACTS)}
    lines = [FactLine(*row) for row in rows]
    return sorted(lines, key=lambda one: (order.get(one.name, len(order)), one.name))

"""How much a device is used: from its folded history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.health.utilisation import WINDOW, Utilisation, find_turns, measure
from scanner_app.models import Asset
from scanner_app.services.custody.history import load_events


def measure_use(session: Session, asset_id: int, *, now: datetime) -> Utilisation:
    """Return how much a device was used in the last 90 days."""
    home_id = session.scalar(select(Asset.home_location_id).where(Asset.id == asset_id))
    events = [event for event, _scan_id in load_events(session, asset_id=asset_id)]
    return measure(find_turns(events, home_id=home_id), since=now - WINDOW, until=now)

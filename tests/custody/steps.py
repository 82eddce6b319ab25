"""A scan, and what it left of its asset: for the tests of custody."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Asset, Location
from scanner_app.storage.database import reading

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANA = Actor(kind="user", id=1, name="Ana", role=Role.TECHNICIAN, user_id=1)
BEN = Actor(kind="user", id=2, name="Ben", role=Role.TECHNICIAN, user_id=2)
LIVE = timedelta(hours=1)


def make(code: str, intent: str = "sighting", *, minute: float = 60, **fields) -> NewScan:
    return NewScan(
        scan_id=fields.pop("scan_id", None) or uuid.uuid4(),
        code=code,
        intent=Intent(intent),
        scanned_at=START + timedelta(minutes=minute),
        **fields,
    )


def load_asset(app, tag: str) -> Asset:
    with app.app_context(), reading() as session:
        asset = session.scalars(select(Asset).where(Asset.asset_tag == tag)).one()
        session.expunge(asset)
    return asset


def load_place_id(app, code: str) -> int:
    with app.app_context(), reading() as session:
        return session.scalars(select(Location.id).where(Location.code == code)).one()

"""What a device has installed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.register.kinds import AssetKind
from scanner_app.models import Asset, DeviceSoftware


@dataclass(frozen=True, slots=True)
class SoftwareRow:
    """One product that a device has, as monitoring said last."""

    name: str
    publisher: str
    version: str
    cores: int | None
    first_seen_on: date
    last_seen_on: date
    last_used_on: date | None
    source: str


def list_software(session: Session, asset_id: int) -> list[SoftwareRow]:
    """Return what a device has installed, by name."""
    rows = session.execute(
        select(
            DeviceSoftware.name,
            DeviceSoftware.publisher,
            DeviceSoftware.version,
            DeviceSoftware.cores,
            DeviceSoftware.first_seen_on,
            DeviceSoftware.last_seen_on,
            DeviceSoftware.last_used_on,
            DeviceSoftware.source,
        )
        .where(DeviceSoftware.asset_id == asset_id)
        .order_by(DeviceSoftware.product_key)
    )
    return [SoftwareRow(*row) for row in rows]


def find_kind(session: Session, asset_id: int) -> AssetKind:
    """Return the kind of an asset."""
    return session.scalars(select(Asset.kind).where(Asset.id == asset_id)).one()

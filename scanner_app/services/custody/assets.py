"""An asset's state as a batch of scans finds it, locked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.scanning.decide import State
from scanner_app.models import Asset
from scanner_app.sql.bulk_read import Lookup
from scanner_app.sql.value_list import is_among


class AssetState(NamedTuple):
    """What is known of one asset at one moment. A step makes another one; none is changed."""

    id: int
    asset_tag: str
    name: str
    state: State
    state_at: datetime
    home_id: int | None
    condition: str | None
    last_seen_at: datetime | None
    last_seen_location_id: int | None
    kind: AssetKind = AssetKind.HARDWARE

    @property
    def thing(self) -> str:
        """Return the asset as a sentence names it."""
        return f"{self.asset_tag} {self.name}".strip()


_ASSET = Asset.__table__.c
_ASSETS_LOCKED = Lookup(
    select(
        _ASSET.id,
        _ASSET.asset_tag,
        _ASSET.name,
        _ASSET.status,
        _ASSET.location_id,
        _ASSET.custodian_id,
        _ASSET.due_at,
        _ASSET.state_at,
        _ASSET.home_location_id,
        _ASSET.condition,
        _ASSET.last_seen_at,
        _ASSET.last_seen_location_id,
        _ASSET.kind,
    )
    .where(is_among(_ASSET.id, "ids"))
    .order_by(_ASSET.id)
    .with_for_update(),
    "ids",
)


def lock_assets(connection: Connection, ids: Sequence[int]) -> dict[int, AssetState]:
    """Return assets by id, locked in the order of their ids.

    Two batches that lock in the same order wait for each other and never for ever.
    """
    if not ids:
        return {}
    rows = _ASSETS_LOCKED.fetch(connection, ids)
    return {
        id_: AssetState(id_, tag, name, State(status, place, holder, due), *rest)
        for id_, tag, name, status, place, holder, due, *rest in rows
    }

"""What devices said last, many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.health.devices import DeviceReport
from scanner_app.domain.lifecycle.facts import FACTS, Fact
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, AssetModel, DeviceFact, DeviceSoftware
from scanner_app.sql.value_list import is_one_of

# How many devices are read and written in one transaction.
CHUNK = 1000


def list_device_chunks(session: Session) -> list[list[int]]:
    """Return the ids of the hardware that is not retired, in parts of one transaction each."""
    ids = session.scalars(
        select(Asset.id)
        .where(Asset.kind == AssetKind.HARDWARE, Asset.status.not_in(ENDED))
        .order_by(Asset.id)
    ).all()
    return [list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]


def load_reports(session: Session, ids: Collection[int]) -> list[DeviceReport]:
    """Return what is known of devices, in the order of their ids."""
    rows = session.execute(
        select(
            Asset.id,
            func.coalesce(AssetModel.name, ""),
            func.coalesce(Asset.category_id, AssetModel.category_id),
            Asset.model_id,
            Asset.last_seen_at,
        )
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(is_one_of(Asset.id.expression, ids), Asset.kind == AssetKind.HARDWARE)
        .order_by(Asset.id)
    )
    reports = {row[0]: DeviceReport(*row) for row in rows}
    for asset_id, fact in _list_newest(session, ids):
        if asset_id in reports:
            reports[asset_id].facts[fact.name] = fact
    software = session.execute(
        select(
            DeviceSoftware.asset_id,
            DeviceSoftware.name,
            DeviceSoftware.publisher,
            DeviceSoftware.version,
            DeviceSoftware.last_seen_on,
        ).where(is_one_of(DeviceSoftware.asset_id.expression, ids))
    )
    found: dict[int, list[tuple[str, str, str, date]]] = defaultdict(list)
    for asset_id, name, publisher, version, seen_on in software:
        found[asset_id].append((name, publisher, version, seen_on))
    for asset_id, pieces in found.items():
        if asset_id in reports:
            reports[asset_id].software = pieces
    return list(reports.values())


def _list_newest(session: Session, ids: Collection[int]) -> list[tuple[int, Fact]]:
    newest = (
        select(DeviceFact.asset_id, DeviceFact.name, func.max(DeviceFact.on_day).label("on_day"))
        .where(is_one_of(DeviceFact.asset_id.expression, ids), DeviceFact.name.in_(list(FACTS)))
        .group_by(DeviceFact.asset_id, DeviceFact.name)
        .subquery()
    )
    rows = session.execute(
        select(DeviceFact.asset_id, DeviceFact.name, DeviceFact.value, DeviceFact.observed_at).join(
            newest,
            (newest.c.asset_id == DeviceFact.asset_id)
            & (newest.c.name == DeviceFact.name)
            & (newest.c.on_day == DeviceFact.on_day),
        )
    )
    return [(row[0], Fact(row[1], row[2], row[3])) for row in rows]

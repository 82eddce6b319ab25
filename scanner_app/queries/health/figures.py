"""How much a device is used, and how often it and its model fail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from scanner_app.domain.health.reliability import Reliability
from scanner_app.domain.lifecycle.maintenances import is_failure
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, Task

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Failures:
    """The reliability of one device, and of all of its model; None without a model."""

    own: Reliability
    of_model: Reliability | None
    model_count: int = 0


def load_failures(session: Session, asset_id: int, *, now: datetime) -> Failures:
    """Return how often a device and its model failed."""
    model_id = session.scalar(select(Asset.model_id).where(Asset.id == asset_id))
    own, _ = _measure(session, Asset.id == asset_id, now)
    if model_id is None:
        return Failures(own, None)
    of_model, count = _measure(session, Asset.model_id == model_id, now)
    return Failures(own, of_model, count)


def _measure(
    session: Session, wanted: ColumnElement[bool], now: datetime
) -> tuple[Reliability, int]:
    assets = session.execute(
        select(Asset.purchase_date, Asset.created_at, Asset.status, Asset.state_at).where(wanted)
    ).all()
    tasks = session.execute(
        select(Task.key, Task.data, Task.state, Task.started_at, Task.closed_at)
        .join(Asset, Asset.id == Task.asset_id)
        .where(wanted, Task.kind == TaskKind.MAINTENANCE, Task.state != TaskState.CANCELLED)
    ).all()
    down = [row for row in tasks if is_failure(row.key, row.data)]
    failed = [row for row in down if row.state is TaskState.DONE]
    service = sum((_count_service(row, now) for row in assets), timedelta())
    operating = max(service - _count_open(down, now), timedelta())
    figures = Reliability(len(failed), _in_days(operating), _in_days(_count_open(failed, now)))
    return figures, len(assets)


def _count_service(asset: Any, now: datetime) -> timedelta:
    """Return how long an asset has been in service: since its purchase, else since it was added."""
    bought: date | None = asset.purchase_date
    begun = asset.created_at if bought is None else datetime.combine(bought, time(), UTC)
    ended = asset.state_at if asset.status in ENDED and asset.state_at else now
    length: timedelta = min(ended, now) - begun
    return max(length, timedelta())


def _count_open(tasks: Iterable[Row[Any]], now: datetime) -> timedelta:
    lengths = (max((row.closed_at or now) - row.started_at, timedelta()) for row in tasks)
    return sum(lengths, timedelta())


def _in_days(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(seconds=1)) / SECONDS_A_DAY

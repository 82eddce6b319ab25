"""How much a device is used, and how often it and its model fail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.health.reliability import Reliability
from scanner_app.domain.lifecycle.maintenances import is_failure
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import Asset, Task

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Failures:
    """The reliability of a number of devices."""

    figures: Reliability
    count: int


def load_failures(session: Session, asset_id: int, *, now: datetime) -> Failures:
    """Return how often a device failed."""
    return _measure(session, Asset.id == asset_id, now)


def find_model_id(session: Session, asset_id: int) -> int | None:
    """Return the id of the model of an asset, None without one."""
    return session.scalar(select(Asset.model_id).where(Asset.id == asset_id))


def load_model_failures(session: Session, model_id: int, *, now: datetime) -> Failures:
    """Return how often all devices of a model failed."""
    return _measure(session, Asset.model_id == model_id, now)


def _measure(session: Session, wanted: ColumnElement[bool], now: datetime) -> Failures:
    # Devices of one model are bought on few days: they are added up by day, not one by one.
    added = case((Asset.purchase_date.is_(None), Asset.created_at))
    ended = case((Asset.status.in_(ENDED), Asset.state_at))
    assets = session.execute(
        select(
            Asset.purchase_date,
            added.label("added_at"),
            ended.label("ended_at"),
            func.count().label("devices"),
        )
        .where(wanted)
        .group_by(Asset.purchase_date, added, ended)
    ).all()
    tasks = session.execute(
        select(Task.key, Task.data, Task.state, Task.started_at, Task.closed_at)
        .join(Asset, Asset.id == Task.asset_id)
        .where(wanted, Task.kind == TaskKind.MAINTENANCE, Task.state != TaskState.CANCELLED)
    ).all()
    down = [row for row in tasks if is_failure(row.key, row.data)]
    failed = [row for row in down if row.state is TaskState.DONE]
    service = sum((_count_service(row, now) * row.devices for row in assets), timedelta())
    operating = max(service - _count_open(down, now), timedelta())
    figures = Reliability(len(failed), _in_days(operating), _in_days(_count_open(failed, now)))
    return Failures(figures, sum(row.devices for row in assets))


def _count_service(row: Any, now: datetime) -> timedelta:
    """Return how long an asset has been in service: since its purchase, else since it was added."""
    bought: date | None = row.purchase_date
    begun = row.added_at if bought is None else datetime.combine(bought, time(), UTC)
    ended = row.ended_at or now
    length: timedelta = min(ended, now) - begun
    return max(length, timedelta())


def _count_open(tasks: Iterable[Row[Any]], now: datetime) -> timedelta:
    lengths = (max((row.closed_at or now) - row.started_at, timedelta()) for row in tasks)
    return sum(lengths, timedelta())


def _in_days(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(seconds=1)) / SECONDS_A_DAY

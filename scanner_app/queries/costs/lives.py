"""What is known of the lives of assets: useful lives, failures, ends of support, decisions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.maintenances import is_failure
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.months import MONTHS_A_YEAR, add_months
from scanner_app.models import (
    Asset,
    DepreciationRule,
    DepreciationUse,
    DeviceHealth,
    PlanDecision,
    Task,
)


def load_lives(session: Session) -> dict[tuple[bool, int | None], int]:
    """Return the useful life by model (True) or category (False), in months."""
    rows = session.execute(
        select(DepreciationUse.model_id, DepreciationUse.category_id, DepreciationRule.months)
        .join(DepreciationRule, DepreciationRule.id == DepreciationUse.rule_id)
        .where(DepreciationRule.months > 0)
    )
    return {
        (model is not None, model if model is not None else category): months
        for model, category, months in rows
    }


def count_failures(session: Session, today: date) -> dict[int | None, int]:
    """Return how often each asset was repaired in the last 12 months. Few were."""
    since = datetime.combine(add_months(today, -MONTHS_A_YEAR), time(), UTC)
    rows = session.execute(
        select(Task.asset_id, Task.key, Task.data).where(
            Task.kind == TaskKind.MAINTENANCE,
            Task.state == TaskState.DONE,
            Task.closed_at >= since,
        )
    )
    return Counter(asset_id for asset_id, key, data in rows if is_failure(key, data))


def load_model_ends(session: Session) -> dict[int | None, date]:
    """Return when the maker's support of models ends, as the check of devices found it."""
    rows = session.execute(
        select(Asset.model_id, func.max(DeviceHealth.model_ends_on))
        .join(DeviceHealth, DeviceHealth.asset_id == Asset.id)
        .where(DeviceHealth.model_ends_on.is_not(None))
        .group_by(Asset.model_id)
    )
    return {model_id: ends_on for model_id, ends_on in rows if ends_on is not None}


def load_decisions(session: Session) -> dict[int, PlanDecision]:
    """Return the newest decision of each asset that has one."""
    newest = select(func.max(PlanDecision.id)).group_by(PlanDecision.asset_id)
    rows = session.scalars(select(PlanDecision).where(PlanDecision.id.in_(newest)))
    return {row.asset_id: row for row in rows}

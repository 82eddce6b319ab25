"""Plans of recurring maintenance, as their page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.tasks import OPEN_STATES
from scanner_app.models import AssetModel, Category, Plan, Task


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan, with how many of its tasks run."""

    id: int
    name: str
    category: str | None
    model: str | None
    every_months: int | None
    every_check_outs: int | None
    next_on: date | None
    lead_days: int
    is_active: bool
    running: int


def list_plans(session: Session) -> list[PlanRow]:
    """Return all plans by name."""
    running = (
        select(func.count(Task.id))
        .where(Task.plan_id == Plan.id, Task.state.in_(OPEN_STATES))
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Plan.id,
            Plan.name,
            Category.name,
            AssetModel.name,
            Plan.every_months,
            Plan.every_check_outs,
            Plan.next_on,
            Plan.lead_days,
            Plan.is_active,
            running,
        )
        .outerjoin(Category, Category.id == Plan.category_id)
        .outerjoin(AssetModel, AssetModel.id == Plan.model_id)
        .order_by(Plan.name)
    )
    return [PlanRow(*row) for row in rows]

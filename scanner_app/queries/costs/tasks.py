"""What was paid for a task."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import Expense
from scanner_app.queries.costs.asset import ExpenseRow


def list_task_costs(session: Session, task_id: int) -> list[ExpenseRow]:
    """Return the expenses of a task that were not withdrawn, the oldest first."""
    rows = session.scalars(
        select(Expense)
        .where(Expense.task_id == task_id, Expense.withdrawn_at.is_(None))
        .order_by(Expense.on_day, Expense.id)
    )
    return [
        ExpenseRow(
            row.uuid,
            row.kind,
            row.on_day,
            row.amount_cents,
            row.currency,
            row.source,
            row.note,
            row.actor_name,
        )
        for row in rows
    ]

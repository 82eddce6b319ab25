"""What was paid for a task."""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.models import Expense
from scanner_app.queries.costs.asset import ExpenseRow, read_expense_row, select_expenses


def list_task_costs(session: Session, task_id: int) -> list[ExpenseRow]:
    """Return the expenses of a task that were not withdrawn, the oldest first."""
    rows = session.execute(
        select_expenses()
        .where(Expense.task_id == task_id, Expense.withdrawn_at.is_(None))
        .order_by(Expense.on_day, Expense.id)
    )
    return [read_expense_row(*row) for row in rows]

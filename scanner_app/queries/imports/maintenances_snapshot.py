"""Maintenances of another register as an import compares its rows with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.tasks import TaskState
from scanner_app.models import Expense, Task
from scanner_app.queries.imports.register_snapshot import chunks


@dataclass(frozen=True, slots=True)
class MaintenanceNow:
    """A maintenance that was imported before.

    :param cost: amount and currency of the expense that the import made; None without one.
    """

    state: TaskState
    closed_at: datetime | None
    data: Mapping[str, Any]
    cost: tuple[int, str] | None


def load_maintenances(session: Session, keys: Iterable[str]) -> dict[str, MaintenanceNow]:
    """Return those with these keys."""
    found = [
        task
        for chunk in chunks(keys)
        for task in session.execute(
            select(Task.key, Task.state, Task.closed_at, Task.data).where(Task.key.in_(chunk))
        )
    ]
    uuids = [UUID(task.data["expense"]) for task in found if task.data.get("expense")]
    costs = {
        row.uuid: (row.amount_cents, row.currency)
        for chunk in chunks(uuids)
        for row in session.execute(
            select(Expense.uuid, Expense.amount_cents, Expense.currency).where(
                Expense.uuid.in_(chunk)
            )
        )
    }
    return {
        task.key: MaintenanceNow(
            task.state,
            task.closed_at,
            task.data,
            costs.get(UUID(task.data["expense"])) if task.data.get("expense") else None,
        )
        for task in found
    }

"""Deployments: opened by a scan, with the checklist of the asset's model or category."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.checklists import ChecklistKind, find_open_items
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState, write_number
from scanner_app.models import Task, TaskAnswer
from scanner_app.services.lifecycle.checklists import find_items
from scanner_app.services.lifecycle.tasks import find_ticked, pack_items, unpack_items


class Deployment(NamedTuple):
    """A deployment that runs.

    :param left: how many required items are open.
    """

    number: str
    left: int
    is_new: bool


def open_deployment(
    session: Session,
    *,
    asset_id: int,
    thing: str,
    scan_id: UUID,
    actor_name: str,
    at: datetime,
) -> Deployment | None:
    """Open the deployment of a locked asset, or return the one that runs.

    There is none if no checklist is for it.
    """
    task = session.scalars(
        select(Task)
        .where(
            Task.asset_id == asset_id,
            Task.kind == TaskKind.DEPLOYMENT,
            Task.state == TaskState.OPEN,
        )
        .order_by(Task.id.desc())
    ).first()
    if task is not None:
        left = find_open_items(unpack_items(task.items), find_ticked(session, task.id))
        return Deployment(write_number(task.kind, task.id), len(left), is_new=False)
    items = find_items(session, ChecklistKind.DEPLOYMENT, asset_id=asset_id)
    if not items:
        return None
    task = Task(
        key=f"deployment:{scan_id}",
        kind=TaskKind.DEPLOYMENT,
        state=TaskState.OPEN,
        title=f"Deployment of {thing}",
        asset_id=asset_id,
        items=pack_items(items),
        data={"scan_id": str(scan_id)},
        started_at=at,
        opened_by=actor_name,
    )
    session.add(task)
    session.flush()
    number = write_number(task.kind, task.id)
    return Deployment(number, len(find_open_items(items, ())), is_new=True)


def withdraw_deployment(session: Session, *, scan_id: UUID, now: datetime) -> bool:
    """Cancel the deployment that a scan opened, as the scan is undone.

    Returns False, and cancels nothing, if somebody has worked on it.
    """
    task = session.scalar(select(Task).where(Task.key == f"deployment:{scan_id}").with_for_update())
    if task is None or task.state is TaskState.CANCELLED:
        return True
    answers = select(func.count(TaskAnswer.id)).where(TaskAnswer.task_id == task.id)
    if task.state is not TaskState.OPEN or session.scalar(answers):
        return False
    task.state, task.closed_at = TaskState.CANCELLED, now
    task.outcome = "The scan that opened it was undone."
    session.flush()
    return True

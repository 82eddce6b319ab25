"""The maintenances of assets, as their folded history says when each began and ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.checklists import ChecklistKind, find_open_items
from scanner_app.domain.lifecycle.maintenances import SCANNED, MaintenanceSpan, find_spans
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.models import Expense, Task, TaskAnswer
from scanner_app.services.custody.assets import AssetState
from scanner_app.services.custody.history import load_events
from scanner_app.services.lifecycle.checklists import find_items
from scanner_app.services.lifecycle.tasks import find_ticked, pack_items, unpack_items

# Not planned ahead, and not opened for many devices at once.
BY_SCANS = Task.key.startswith(SCANNED)


def derive_maintenances(session: Session, assets: Iterable[AssetState], *, actor_name: str) -> None:
    """Make the maintenances of locked assets what their history says, which the log holds by now.

    A span that is new opens a task, one whose end is known closes it, and one that is gone takes
    its task away, as a cancelled one that keeps its answers.
    """
    for asset in assets:
        events = [event for event, _scan_id in load_events(session, asset_id=asset.id)]
        spans = find_spans(events, home_id=asset.home_id)
        tasks = list(
            session.scalars(
                select(Task)
                .where(
                    Task.asset_id == asset.id,
                    Task.kind == TaskKind.MAINTENANCE,
                    BY_SCANS,
                )
                .order_by(Task.started_at, Task.id)
            )
        )
        standing = [task for task in tasks if not task.data.get("is_gone")]
        # By their order: a late scan may move the begin of a maintenance that is known.
        for span, task in zip(spans, standing, strict=False):
            _set(session, task, span)
        for span in spans[len(standing) :]:
            _open(session, asset, span, number=len(tasks), actor_name=actor_name)
            tasks.append(session.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one())
        for task in standing[len(spans) :]:
            task.data = {**task.data, "is_gone": True}
            task.state, task.closed_at = TaskState.CANCELLED, task.closed_at or task.started_at
            task.outcome = "The scan that began it was undone or came to nothing."
    session.flush()


def has_work(session: Session, *, asset_id: int, started_at: datetime) -> bool:
    """Return whether the maintenance that began then has an answer, a part or a cost.

    Such a one is not undone.
    """
    of_task = (
        Task.asset_id == asset_id,
        Task.kind == TaskKind.MAINTENANCE,
        BY_SCANS,
        Task.started_at == started_at,
    )
    answers = select(func.count(TaskAnswer.id)).join(Task, Task.id == TaskAnswer.task_id)
    costs = select(func.count(Expense.id)).join(Task, Task.id == Expense.task_id)
    return any(session.scalar(one.where(*of_task)) for one in (answers, costs))


def find_left(session: Session, *, asset_id: int) -> list[str]:
    """Return what is not ticked yet in the running maintenance of an asset."""
    task = session.scalars(
        select(Task).where(
            Task.asset_id == asset_id,
            Task.kind == TaskKind.MAINTENANCE,
            BY_SCANS,
            Task.closed_at.is_(None),
        )
    ).first()
    if task is None:
        return []
    left = find_open_items(unpack_items(task.items), find_ticked(session, task.id))
    return [item.text for item in left]


def _open(
    session: Session, asset: AssetState, span: MaintenanceSpan, *, number: int, actor_name: str
) -> None:
    task = Task(
        key=f"{SCANNED}{asset.id}:{number}",
        kind=TaskKind.MAINTENANCE,
        state=TaskState.OPEN,
        title=f"Maintenance of {asset.thing}",
        asset_id=asset.id,
        items=pack_items(find_items(session, ChecklistKind.MAINTENANCE, asset_id=asset.id)),
        data={"begun_by": span.begun_by.value},
        started_at=span.started_at,
        opened_by=actor_name,
    )
    session.add(task)
    session.flush()
    _set(session, task, span)


def _set(session: Session, task: Task, span: MaintenanceSpan) -> None:
    """Bring begin and end of a task up to date."""
    task.started_at = span.started_at
    if span.ended_at is None:
        if task.closed_at is not None:
            task.closed_at, task.closed_by, task.state = None, None, TaskState.OPEN
            task.outcome = None
    elif task.closed_at != span.ended_at:
        task.closed_at, task.state = span.ended_at, TaskState.DONE
        task.outcome = _END.get(span.ended_by.value if span.ended_by else "", "Ended by hand.")
        left = find_open_items(unpack_items(task.items), find_ticked(session, task.id))
        if left:
            task.outcome += f" {len(left)} item{'s' if len(left) > 1 else ''} not ticked."
    session.flush()


_END = {
    "restore": "Restored.",
    "check_in": "Checked in.",
    "retire": "Not repairable: retired.",
}

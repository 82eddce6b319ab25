"""Retirements: opened by a scan, with what has to be done before the asset may leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.lifecycle.checklists import ChecklistKind, find_open_items
from scanner_app.domain.lifecycle.maintenances import find_spans
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Task
from scanner_app.services.custody.assets import AssetState
from scanner_app.services.custody.history import load_events
from scanner_app.services.lifecycle.checklists import find_items
from scanner_app.services.lifecycle.tasks import find_ticked, pack_items, unpack_items

GONE = "The asset is no longer retired."


def derive_retirements(
    session: Session, assets: Iterable[AssetState], *, actor_name: str, now: datetime
) -> None:
    """Make the retirements of locked assets what their history says, which the log holds by now.

    A stretch that is new opens a task. One that is gone or over cancels its task, if it runs:
    whatever the order in which the scans arrive.
    """
    for asset in assets:
        events = [event for event, _scan_id in load_events(session, asset_id=asset.id)]
        spans = find_spans(events, home_id=asset.home_id, stage=Stage.RETIRED)
        tasks = _list(session, asset.id)
        for span, task in zip(spans, tasks, strict=False):
            task.started_at = span.started_at
        for span in spans[len(tasks) :]:
            tasks.append(_open(session, asset, started_at=span.started_at, actor_name=actor_name))
        is_over = [*(span.ended_at is not None for span in spans), *([True] * len(tasks))]
        for task, is_gone in zip(tasks, is_over, strict=False):
            if is_gone and task.state.facts.is_open:
                task.state, task.closed_at, task.outcome = TaskState.CANCELLED, now, GONE
                task.data = {**task.data, "is_gone": True}
            elif not is_gone and task.data.get("is_gone"):
                task.state, task.closed_at, task.outcome = TaskState.OPEN, None, None
                task.data = {**task.data, "is_gone": False}
    session.flush()


def find_retirement(session: Session, asset_id: int) -> Task | None:
    """Return the newest retirement of an asset that was not cancelled."""
    tasks = [one for one in _list(session, asset_id) if one.state is not TaskState.CANCELLED]
    return tasks[-1] if tasks else None


def list_open_items(session: Session, task: Task) -> list[str]:
    """Return what is not ticked yet in a retirement."""
    items = find_open_items(unpack_items(task.items), find_ticked(session, task.id))
    return [item.text for item in items]


def _list(session: Session, asset_id: int) -> list[Task]:
    return list(
        session.scalars(
            select(Task)
            .where(Task.asset_id == asset_id, Task.kind == TaskKind.RETIREMENT)
            .order_by(Task.started_at, Task.id)
        )
    )


def _open(session: Session, asset: AssetState, *, started_at: datetime, actor_name: str) -> Task:
    number = len(_list(session, asset.id))
    task = Task(
        key=f"retirement:{asset.id}:{number}",
        kind=TaskKind.RETIREMENT,
        state=TaskState.OPEN,
        title=f"Retirement of {asset.thing}",
        asset_id=asset.id,
        items=pack_items(find_items(session, ChecklistKind.RETIREMENT, asset_id=asset.id)),
        data={},
        started_at=started_at,
        opened_by=actor_name,
    )
    session.add(task)
    session.flush()
    return task

"""Maintenances that another register recorded: kept as tasks, which no scan begins or ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.lifecycle.maintenances import find_state, name_imported
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.models import Task, TaskAnswer
from scanner_app.services.lifecycle.tasks import MAX_TITLE

# A day without a time is its noon in UTC: the same day nearly everywhere.
NOON = time(12)


@dataclass(frozen=True, slots=True)
class PastMaintenance:
    """A maintenance as another register has it.

    :param about: what pages say of it: `type`, `is_failure`, `supplier`, `is_warranty`,
        `external_ref`.
    """

    asset_id: int
    title: str
    started_on: date
    ended_on: date | None
    about: Mapping[str, Any]
    note: str = ""

    @property
    def key(self) -> str:
        return name_imported(self.asset_id, self.title, self.started_on)


def keep_maintenance(
    session: Session, past: PastMaintenance, *, actor: Actor, today: date, now: datetime
) -> Task:
    """Add a maintenance, or bring the one of the same asset, title and day up to date.

    It does not put its asset into maintenance: the register's own status says that.
    """
    task = session.scalar(select(Task).where(Task.key == past.key).with_for_update())
    if task is None:
        task = Task(
            key=past.key,
            kind=TaskKind.MAINTENANCE,
            title=past.title[:MAX_TITLE],
            asset_id=past.asset_id,
            items={"items": []},
            data={},
            started_at=_at(past.started_on),
            opened_by=actor.name,
        )
        session.add(task)
    task.data = {**task.data, **past.about}
    # What a person ended here stays as they left it.
    if task.closed_at is None:
        _set_state(task, past, actor, today)
    session.flush()
    if past.note:
        _note(session, task, past.note, actor=actor, now=now)
    return task


def _set_state(task: Task, past: PastMaintenance, actor: Actor, today: date) -> None:
    task.state = find_state(past.started_on, past.ended_on, today, was=task.state)
    if task.state is TaskState.DONE and past.ended_on is not None:
        task.closed_at, task.closed_by = _at(past.ended_on), actor.name
        task.outcome = "Done before it was imported."
    elif task.state is TaskState.PLANNED:
        task.due_on = past.started_on
    else:
        task.due_on = past.ended_on or task.due_on


def _note(session: Session, task: Task, text: str, *, actor: Actor, now: datetime) -> None:
    """Add a note once, however often the same file comes."""
    uuid = uuid5(NAMESPACE_URL, f"{task.key}\n{text}")
    if session.scalar(select(TaskAnswer.id).where(TaskAnswer.uuid == uuid)) is not None:
        return
    session.add(
        TaskAnswer(
            uuid=uuid,
            task_id=task.id,
            item_key="",
            is_ticked=False,
            note=text,
            at=now,
            actor=actor.key,
            actor_name=actor.name,
        )
    )
    session.flush()


def _at(day: date) -> datetime:
    return datetime.combine(day, NOON, UTC)

"""Open a task, tick its items, give it to somebody, and take it to its next state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle.tasks import (
    Item,
    TaskKind,
    TaskState,
    can_step,
    find_open_items,
)
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Task, TaskAnswer, User

MAX_TITLE = 300
MAX_NOTE = 2000


def pack_items(items: Sequence[Item]) -> dict[str, Any]:
    """Return items as a task or a checklist keeps them."""
    return {"items": [{"key": i.key, "text": i.text, "is_required": i.is_required} for i in items]}


def unpack_items(kept: Mapping[str, Any]) -> list[Item]:
    """Return the items that a task or a checklist keeps."""
    return [Item(**one) for one in kept.get("items", [])]


def open_follow_up(
    session: Session,
    *,
    key: str,
    title: str,
    actor_name: str,
    now: datetime,
    asset_id: int | None = None,
    due_on: date | None = None,
    items: Sequence[Item] = (),
    about: Mapping[str, Any] | None = None,
) -> int:
    """Open a follow-up, something that is left to a person, and return the task's id.

    :param key: names the cause, such as `contested:{scan_id}`: the same cause opens it once, and a
        second call returns the first task, whatever became of it.
    :param about: what it is about, as JSON.
    """
    known = session.scalar(select(Task.id).where(Task.key == key))
    if known is not None:
        return known
    task = Task(
        key=key,
        kind=TaskKind.FOLLOW_UP,
        state=TaskState.OPEN,
        title=title[:MAX_TITLE],
        asset_id=asset_id,
        due_on=due_on,
        items=pack_items(items),
        data=dict(about or {}),
        started_at=now,
        opened_by=actor_name,
    )
    session.add(task)
    session.flush()
    return task.id


def answer_item(
    session: Session,
    *,
    task_id: int,
    uuid: UUID,
    item_key: str,
    is_ticked: bool,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Tick an item, take its tick away, or add a note to the task.

    :param uuid: made by who sends it: the same answer that comes again changes nothing.
    :param item_key: empty for a note on the task itself.
    :raises NotFound: no task has this id.
    :raises Invalid: the task has no such item, or a note is empty.
    :raises Conflict: the task is over.
    """
    task = _lock(session, task_id)
    if session.scalar(select(TaskAnswer.id).where(TaskAnswer.uuid == uuid)) is not None:
        return
    note = note.strip()[:MAX_NOTE]
    if item_key not in {"", *(item.key for item in unpack_items(task.items))}:
        raise Invalid("This task has no such item.", errors={"item": ["Choose one of the task."]})
    if not item_key and not note:
        raise Invalid("Write a note first.", errors={"note": ["Write a note first."]})
    if not task.state.facts.is_open and item_key:
        raise Conflict("This task is over: its items stay as they are.", code="task_not_open")
    session.add(
        TaskAnswer(
            uuid=uuid,
            task_id=task.id,
            item_key=item_key,
            is_ticked=is_ticked and bool(item_key),
            note=note or None,
            at=now,
            actor=actor.key,
            actor_name=actor.name,
        )
    )
    session.flush()


def step_task(
    session: Session,
    *,
    task_id: int,
    wanted: TaskState,
    outcome: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Take a task to another state. One that is there already stays as it is.

    :param outcome: what came of it, in a person's words.
    :raises NotFound: no task has this id.
    :raises Conflict: the state does not allow it, or required items are open (`open_items`).
    """
    task = _lock(session, task_id)
    if task.state is wanted:
        return
    if task.kind.facts.by_scans and wanted in {TaskState.DONE, TaskState.CANCELLED}:
        stage = session.scalar(select(Asset.status).where(Asset.id == task.asset_id))
        if stage is Stage.IN_MAINTENANCE:
            raise Conflict(
                "The asset is still in maintenance. Scan it with Restore, or check it in.",
                code="still_in_maintenance",
            )
    if not can_step(task.kind, task.state, wanted):
        raise Conflict(
            f"This task is {task.state.facts.label.lower()} and cannot be"
            f" {wanted.facts.label.lower()}.",
            code="no_such_step",
        )
    if wanted is TaskState.DONE:
        left = find_open_items(unpack_items(task.items), find_ticked(session, task_id))
        if left:
            named = ", ".join(f"“{item.text}”" for item in left)
            raise Conflict(f"Not ticked yet: {named}.", code="open_items")
    task.state = wanted
    if not wanted.facts.is_open:
        task.closed_at, task.closed_by = task.closed_at or now, actor.name
        task.outcome = outcome.strip()[:MAX_NOTE] or task.outcome
    session.flush()


def assign_task(session: Session, *, task_id: int, email: str, due_on: date | None) -> None:
    """Assign a task to a user, or to nobody, with the day by which it is to be done.

    :param email: of the user; empty for nobody.
    :raises NotFound: no task has this id.
    :raises Invalid: no active user has this address.
    """
    task = _lock(session, task_id)
    assignee: int | None = None
    if email:
        assignee = session.scalar(select(User.id).where(User.email == email, User.is_active))
        if assignee is None:
            text = "No active user has this address. Choose one of the list."
            raise Invalid(text, errors={"assignee": [text]})
    task.assignee_id, task.due_on = assignee, due_on
    session.flush()


def find_ticked(session: Session, task_id: int) -> set[str]:
    """Return the keys of the items whose newest answer is a tick."""
    rows = session.execute(
        select(TaskAnswer.item_key, TaskAnswer.is_ticked)
        .where(TaskAnswer.task_id == task_id, TaskAnswer.item_key != "")
        .order_by(TaskAnswer.id)
    )
    newest = {key: is_ticked for key, is_ticked in rows}  # noqa: C416 - mypy takes no rows for pairs
    return {key for key, is_ticked in newest.items() if is_ticked}


def _lock(session: Session, task_id: int) -> Task:
    task = session.get(Task, task_id, with_for_update=True)
    if task is None:
        raise NotFound("That task does not exist. Choose one from the list.")
    return task

"""Open a task, tick its items, give it to somebody, and take it to its next state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle.checklists import Item, find_open_items
from scanner_app.domain.lifecycle.maintenances import SCANNED
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState, can_step
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Task, TaskAnswer, User
from scanner_app.services.lifecycle.deploy_gate import pass_deploy_gate
from scanner_app.services.policies.check_gates import Found

MAX_TITLE = 300
MAX_NOTE = 2000


def pack_items(items: Sequence[Item]) -> dict[str, Any]:
    """Return items as a task or a checklist keeps them."""
    return {"items": [item.to_json() for item in items]}


def unpack_items(kept: Mapping[str, Any]) -> list[Item]:
    """Return the items that a task or a checklist keeps."""
    return [Item.from_json(one) for one in kept.get("items", [])]


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


def step_task(
    session: Session,
    *,
    task_id: int,
    wanted: TaskState,
    outcome: str,
    actor: Actor,
    now: datetime,
    today: date | None = None,
) -> list[Found]:
    """Take a task to another state, and return what policies found. One there already stays.

    :param outcome: what came of it, in a person's words.
    :param today: in the organisation's zone; a waiver holds through its last day.
    :raises NotFound: no task has this id.
    :raises Conflict: the state does not allow it, required items are open (`open_items`), or a
        policy stops it (`policy_blocked`).
    """
    task = lock_task(session, task_id)
    if task.state is wanted:
        return []
    if (
        task.kind.facts.by_scans
        and task.key.startswith(SCANNED)
        and wanted in {TaskState.DONE, TaskState.CANCELLED}
    ):
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
    found: list[Found] = []
    if wanted is TaskState.DONE:
        _refuse_open(session, task)
        if task.kind is TaskKind.DEPLOYMENT:
            found = pass_deploy_gate(session, task, actor=actor, today=today or now.date(), now=now)
    task.state = wanted
    if not wanted.facts.is_open:
        task.closed_at, task.closed_by = task.closed_at or now, actor.name
        task.outcome = outcome.strip()[:MAX_NOTE] or task.outcome
    session.flush()
    return found


def _refuse_open(session: Session, task: Task) -> None:
    left = find_open_items(unpack_items(task.items), find_ticked(session, task.id))
    if left:
        named = ", ".join(f"“{item.text}”" for item in left)
        raise Conflict(f"Not ticked yet: {named}.", code="open_items")


def assign_task(session: Session, *, task_id: int, email: str, due_on: date | None) -> None:
    """Assign a task to a user, or to nobody, with the day by which it is to be done.

    :param email: of the user; empty for nobody.
    :raises NotFound: no task has this id.
    :raises Invalid: no active user has this address.
    """
    task = lock_task(session, task_id)
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


def lock_task(session: Session, task_id: int) -> Task:
    """Return a task, locked for the rest of the transaction.

    :raises NotFound: no task has this id.
    """
    task = session.get(Task, task_id, with_for_update=True)
    if task is None:
        raise NotFound("That task does not exist. Choose one from the list.")
    return task

"""Tasks as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.lifecycle.checklists import ChecklistKind, Item
from scanner_app.domain.lifecycle.maintenances import SCANNED, say_about
from scanner_app.domain.lifecycle.tasks import (
    OPEN_STATES,
    TaskKind,
    TaskState,
    read_number,
    write_number,
)
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import (
    Asset,
    AssetModel,
    Attachment,
    Category,
    Checklist,
    Task,
    TaskAnswer,
    User,
)

MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task in a list.

    :param is_planned: a plan or another register opened it, so scans neither begin nor end it.
    :param about: what is known of it, as labels and words.
    """

    id: int
    kind: TaskKind
    state: TaskState
    title: str
    asset_tag: str | None
    asset_status: Stage | None
    assignee: str | None
    assignee_email: str | None
    due_on: date | None
    started_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    is_planned: bool
    about: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]

    @property
    def number(self) -> str:
        """Return the number that people read: `M12`."""
        return write_number(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer to an item, or a note.

    :param picture: the id of the attachment that shows it.
    """

    item_key: str
    is_ticked: bool
    note: str | None
    value: str | None
    picture: UUID | None
    signature_sha256: str | None
    at: datetime
    actor_name: str


_SELECT: Select[*tuple[Any, ...]] = (
    select(
        Task.id,
        Task.kind,
        Task.state,
        Task.title,
        Asset.asset_tag,
        Asset.status,
        User.name,
        User.email,
        Task.due_on,
        Task.started_at,
        Task.opened_by,
        Task.closed_at,
        Task.closed_by,
        Task.outcome,
        ~Task.key.startswith(SCANNED),
        Task.data,
        Task.items,
    )
    .outerjoin(Asset, Asset.id == Task.asset_id)
    .outerjoin(User, User.id == Task.assignee_id)
)


def list_tasks(
    session: Session,
    *,
    user_id: int | None = None,
    asset_id: int | None = None,
    is_over: bool = False,
) -> list[TaskRow]:
    """Return tasks: those due first, then the oldest; of those that are over, the newest first.

    :param user_id: only those given to this user.
    :param is_over: those that are done or cancelled, in place of those that run.
    """
    states = [one for one in TaskState if (one in OPEN_STATES) != is_over]
    statement = _SELECT.where(Task.state.in_(states)).limit(MAX_LISTED)
    if user_id is not None:
        statement = statement.where(Task.assignee_id == user_id)
    if asset_id is not None:
        statement = statement.where(Task.asset_id == asset_id)
    if is_over:
        statement = statement.order_by(Task.closed_at.desc(), Task.id.desc())
    else:
        statement = statement.order_by(Task.due_on.is_(None), Task.due_on, Task.id)
    return [_row(row) for row in session.execute(statement)]


def page_tasks(
    session: Session,
    *,
    kind: TaskKind | None = None,
    state: TaskState | None = None,
    asset_id: int | None = None,
    after_id: int | None = None,
    limit: int = 100,
) -> list[TaskRow]:
    """Return tasks of any state, the oldest first.

    :param after_id: continue a list behind this task.
    """
    statement = _SELECT.order_by(Task.id).limit(limit)
    if kind is not None:
        statement = statement.where(Task.kind == kind)
    if state is not None:
        statement = statement.where(Task.state == state)
    if asset_id is not None:
        statement = statement.where(Task.asset_id == asset_id)
    if after_id is not None:
        statement = statement.where(Task.id > after_id)
    return [_row(row) for row in session.execute(statement)]


def count_running(session: Session) -> int:
    """Return how many tasks run."""
    found = session.scalar(select(func.count(Task.id)).where(Task.state.in_(OPEN_STATES)))
    return found or 0


def get_task(session: Session, number: str) -> TaskRow:
    """Return one task by its number.

    :raises NotFound: no task has it.
    """
    named = read_number(number)
    row = session.execute(_SELECT.where(Task.id == named[1])).one_or_none() if named else None
    if row is None or named is None or row[1] is not named[0]:
        raise NotFound(f"There is no task {number[:20]!r}. Choose one from the list.")
    return _row(row)


def list_answers(session: Session, task_id: int) -> list[AnswerRow]:
    """Return all answers and notes of a task, the oldest first."""
    rows = session.execute(
        select(
            TaskAnswer.item_key,
            TaskAnswer.is_ticked,
            TaskAnswer.note,
            TaskAnswer.value,
            Attachment.uuid,
            TaskAnswer.signature_sha256,
            TaskAnswer.at,
            TaskAnswer.actor_name,
        )
        .outerjoin(Attachment, Attachment.id == TaskAnswer.attachment_id)
        .where(TaskAnswer.task_id == task_id)
        .order_by(TaskAnswer.id)
    )
    return [AnswerRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """The items for a model or a category; for all others if both are None."""

    id: int
    kind: ChecklistKind
    category: str | None
    model: str | None
    version: int
    items: tuple[Item, ...]
    changed_at: datetime
    changed_by: str


def list_checklists(session: Session) -> list[ChecklistRow]:
    """Return the checklists by what they are for: those for all others first, then by name."""
    rows = session.execute(
        select(
            Checklist.id,
            Checklist.kind,
            Category.name,
            AssetModel.name,
            Checklist.version,
            Checklist.items,
            Checklist.changed_at,
            Checklist.changed_by,
        )
        .outerjoin(Category, Category.id == Checklist.category_id)
        .outerjoin(AssetModel, AssetModel.id == Checklist.model_id)
        .order_by(Checklist.kind, Category.name.is_not(None), Category.name, AssetModel.name)
    )
    return [
        ChecklistRow(id_, kind, category, model, version, _items(kept), at, by)
        for id_, kind, category, model, version, kept, at, by in rows
    ]


def _row(row: Any) -> TaskRow:
    values = dict(zip((one.name for one in fields(TaskRow)), row, strict=True))
    return TaskRow(**values | {"items": _items(row[-1]), "about": say_about(row[-2])})


def _items(kept: dict[str, Any]) -> tuple[Item, ...]:
    return tuple(Item.from_json(one) for one in kept.get("items", []))

"""Tasks with their items and answers, and the checklists that items are taken from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.models.base import Base, enum_column

RUNNING = text("state IN ('planned', 'open', 'waiting')")


class Task(Base):
    """One piece of work. Its items are copied when it is opened: a later checklist changes none.

    `key` names it for who opens it, so that the same cause opens it once.
    """

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind, "kind", is_checked=False))
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState, "state"))
    title: Mapped[str]
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date | None]
    items: Mapped[dict[str, Any]] = mapped_column(default=dict)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    started_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    outcome: Mapped[str | None]

    __table_args__ = (
        Index("ix_task_asset_id", "asset_id"),
        Index("ix_task_plan_id", "plan_id"),
        Index("ix_task_running", "due_on", sqlite_where=RUNNING, postgresql_where=RUNNING),
    )


class TaskAnswer(Base):
    """One answer to an item, or a note. Rows are only added; the newest of an item decides.

    :param item_key: empty for a note on the task itself.
    :param value: what was written, entered, chosen, scanned or reported.
    :param scan_id: the scan that proves it.
    """

    __tablename__ = "task_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Made by the page that sends it: the same answer sent twice is one.
    uuid: Mapped[UUID] = mapped_column(unique=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    item_key: Mapped[str]
    is_ticked: Mapped[bool]
    note: Mapped[str | None]
    value: Mapped[str | None]
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    signature_sha256: Mapped[str | None] = mapped_column(String(64))
    scan_id: Mapped[UUID | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]

    __table_args__ = (Index("ix_task_answer_task_id", "task_id", "id"),)


class Checklist(Base):
    """The items that a task starts with: of a model, of a category, or of all others.

    A change makes a new version; a task keeps the items that it was opened with.
    """

    __tablename__ = "checklist"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ChecklistKind] = mapped_column(
        enum_column(ChecklistKind, "kind", is_checked=False)
    )
    name: Mapped[str] = mapped_column(default="")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id", ondelete="CASCADE"))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id", ondelete="CASCADE"))
    # Kind, category and model in one text: two nulls are different to both databases.
    key: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]
    items: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class Plan(Base):
    """Recurring maintenance of a model, of a category or of all: by months or by check-outs."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id"))
    every_months: Mapped[int | None]
    every_check_outs: Mapped[int | None]
    first_on: Mapped[date | None]
    next_on: Mapped[date | None]
    lead_days: Mapped[int]
    items: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    actor_name: Mapped[str]

    __table_args__ = (
        CheckConstraint("(every_months IS NULL) <> (every_check_outs IS NULL)", name="of_one_kind"),
        CheckConstraint(
            "(every_months IS NULL) = (next_on IS NULL)"
            " AND (every_months IS NULL) = (first_on IS NULL)",
            name="has_its_days",
        ),
    )

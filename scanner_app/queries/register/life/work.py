"""What work on an asset tells of its life: tasks, the answers to their items, and what was paid."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.expenses import EXPENSE_KINDS
from scanner_app.domain.lifecycle.tasks import write_number
from scanner_app.domain.money import say_money
from scanner_app.models import Expense, Task, TaskAnswer
from scanner_app.queries.register.life.event import Event


def list_work(session: Session, asset_id: int) -> list[Event]:
    """Return when tasks of an asset were opened, answered and over, and what was paid for it."""
    return [
        *_tasks(session, asset_id),
        *_answers(session, asset_id),
        *_expenses(session, asset_id),
    ]


def _tasks(session: Session, asset_id: int) -> list[Event]:
    """Return the begin and the end of each task; ids of begins are even, those of ends odd."""
    events: list[Event] = []
    for task in session.scalars(select(Task).where(Task.asset_id == asset_id).order_by(Task.id)):
        number, row = write_number(task.kind, task.id), task.kind.facts
        details = {"task": number, "path": f"{row.page}/{number}"}
        opened = f"{row.label} {number} begun: {task.title}."
        events.append(
            Event("task", 2 * task.id, task.started_at, task.opened_by, opened, details=details)
        )
        if task.closed_at is not None:
            over = f"{row.label} {number} {task.state.facts.label.lower()}."
            if task.outcome:
                over = f"{over} {task.outcome}"
            events.append(
                Event(
                    "task", 2 * task.id + 1, task.closed_at, task.closed_by, over, details=details
                )
            )
    return events


def _answers(session: Session, asset_id: int) -> list[Event]:
    """Return the answers to items and the notes of tasks."""
    rows = session.execute(
        select(TaskAnswer, Task)
        .join(Task, Task.id == TaskAnswer.task_id)
        .where(Task.asset_id == asset_id)
    )
    events: list[Event] = []
    for answer, task in rows:
        number = write_number(task.kind, task.id)
        texts = {one["key"]: one["text"] for one in task.items.get("items", [])}
        said = texts.get(answer.item_key, "")
        words = " ".join(part for part in (answer.value, answer.note) if part)
        if not said:
            message = f"{number}: {words}"
        elif answer.is_ticked:
            message = f"{number}: {said}{f' ({words})' if words else ''}."
        else:
            message = f"{number}: {said}: taken back{f' ({words})' if words else ''}."
        details = {"task": number, "path": f"{task.kind.facts.page}/{number}"}
        events.append(
            Event("answer", answer.id, answer.at, answer.actor_name, message, details=details)
        )
    return events


def _expenses(session: Session, asset_id: int) -> list[Event]:
    """Return what was paid, as of when it was entered; what was withdrawn is marked."""
    rows = session.scalars(select(Expense).where(Expense.asset_id == asset_id))
    return [
        Event(
            "expense",
            one.id,
            one.recorded_at,
            one.actor_name,
            f"{EXPENSE_KINDS[one.kind].label}: {say_money(one.amount_cents)} {one.currency}"
            f"{f', {one.note}' if one.note else ''}.",
            is_undone=one.withdrawn_at is not None,
            details={"expense": str(one.uuid)},
        )
        for one in rows
    ]

"""Tasks: mine and all, one task with its items, and the checklists that items come from."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.lifecycle.tasks import TASK_STATES, TaskState, write_items
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.models import User
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.lifecycle.tasks import (
    get_task,
    list_answers,
    list_checklists,
    list_tasks,
)
from scanner_app.queries.register.assets import list_categories
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.services.lifecycle.tasks import answer_item, assign_task, step_task
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")

VIEWS = (("", "All"), ("mine", "Mine"), ("over", "Done"))


@blueprint.get("")
@allow(Action.SCAN)
def show_list() -> Response:
    """Show the tasks that run, those of this person, or those that are over."""
    view, actor = request.args.get("view", ""), require_actor()
    user_id = actor.user_id if view == "mine" else None
    with reading() as session:
        return page(
            "lifecycle/list.html",
            tasks=list_tasks(session, user_id=user_id, is_over=view == "over"),
            tabs=[
                (label, f"/tasks?view={name}" if name else "/tasks", name == view)
                for name, label in VIEWS
            ],
            view=view,
            today=g.now.date(),
        )


@blueprint.get("/<task>")
@allow(Action.SCAN)
def show_task(task: str) -> Response:
    """Show one task: its items, what was answered, and its next steps."""
    return _show(task)


@blueprint.post("/<task>/answers")
@allow(Action.CHANGE_CUSTODY)
def answer(task: str) -> Response:
    """Tick an item, take its tick away, or add a note."""
    actor, form = require_actor(), request.form
    with reading() as session:
        found = get_task(session, task)
    try:
        transact(
            lambda s: answer_item(
                s,
                task_id=found.id,
                uuid=_read_uuid(form.get("uuid", "")),
                item_key=form.get("item", ""),
                is_ticked=form.get("tick") == "on",
                note=form.get("note", ""),
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return _show(task, error)
    return redirect(f"/tasks/{found.number}", 303)


@blueprint.post("/<task>/state")
@allow(Action.CHANGE_CUSTODY)
def change_state(task: str) -> Response:
    """Take a task to its next state."""
    actor, text = require_actor(), request.form.get("state", "")
    with reading() as session:
        found = get_task(session, task)
    if text not in set(TaskState):
        raise Invalid("Choose what becomes of the task.")
    outcome = request.form.get("outcome", "")
    try:
        transact(
            lambda s: step_task(
                s,
                task_id=found.id,
                wanted=TaskState(text),
                outcome=outcome,
                actor=actor,
                now=g.now,
            )
        )
    except Conflict as error:
        return _show(task, error)
    flash(f"{found.number} is {TaskState(text).facts.label.lower()}.", "ok")
    return redirect(f"/tasks/{found.number}", 303)


@blueprint.post("/<task>/assignee")
@allow(Action.CHANGE_CUSTODY)
def assign(task: str) -> Response:
    """Assign a task to somebody, with the day by which it is to be done."""
    with reading() as session:
        found = get_task(session, task)
    email = request.form.get("assignee", "").strip()[:254]
    try:
        due_on = _read_day(request.form.get("due_on", "").strip())
        transact(lambda s: assign_task(s, task_id=found.id, email=email, due_on=due_on))
    except Invalid as error:
        return _show(task, error)
    flash("Saved.", "ok")
    return redirect(f"/tasks/{found.number}", 303)


@blueprint.get("/checklists")
@allow(Action.MANAGE_LENDING)
def show_checklists() -> Response:
    """Show the checklists of maintenances."""
    return _show_checklists()


@blueprint.post("/checklists")
@allow(Action.MANAGE_LENDING)
def change_checklist() -> Response:
    """Set the items that a new maintenance of a category starts with."""
    actor, form = require_actor(), request.form
    category, text = form.get("category", "")[:255], form.get("items", "")[:20_000]

    def save(session: Session) -> None:
        save_checklist(session, category=category, text=text, actor=actor, now=g.now)
        note_change(session, Thing.CHECKLIST, Step.CHANGED, category or "all categories")

    try:
        transact(save)
    except Invalid as error:
        return _show_checklists(error)
    flash("Saved. Tasks that run keep their items.", "ok")
    return redirect("/tasks/checklists", 303)


def _show(number: str, error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        task = get_task(session, number)
        answers = list_answers(session, task.id)
        users = session.execute(
            select(User.email, User.name).where(User.is_active).order_by(User.name)
        ).all()
    newest = {one.item_key: one for one in answers if one.item_key}
    # While the asset is in maintenance, a scan ends it.
    runs = task.kind.facts.by_scans and task.asset_status is Stage.IN_MAINTENANCE
    steps = [
        (state, TASK_STATES[state])
        for state in TaskState
        if state in task.kind.facts.steps[task.state] and (state.facts.is_open or not runs)
    ]
    return page(
        "lifecycle/task.html",
        task=task,
        newest=newest,
        notes=[one for one in answers if one.note],
        steps=steps,
        users=[(email, name) for email, name in users],
        new_uuid=uuid4,
        form=request.form,
        **describe_problem(error, conflict_field="state"),
    )


def _show_checklists(error: Invalid | None = None) -> Response:
    with reading() as session:
        return page(
            "lifecycle/checklists.html",
            checklists=[(row, write_items(row.items)) for row in list_checklists(session)],
            categories=list_categories(session),
            form=request.form,
            **describe_problem(error),
        )


def _read_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problem = "Enter the day as year-month-day."
        raise Invalid(problem, errors={"due_on": [problem]}) from None

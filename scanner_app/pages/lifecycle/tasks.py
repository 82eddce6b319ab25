"""Tasks: mine and all, and one task with its items."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from flask import flash, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.costs.expenses import EXPENSE_KINDS
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.lifecycle.tasks import TASK_STATES, TaskState
from scanner_app.domain.money import say_money
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.models import User
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.lifecycle._blueprint import blueprint
from scanner_app.pages.lifecycle.proofs import read_proof
from scanner_app.queries.costs.tasks import list_task_costs
from scanner_app.queries.lifecycle.tasks import get_task, list_answers, list_tasks
from scanner_app.queries.stock.choices import list_item_choices
from scanner_app.services.files.signatures import load_signature
from scanner_app.services.lifecycle.answers import answer_item
from scanner_app.services.lifecycle.tasks import assign_task, step_task
from scanner_app.storage.database import reading, transact

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
    with reading() as session:
        found = get_task(session, task)
    if found.kind.facts.page != "/tasks":
        return redirect(f"{found.kind.facts.page}/{found.number}", 302)
    return show_with(task)


@blueprint.post("/<task>/answers")
@allow(Action.CHANGE_CUSTODY)
def answer(task: str) -> Response:
    """Tick an item, take its tick away, or add a note."""
    actor, form = require_actor(), request.form
    with reading() as session:
        found = get_task(session, task)
    item = next((one for one in found.items if one.key == form.get("item")), None)
    try:
        proof = read_proof(item)
        transact(
            lambda s: answer_item(
                s,
                task_id=found.id,
                uuid=read_uuid(form.get("uuid", "")),
                item_key=form.get("item", ""),
                is_ticked=form.get("tick") == "on",
                note=form.get("note", ""),
                actor=actor,
                now=g.now,
                proof=proof,
            )
        )
    except (Invalid, Conflict) as error:
        return show_with(task, error)
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
    outcome, today = request.form.get("outcome", ""), today_here()
    try:
        policies = transact(
            lambda s: step_task(
                s,
                task_id=found.id,
                wanted=TaskState(text),
                outcome=outcome,
                actor=actor,
                now=g.now,
                today=today,
            )
        )
    except Conflict as error:
        return show_with(task, error)
    for one in policies:
        if not one.state.facts.passes:
            flash(f"{one.title}: {one.detail}", "warn")
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
        return show_with(task, error)
    flash("Saved.", "ok")
    return redirect(f"/tasks/{found.number}", 303)


def show_with(number: str, error: Invalid | Conflict | None = None) -> Response:
    """Show a task, and what was wrong with what its page sent."""
    with reading() as session:
        task = get_task(session, number)
        answers = list_answers(session, task.id)
        signatures = {
            one.item_key: load_signature(session, one.signature_sha256)
            for one in answers
            if one.signature_sha256
        }
        costs = list_task_costs(session, task.id)
        parts = list_item_choices(session) if task.asset_tag else []
        users = session.execute(
            select(User.email, User.name).where(User.is_active).order_by(User.name)
        ).all()
    newest = {one.item_key: one for one in answers if one.item_key}
    # While the asset is in maintenance, a scan ends it.
    runs = (
        task.kind.facts.by_scans
        and not task.is_planned
        and task.asset_status is Stage.IN_MAINTENANCE
    )
    steps = [
        (state, TASK_STATES[state])
        for state in TaskState
        if state in task.kind.facts.steps[task.state] and (state.facts.is_open or not runs)
    ]
    return page(
        "lifecycle/task.html",
        task=task,
        newest=newest,
        signatures=signatures,
        costs=costs,
        parts=parts,
        expense_kinds=EXPENSE_KINDS,
        say_money=say_money,
        currency=current_organisation().currency,
        notes=[one for one in answers if one.note],
        steps=steps,
        users=[(email, name) for email, name in users],
        new_uuid=uuid4,
        form=request.form,
        **describe_problem(error, conflict_field="state"),
    )


def read_uuid(text: str) -> UUID:
    """Return the id that a form sends, a new one if it sends none."""
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

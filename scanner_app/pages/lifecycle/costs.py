"""Parts and cost of a task, as its page books them."""

from __future__ import annotations

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.costs.expenses import ExpenseKind
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.lifecycle.tasks import TaskKind
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.pages.lifecycle._blueprint import blueprint
from scanner_app.pages.lifecycle.tasks import read_uuid, show_with
from scanner_app.queries.lifecycle.tasks import get_task
from scanner_app.services.costs.expenses import read_expense
from scanner_app.services.costs.tasks import add_task_cost, use_part
from scanner_app.storage.database import reading, transact


@blueprint.post("/<task>/parts")
@allow(Action.CHANGE_CUSTODY)
def take_part(task: str) -> Response:
    """Take a part out of stock for a task."""
    actor, form = require_actor(), request.form
    with reading() as session:
        found = get_task(session, task)
    number = form.get("quantity", "").strip()
    try:
        transact(
            lambda s: use_part(
                s,
                task_id=found.id,
                uuid=read_uuid(form.get("uuid", "")),
                item=form.get("part", "").strip()[:64],
                quantity=int(number) if number.isascii() and number.isdigit() else 0,
                location=form.get("from", "").strip()[:64],
                today=today_here(),
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return show_with(task, error)
    flash("Booked.", "ok")
    return redirect(f"/tasks/{found.number}", 303)


@blueprint.post("/<task>/costs")
@allow(Action.CHANGE_CUSTODY)
def add_cost(task: str) -> Response:
    """Add what was paid for a task."""
    actor, form = require_actor(), request.form
    with reading() as session:
        found = get_task(session, task)
    is_deployment = found.kind is TaskKind.DEPLOYMENT
    kind = ExpenseKind.DEPLOYMENT if is_deployment else ExpenseKind.MAINTENANCE
    given = {
        "kind": kind.value,
        "on": today_here().isoformat(),
        "amount": form.get("amount", ""),
        "currency": form.get("currency", "").strip() or current_organisation().currency,
        "note": form.get("cost_note", ""),
    }
    try:
        expense, note = read_expense(given)
        transact(
            lambda s: add_task_cost(
                s,
                task_id=found.id,
                uuid=read_uuid(form.get("uuid", "")),
                expense=expense,
                note=note,
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return show_with(task, error)
    flash("Booked.", "ok")
    return redirect(f"/tasks/{found.number}", 303)

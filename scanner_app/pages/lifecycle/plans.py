"""Plans of recurring maintenance."""

from __future__ import annotations

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.lifecycle._blueprint import blueprint
from scanner_app.queries.lifecycle.plans import list_plans
from scanner_app.queries.register.assets import list_categories, list_model_names
from scanner_app.services.lifecycle.plans import add_plan, switch_plan
from scanner_app.storage.database import reading, transact


@blueprint.get("/plans")
@allow(Action.MANAGE_LENDING)
def show_plans() -> Response:
    """Show the plans of recurring maintenance."""
    return _show()


@blueprint.post("/plans")
@allow(Action.MANAGE_LENDING)
def change_plan() -> Response:
    """Add a plan."""
    actor, form = require_actor(), request.form

    def save(session: Session) -> None:
        add_plan(session, form, actor=actor, now=g.now)
        note_change(session, Thing.PLAN, Step.ADDED, " ".join(form.get("name", "").split()))

    try:
        transact(save)
    except (Invalid, Conflict) as error:
        return _show(error)
    flash("Saved. Its tasks are opened as their day comes.", "ok")
    return redirect("/tasks/plans", 303)


@blueprint.post("/plans/<id:plan_id>/state")
@allow(Action.MANAGE_LENDING)
def switch(plan_id: int) -> Response:
    """Switch a plan on or off."""
    is_active = request.form.get("active") == "on"

    def save(session: Session) -> None:
        name = switch_plan(session, plan_id=plan_id, is_active=is_active)
        step = Step.SWITCHED_ON if is_active else Step.SWITCHED_OFF
        note_change(session, Thing.PLAN, step, name)

    transact(save)
    return redirect("/tasks/plans", 303)


def _show(error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        return page(
            "lifecycle/plans.html",
            plans=list_plans(session),
            categories=list_categories(session),
            models=list_model_names(session),
            form=request.form,
            **describe_problem(error),
        )

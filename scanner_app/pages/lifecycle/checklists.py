"""The checklists that tasks take their items from."""

from __future__ import annotations

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Invalid
from scanner_app.domain.lifecycle.checklists import (
    CHECKLIST_KINDS,
    ITEM_TYPES,
    ChecklistKind,
    write_items,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.lifecycle._blueprint import blueprint
from scanner_app.queries.lifecycle.tasks import list_checklists
from scanner_app.queries.register.assets import list_categories, list_model_names
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.storage.database import reading, transact


@blueprint.get("/checklists")
@allow(Action.MANAGE_LENDING)
def show_checklists() -> Response:
    """Show the checklists, by what they are for."""
    return _show()


@blueprint.post("/checklists")
@allow(Action.MANAGE_LENDING)
def change_checklist() -> Response:
    """Set the items that a new task of a category or a model starts with."""
    actor, form = require_actor(), request.form
    category, text = form.get("category", "")[:255], form.get("items", "")[:20_000]
    model, kind = form.get("model", "")[:255], form.get("kind", ChecklistKind.MAINTENANCE)

    def save(session: Session) -> None:
        if kind not in set(ChecklistKind):
            problem = "Choose what it is for."
            raise Invalid(problem, errors={"kind": [problem]})
        save_checklist(
            session,
            kind=ChecklistKind(kind),
            category=category,
            model=model,
            text=text,
            actor=actor,
            now=g.now,
        )
        name = f"{kind}, {category or model or 'all categories'}"
        note_change(session, Thing.CHECKLIST, Step.CHANGED, name)

    try:
        transact(save)
    except Invalid as error:
        return _show(error)
    flash("Saved. Tasks that run keep their items.", "ok")
    return redirect("/tasks/checklists", 303)


def _show(error: Invalid | None = None) -> Response:
    with reading() as session:
        return page(
            "lifecycle/checklists.html",
            checklists=[(row, write_items(row.items)) for row in list_checklists(session)],
            categories=list_categories(session),
            models=list_model_names(session),
            kinds=[(kind.value, label) for kind, label in CHECKLIST_KINDS.items()],
            types=[row for row in ITEM_TYPES.values() if row.sample],
            form=request.form,
            **describe_problem(error),
        )

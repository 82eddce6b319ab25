"""The table of status names, for admins: what imported files call our statuses."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.wrappers import Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.edge.guard import allow
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.queries.imports.runs import list_status_names
from scanner_app.services.imports import status_names
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("statuses", __name__, url_prefix="/admin/statuses")


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def list_statuses() -> Response:
    """Show the table and the form for a new name."""
    return show_list()


def show_list(
    errors: dict[str, list[str]] | None = None, name: str = "", stage: str = "", status: int = 200
) -> Response:
    """Show the table, with what was wrong in the form."""
    with reading() as session:
        names = list_status_names(session)
    return page(
        "imports/status_names.html",
        status=status,
        names=names,
        stages=[(stage.value, LABELS[stage]) for stage in Stage],
        errors=errors or {},
        name=name,
        stage=stage,
    )


@blueprint.post("")
@allow(Action.MANAGE_SETTINGS)
def add_status() -> WerkzeugResponse:
    """Add a name."""
    name, stage = request.form.get("name", ""), request.form.get("stage", "")

    def add(session: Session) -> str:
        key = status_names.add_status_name(session, name=name, stage=stage)
        note_change(session, Thing.STATUS_NAME, Step.ADDED, key, {"means": ("", stage)})
        return key

    try:
        key = transact(add)
    except Conflict as error:
        return show_list({"name": [error.message]}, name, stage, 409)
    except Invalid as error:
        return show_list(error.errors, name, stage, 422)
    flash(f"“{key}” now means {LABELS[Stage(stage)].lower()}.", "ok")
    return redirect(url_for("statuses.list_statuses"), 303)


@blueprint.post("/<int:name_id>")
@allow(Action.MANAGE_SETTINGS)
def change_status(name_id: int) -> WerkzeugResponse:
    """Change what a name means."""
    require_row_id(name_id)
    stage = request.form.get("stage", "")

    def save(session: Session) -> None:
        key, before = status_names.change_status_name(session, name_id=name_id, stage=stage)
        note_change(session, Thing.STATUS_NAME, Step.CHANGED, key, {"means": (before, stage)})

    transact(save)
    flash("The status name was changed. The next import uses it.", "ok")
    return redirect(url_for("statuses.list_statuses"), 303)


@blueprint.post("/<int:name_id>/removal")
@allow(Action.MANAGE_SETTINGS)
def remove_status(name_id: int) -> WerkzeugResponse:
    """Remove a name."""
    require_row_id(name_id)

    def remove(session: Session) -> str:
        key = status_names.remove_status_name(session, name_id=name_id)
        note_change(session, Thing.STATUS_NAME, Step.REMOVED, key)
        return key

    key = transact(remove)
    flash(f"“{key}” was removed.", "ok")
    return redirect(url_for("statuses.list_statuses"), 303)


def require_row_id(name_id: int) -> None:
    """Raise unless a row can have this number; PostgreSQL would raise another error."""
    if name_id > MAX_ID:
        raise NotFound("That status name does not exist.")

"""The table of status names, for admins: what imported files call our lifecycle stages."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.wrappers import Response
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle import LABELS, Stage
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.queries import imports as queries
from scanner_app.services import import_statuses
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("statuses", __name__, url_prefix="/admin/statuses")
LARGEST_ID = 2**31 - 1


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def list_statuses() -> Response:
    """Show the table and the form for a new name."""
    return show_list()


def show_list(
    errors: dict[str, list[str]] | None = None, name: str = "", stage: str = "", status: int = 200
) -> Response:
    with reading() as session:
        names = queries.list_status_names(session)
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
    try:
        key = transact(
            lambda session: import_statuses.add_status_name(session, name=name, stage=stage)
        )
    except Conflict as error:
        return show_list({"name": [error.message]}, name, stage, 409)
    except Invalid as error:
        return show_list(error.errors, name, stage, 422)
    flash(f"“{key}” now means {LABELS[Stage(stage)].lower()}.", "ok")
    return redirect(url_for("statuses.list_statuses"), 303)


@blueprint.post("/<int:name_id>")
@allow(Action.MANAGE_SETTINGS)
def change_status(name_id: int) -> WerkzeugResponse:
    """Let a name mean another stage."""
    check_id(name_id)
    stage = request.form.get("stage", "")
    transact(
        lambda session: import_statuses.change_status_name(session, name_id=name_id, stage=stage)
    )
    flash("The status name was changed. It counts from the next import.", "ok")
    return redirect(url_for("statuses.list_statuses"), 303)


@blueprint.post("/<int:name_id>/removal")
@allow(Action.MANAGE_SETTINGS)
def remove_status(name_id: int) -> WerkzeugResponse:
    """Forget a name."""
    check_id(name_id)
    key = transact(lambda session: import_statuses.remove_status_name(session, name_id=name_id))
    flash(f"“{key}” was taken off the table.", "ok")
    return redirect(url_for("statuses.list_statuses"), 303)


def check_id(name_id: int) -> None:
    if name_id > LARGEST_ID:  # PostgreSQL would raise on it
        raise NotFound("There is no such status name.")

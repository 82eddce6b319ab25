"""Who changed what in the set-up, for admins."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.queries.trail import list_changes
from scanner_app.storage.database import reading

blueprint = Blueprint("trail", __name__, url_prefix="/admin/trail")

SHOWN = 100


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def show() -> Response:
    """Show the changes, the newest first."""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None  # noqa: PLR2004 - a row's number
    with reading() as session:
        found = list_changes(
            session, before_id=min(before, MAX_ID) if before else None, limit=SHOWN
        )
    return page("trail.html", rows=found.rows, more=found.next)

"""Labels that are asked for: the list of who prints them, and the button of who walks the floor."""

from __future__ import annotations

from urllib.parse import quote

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict
from scanner_app.domain.labels.order import MAX_THINGS
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.labels._blueprint import blueprint
from scanner_app.queries.labels.requests import count_asked, list_asked
from scanner_app.queries.register.assets import get_asset
from scanner_app.services.labels.asked.requests import Asking, ask_for_labels, withdraw
from scanner_app.storage.database import reading, transact


@blueprint.get("/requests")
@allow(Action.PRINT_LABELS)
def show_asked() -> Response:
    """Show which labels wait to be printed."""
    with reading() as session:
        rows = list_asked(session, limit=MAX_THINGS)
        total = count_asked(session)
    return page("labels/requests.html", rows=rows, total=total)


@blueprint.post("/requests")
@allow(Action.SCAN)
def ask() -> Response:
    """Ask for the label of an asset. A second press asks for nothing more."""
    name, now = require_actor().name, g.now
    with reading() as session:
        asset = get_asset(session, request.form.get("asset_tag", "").strip()[:255])
    asked = [Asking(asset.id, now)]
    count = transact(lambda session: ask_for_labels(session, asked, actor=name))
    said = "A new label is asked for." if count else "A label is asked for already."
    flash(said, "ok")
    return redirect(f"/assets/{quote(asset.asset_tag, safe='')}", 303)


@blueprint.post("/requests/<id:request_id>/withdrawal")
@allow(Action.PRINT_LABELS)
def withdraw_one(request_id: int) -> Response:
    """Take a label off the list that nobody needs."""
    name, now = require_actor().name, g.now
    try:
        transact(lambda session: withdraw(session, request_id, actor=name, now=now))
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash("It is off the list.", "ok")
    return redirect("/labels/requests", 303)

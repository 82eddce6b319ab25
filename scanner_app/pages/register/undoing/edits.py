"""Taking an edit of many assets back, as one."""

from __future__ import annotations

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.scanning.many import UNDO_FOR
from scanner_app.edge.guard import allow, require_actor
from scanner_app.pages.register.many import read_action, show_report
from scanner_app.pages.register.sealed_edit import read_undo
from scanner_app.services.register.many import undo_many
from scanner_app.storage.database import transact

blueprint = Blueprint("many_undo", __name__, url_prefix="/many/assets")


@blueprint.post("/undo-edit")
@allow(Action.EDIT_REGISTER)
def undo_edit() -> Response:
    """Take an edit of many assets back, asset by asset."""
    do, actor = read_action(), require_actor()
    undo = read_undo(request.form.get("undo", ""))
    if undo.made_by != actor.key:
        raise Invalid("Only who made this edit can undo it here.")
    if g.now - undo.at > UNDO_FOR:
        raise Conflict(
            "An edit of many can be undone for an hour. Change the assets again instead.",
            code="undo_too_late",
        )
    results = transact(
        lambda s: undo_many(s, assets=undo.assets, since=undo.at, actor=actor, now=g.now)
    )
    return show_report(do, [one.asset_id for one in undo.assets], results, is_undo=True)

"""Saved views: a list with its filters under a name and an address."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.register.saved_views import get_view
from scanner_app.services.register.saved_views import LISTS, remove_view, save_view
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("views", __name__, url_prefix="/views")


def _list_path(list_: str, query: str) -> str:
    return f"/{list_}?{query}".rstrip("?")


@blueprint.post("")
@allow(Action.READ_REGISTER)
def save() -> Response:
    """Save the list of the form under its name."""
    actor, form = require_actor(), request.form
    list_ = form.get("list", "") if form.get("list") in LISTS else LISTS[0]
    query = form.get("query", "")
    try:
        transact(
            lambda session: save_view(
                session,
                list_=list_,
                name=form.get("name", ""),
                query=query,
                is_shared=form.get("shared") == "yes",
                actor=actor,
                now=g.now,
            )
        )
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(f"The view “{form.get('name', '').strip()}” is saved.", "ok")
    return redirect(_list_path(list_, query), 303)


@blueprint.get("/<id:view_id>")
@allow(Action.READ_REGISTER)
def show(view_id: int) -> Response:
    """Go to the list of a view."""
    with reading() as session:
        view = get_view(session, view_id, user_id=require_actor().user_id or 0)
    return redirect(_list_path(view.list, view.query), 303)


@blueprint.post("/<id:view_id>/removal")
@allow(Action.READ_REGISTER)
def remove(view_id: int) -> Response:
    """Remove a view."""
    actor = require_actor()
    with reading() as session:
        view = get_view(session, view_id, user_id=actor.user_id or 0)
    name = transact(lambda session: remove_view(session, view_id=view_id, actor=actor))
    flash(f"The view “{name}” is removed.", "ok")
    return redirect(_list_path(view.list, view.query), 303)

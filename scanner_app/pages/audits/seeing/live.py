"""The board of an audit for the desk that watches while people count."""

from __future__ import annotations

from flask import g, make_response, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.accuracy import count_found
from scanner_app.domain.audits.rounds.steps import PLACE_STATES
from scanner_app.domain.audits.states import AuditState
from scanner_app.edge.audits.board import current_board
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint

# More locations than this are no board: the rest is behind the tabs of its states.
MAX_PLACES = 60
# What is being done first, then what is left to do.
ORDER = ("recount", "counting", "new", "counted", "signed_off")


@blueprint.get("/<id:audit_id>/live")
@allow(Action.READ_AUDITS)
def show_live(audit_id: int) -> Response:
    """Show the board. For htmx, which has one, answer 204 while it is as it was.

    Once counting has ended, the page is told so: the board alone may be as it was.
    """
    audit, board = current_board(audit_id, require_actor(), now=g.now)
    if audit.state is AuditState.DRAFT:
        return redirect(f"/audits/{audit_id}", 303)
    is_asking = request.headers.get("HX-Request") == "true" and audit.state is AuditState.COUNTING
    if is_asking and request.args.get("have") == board.revision:
        return make_response("", 204)
    places = sorted(board.places, key=lambda one: (not one.people, ORDER.index(one.state.value)))
    counted = board.count_places()
    return page(
        "audits/live.html",
        block="live",
        audit=audit,
        board=board,
        found=count_found(dict(board.counts)),
        states=[(row, counted[state]) for state, row in PLACE_STATES.items() if counted[state]],
        places=places[:MAX_PLACES],
    )

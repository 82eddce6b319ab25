"""The floors of an audit, each room in the state of its count, for a desk that watches."""

from __future__ import annotations

from flask import g, make_response, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.seeing.floors import FloorBand, FloorPicture, StateLegend
from scanner_app.domain.audits.states import AuditState
from scanner_app.edge.audits.board import current_board
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.seeing.floors import AuditFloor, list_floors
from scanner_app.storage.database import reading


@blueprint.get("/<id:audit_id>/floors")
@allow(Action.READ_AUDITS)
def show_floors(audit_id: int) -> Response:
    """Show the floors. For htmx, which has them, answer 204 while they are as they were.

    Once counting has ended, the page is told so: the board alone may be as it was.
    """
    audit, board = current_board(audit_id, require_actor(), now=g.now)
    if audit.state is AuditState.DRAFT:
        return redirect(f"/audits/{audit_id}", 303)
    is_asking = request.headers.get("HX-Request") == "true" and audit.state is AuditState.COUNTING
    if is_asking and request.args.get("have") == board.revision:
        return make_response("", 204)
    with reading() as session:
        floors = list_floors(session, audit_id, board)
    return page(
        "audits/floors.html",
        block="live",
        audit=audit,
        board=board,
        legend=StateLegend(),
        floors=[(floor, *_draw(floor)) for floor in floors],
    )


def _draw(floor: AuditFloor) -> tuple[FloorPicture | None, FloorBand | None]:
    """Return the rooms on the picture of their floor, and as tiles those that are not on it."""
    drawn = tuple(room for room in floor.rooms if floor.picture and room.corners)
    rest = tuple(room for room in floor.rooms if room not in drawn)
    picture = None
    if floor.picture is not None and drawn:
        picture = FloorPicture(floor.name, drawn, floor.picture.width, floor.picture.height)
    return picture, FloorBand(floor.name, rest) if rest else None

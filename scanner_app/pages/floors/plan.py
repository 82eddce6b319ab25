"""The plan of a floor: its rooms in colour, and the page on which an admin draws them."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.floors.figures import SHADINGS, RoomFigures, Shading
from scanner_app.domain.floors.outlines import MAX_CORNERS, SCALE, show_corners
from scanner_app.domain.floors.plots import FloorLegend, FloorMap, FloorTiles
from scanner_app.domain.plots.shapes import Plot
from scanner_app.edge.floors.keep import ACCEPT, keep_plan, send_plan
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.register.locations import location_path
from scanner_app.queries.floors.floor import Floor, find_plan, load_floor
from scanner_app.queries.register import locations as places
from scanner_app.services.floors.plans import draw_room, remove_plan, set_plan
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("floor_pages", __name__)


@blueprint.get("/locations/<path:code>/plan")
@allow(Action.READ_REGISTER)
def show(code: str) -> Response:
    """Show a floor with its rooms coloured by what `by` names."""
    place, floor = _load(code)
    shadings = [s for s in Shading if s is not Shading.AUDIT or floor.audit is not None]
    asked = request.args.get("by", "")
    shading = Shading(asked) if asked in list(shadings) else shadings[0]
    leads = {room.code: _lead(room, shading, floor) for room in floor.rooms}
    drawn = tuple(room for room in floor.rooms if room.corners)
    rest = tuple(room for room in floor.rooms if not (floor.plan and room.corners))
    plan: Plot | None = None
    if floor.plan is not None:
        plan = FloorMap(place.name, drawn, shading, floor.plan.width, floor.plan.height, leads)
    with reading() as session:
        around = places.list_ancestors(session, place.path)
    return page(
        "floors/show.html",
        place=place,
        path=location_path(place.code),
        around=around,
        plan=plan,
        tiles=FloorTiles(place.name, rest, shading, leads) if rest else None,
        legend=FloorLegend(shading),
        shading=SHADINGS[shading],
        shadings=[SHADINGS[one] for one in shadings],
        audit=floor.audit,
    )


@blueprint.get("/locations/<path:code>/plan/picture")
@allow(Action.READ_REGISTER)
def send_picture(code: str) -> Response:
    """Send the picture of a floor."""
    with reading() as session:
        plan = find_plan(session, places.get_location(session, code).id)
    if plan is None:
        raise NotFound("This location has no floor plan.")
    return send_plan(plan)


@blueprint.get("/locations/<path:code>/plan/edit")
@allow(Action.EDIT_REGISTER)
def show_edit(code: str) -> Response:
    """Show the picture with its outlines, to draw one more."""
    return _show_edit(code)


@blueprint.post("/locations/<path:code>/plan/edit")
@allow(Action.EDIT_REGISTER)
def edit(code: str) -> Response:
    """Add a picture, take it away, or draw one room."""
    steps = {"picture": _add_picture, "remove": _remove_picture, "erase": _erase}
    step = request.form.get("step", "")
    try:
        done = steps.get(step, _draw)(code)
    except Invalid as error:
        return _show_edit(code, error)
    flash(done, "ok")
    return redirect(f"{location_path(code)}/plan{'' if step == 'remove' else '/edit'}", 303)


def _add_picture(code: str) -> str:
    actor, file = require_actor(), keep_plan()

    def add(session: Session) -> None:
        set_plan(session, code=code, file=file, actor=actor, now=g.now)
        note_change(session, Thing.FLOOR_PLAN, Step.ADDED, f"{code}, {file.filename}")

    transact(add)
    return "The picture is added. Tap the corners of each room on it."


def _remove_picture(code: str) -> str:
    def remove(session: Session) -> None:
        remove_plan(session, code=code)
        note_change(session, Thing.FLOOR_PLAN, Step.REMOVED, code)

    transact(remove)
    return "The floor plan is gone. The rooms are shown as tiles."


def _erase(code: str) -> str:
    _set_outline(code, "")
    return "The outline is gone."


def _draw(code: str) -> str:
    corners = request.form.get("corners", "")
    if not corners.strip():
        message = "Tap at least three corners of the room on the picture."
        raise Invalid(message, code="bad_outline", errors={"corners": [message]})
    _set_outline(code, corners)
    return "The room is drawn."


def _set_outline(code: str, corners: str) -> None:
    actor, room = require_actor(), request.form.get("room", "")
    transact(
        lambda s: draw_room(s, code=code, room_code=room, corners=corners, actor=actor, now=g.now)
    )


def _show_edit(code: str, error: Invalid | None = None) -> Response:
    place, floor = _load(code)
    asked = request.form.get("room") or request.args.get("room", "")
    by_code = {room.code: room for room in floor.rooms}
    undrawn = [room for room in floor.rooms if not room.corners]
    room = by_code.get(asked) or (undrawn[0] if undrawn else None)
    kept = show_corners(room.corners) if room else ""
    return page(
        "floors/edit.html",
        place=place,
        path=location_path(place.code),
        floor=floor,
        room=room,
        corners=request.form.get("corners", kept) if error else kept,
        scale=SCALE,
        max_corners=MAX_CORNERS,
        outlines=[(one, show_corners(one.corners)) for one in floor.rooms if one.corners],
        accept=ACCEPT,
        **describe_problem(error),
    )


def _load(code: str) -> tuple[places.LocationRow, Floor]:
    with reading() as session:
        place = places.get_location(session, code)
        may_run = require_actor().can(Action.RUN_AUDITS)
        return place, load_floor(session, place, may_run=may_run, now=g.now)


def _lead(room: RoomFigures, shading: Shading, floor: Floor) -> str:
    """Return the list that the figure of a room counts."""
    if shading is Shading.AUDIT and floor.audit is not None:
        return f"/audits/{floor.audit.id}/rooms/{room.location_id}"
    return f"/assets?location={quote(room.code, safe='')}"

"""Set the picture of a floor, and draw the rooms on it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.floors.outlines import read_corners, show_corners
from scanner_app.models import FloorPlan, Location, RoomOutline
from scanner_app.queries.register.locations import get_location


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A picture that is in the store already."""

    sha256: str
    media_type: str
    filename: str
    width: int
    height: int


def set_plan(session: Session, *, code: str, file: PlanFile, actor: Actor, now: datetime) -> None:
    """Set the picture of a location, in place of the one that it has. Outlines of rooms stay.

    :raises NotFound: no location has this code.
    """
    place = get_location(session, code)
    plan = _find_plan(session, place.id)
    if plan is None:
        plan = FloorPlan(location_id=place.id)
        session.add(plan)
    for field in fields(file):
        setattr(plan, field.name, getattr(file, field.name))
    plan.added_at, plan.actor, plan.actor_name = now, actor.key, actor.name
    session.flush()


def remove_plan(session: Session, *, code: str) -> int:
    """Take the picture of a location away with its outlines, and return how many there were.

    :raises NotFound: no location has this code, or it has no picture.
    """
    plan = _require_plan(session, get_location(session, code).id)
    outlines = session.execute(delete(RoomOutline).where(RoomOutline.plan_id == plan.id))
    session.delete(plan)
    session.flush()
    return int(outlines.rowcount)  # type: ignore[attr-defined] # of a DELETE


def draw_room(
    session: Session, *, code: str, room_code: str, corners: str, actor: Actor, now: datetime
) -> None:
    """Draw a room on the plan of the location around it, in place of its outline before.

    :param corners: as `read_corners` reads them; empty takes the outline away.
    :raises NotFound: a location does not exist, or the outer one has no picture.
    :raises Invalid: the room is not directly inside, or the corners are no outline.
    """
    floor, room = get_location(session, code), get_location(session, room_code)
    plan = _require_plan(session, floor.id)
    if session.scalar(select(Location.parent_id).where(Location.id == room.id)) != floor.id:
        message = f"“{room.name}” is not directly inside “{floor.name}”."
        raise Invalid(message, code="not_inside", errors={"room": [message]})
    outline = session.get(RoomOutline, room.id)
    if not corners.strip():
        if outline is not None:
            session.delete(outline)
        return
    kept = show_corners(read_corners(corners))
    if outline is None:
        outline = RoomOutline(location_id=room.id)
        session.add(outline)
    outline.plan_id, outline.corners, outline.drawn_at = plan.id, kept, now
    outline.actor, outline.actor_name = actor.key, actor.name
    session.flush()


def _find_plan(session: Session, location_id: int) -> FloorPlan | None:
    return session.scalar(select(FloorPlan).where(FloorPlan.location_id == location_id))


def _require_plan(session: Session, location_id: int) -> FloorPlan:
    plan = _find_plan(session, location_id)
    if plan is None:
        raise NotFound("This location has no floor plan. Add a picture first.")
    return plan

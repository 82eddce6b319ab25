"""The floors on which an audit counts: which room each location of its board is in, and where."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.policy import PlaceDepth
from scanner_app.domain.audits.seeing.board import Board, BoardPlace
from scanner_app.domain.audits.seeing.floors import FloorRoom, Part
from scanner_app.domain.floors.outlines import Corner, read_corners
from scanner_app.models import FloorPlan, Location, RoomOutline

ROOM, FLOOR = PlaceDepth.ROOM.value, PlaceDepth.FLOOR.value


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of a floor: its size in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class AuditFloor:
    """One floor with the rooms that an audit counts there.

    :param around: the names of what the floor is in.
    """

    code: str
    name: str
    around: str
    rooms: tuple[FloorRoom, ...]
    picture: Picture | None


def list_floors(session: Session, audit_id: int, board: Board) -> list[AuditFloor]:
    """Return the floors of a board, the top floor of each building first."""
    tree = _load_tree(session, [place.location_id for place in board.places])
    by_room: dict[int, list[BoardPlace]] = defaultdict(list)
    for place in board.places:
        if place.location_id in tree:
            by_room[_find_up(tree, place.location_id, ROOM)].append(place)
    by_floor: dict[int, list[int]] = defaultdict(list)
    for room in by_room:
        by_floor[_find_floor(tree, room)].append(room)
    pictures, outlines = _load_pictures(session, by_floor)
    floors = []
    for id_, rooms in by_floor.items():
        row = tree[id_]
        shown = tuple(
            _show_room(audit_id, tree[room], by_room[room], outlines.get(room, ()))
            for room in sorted(rooms, key=lambda one: natural(tree[one].code))
        )
        around = row.full_name.rpartition(" / ")[0]
        floors.append(AuditFloor(row.code, row.name, around, shown, pictures.get(id_)))
    # Twice: sorting keeps the order of equals, so floors fall within buildings that rise.
    floors.sort(key=lambda one: natural(one.code), reverse=True)
    return sorted(floors, key=lambda one: one.around)


def natural(code: str) -> list[tuple[int, str]]:
    """Return a key by which `R-2` comes before `R-10`."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part.casefold())
        for part in re.split(r"(\d{1,15})", code)
        if part
    ]


def _show_room(
    audit_id: int, row: Any, places: Iterable[BoardPlace], corners: tuple[Corner, ...]
) -> FloorRoom:
    parts = {
        place.location_id: Part(place.name, place.state, place.expected, place.seen)
        for place in places
    }
    racks = {id_: part for id_, part in parts.items() if id_ != row.id}
    people = {name for place in places for name in place.people}
    return FloorRoom(
        row.code,
        row.name,
        tuple(parts.values()),
        tuple(racks.values()),
        tuple(sorted(people)),
        corners,
        f"/audits/{audit_id}/rooms/{row.id}",
    )


def _load_tree(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Return these locations and all that contain them, by id."""
    columns = (
        Location.id, Location.code, Location.name, Location.full_name, Location.kind, Location.path,
    )  # fmt: skip
    # In one select: there are a few thousand at most, and it is asked once for each new board.
    rows = {row.id: row for row in session.execute(select(*columns))}
    wanted = {part for id_ in ids if id_ in rows for part in _parts(rows[id_])}
    return {id_: rows[id_] for id_ in wanted}


def _parts(row: Any) -> list[int]:
    return [int(part) for part in row.path.strip("/").split("/")]


def _find_up(tree: Mapping[int, Any], location_id: int, kind: str) -> int:
    """Return the nearest location of a kind that this one is or is in; itself if there is none."""
    above = (part for part in reversed(_parts(tree[location_id])) if tree[part].kind == kind)
    return next(above, location_id)


def _find_floor(tree: Mapping[int, Any], room: int) -> int:
    """Return the floor that a room is on; without one, what it is directly in."""
    floor = _find_up(tree, room, FLOOR)
    if tree[floor].kind == FLOOR:
        return floor
    return ([room, *_parts(tree[room])[:-1]])[-1]


def _load_pictures(
    session: Session, floors: Iterable[int]
) -> tuple[dict[int, Picture], dict[int, tuple[Corner, ...]]]:
    plans = session.execute(
        select(FloorPlan.id, FloorPlan.location_id, FloorPlan.width, FloorPlan.height).where(
            FloorPlan.location_id.in_([*floors])
        )
    ).all()
    rows = session.execute(
        select(RoomOutline.location_id, RoomOutline.corners).where(
            RoomOutline.plan_id.in_([plan.id for plan in plans])
        )
    )
    outlines = {id_: read_corners(corners) for id_, corners in rows}
    return {plan.location_id: Picture(plan.width, plan.height) for plan in plans}, outlines

"""One floor as its plan shows it: the picture, the rooms with their outlines, and their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import AuditState, is_blind_for
from scanner_app.domain.floors.figures import RoomFigures
from scanner_app.domain.floors.outlines import Corner, read_corners
from scanner_app.domain.register.narrowing import AGES, Seen
from scanner_app.models import Asset, Audit, Finding, FloorPlan, Location, RoomOutline
from scanner_app.queries.register.locations import LocationRow
from scanner_app.queries.register.narrowing import is_of_age, is_there

_UNDER_WAY = (AuditState.COUNTING, AuditState.RECONCILING)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """The picture of a floor."""

    id: int
    sha256: str
    media_type: str
    filename: str
    width: int
    height: int
    added_at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class FloorAudit:
    """The newest audit under way that expects something on a floor."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor with its rooms, by name. `audit` None: none is under way that may be shown."""

    plan: PlanRow | None
    rooms: tuple[RoomFigures, ...]
    audit: FloorAudit | None


def find_plan(session: Session, location_id: int) -> PlanRow | None:
    """Return the picture of a location, None if it has none."""
    row = session.execute(
        select(
            FloorPlan.id,
            FloorPlan.sha256,
            FloorPlan.media_type,
            FloorPlan.filename,
            FloorPlan.width,
            FloorPlan.height,
            FloorPlan.added_at,
            FloorPlan.actor_name,
        ).where(FloorPlan.location_id == location_id)
    ).one_or_none()
    return None if row is None else PlanRow(*row)


def load_floor(session: Session, place: LocationRow, *, may_run: bool, now: datetime) -> Floor:
    """Return a floor: the locations directly inside a location, each with all that is in it.

    :param may_run: the reader runs audits; for others, a blind audit that is counted is left out.
    """
    plan = find_plan(session, place.id)
    outlines = _load_outlines(session, plan)
    inside = session.execute(
        select(Location.id, Location.code, Location.name, Location.path, Location.parent_id)
        .where(Location.path.startswith(place.path), Location.is_active)
        .order_by(Location.name, Location.code)
    ).all()
    ids = select(Location.id).where(Location.path.startswith(place.path))
    ages = _count_ages(session, ids, now)
    audit, counted = _count_audit(session, ids, may_run=may_run)
    rooms = []
    for room in inside:
        if room.parent_id != place.id:
            continue
        within = [other.id for other in inside if other.path.startswith(room.path)]
        rooms.append(
            RoomFigures(
                room.id,
                room.code,
                room.name,
                {seen: sum(ages.get(id_, {}).get(seen, 0) for id_ in within) for seen in AGES},
                sum(counted.get(id_, (0, 0))[0] for id_ in within),
                sum(counted.get(id_, (0, 0))[1] for id_ in within),
                outlines.get(room.id, ()),
            )
        )
    return Floor(plan, tuple(rooms), audit)


def _load_outlines(session: Session, plan: PlanRow | None) -> dict[int, tuple[Corner, ...]]:
    if plan is None:
        return {}
    rows = session.execute(
        select(RoomOutline.location_id, RoomOutline.corners).where(RoomOutline.plan_id == plan.id)
    )
    return {id_: read_corners(corners) for id_, corners in rows}


def _count_ages(
    session: Session, ids: Select[int], now: datetime
) -> dict[int | None, Mapping[Seen, int]]:
    counts = [func.sum(case((and_(*is_of_age(seen, now)), 1), else_=0)) for seen in AGES]
    rows = session.execute(
        select(Asset.location_id, *counts)
        .where(Asset.location_id.in_(ids), is_there())
        .group_by(Asset.location_id)
    )
    return {
        id_: {seen: int(number) for seen, number in zip(AGES, numbers, strict=True)}
        for id_, *numbers in rows
    }


def _count_audit(
    session: Session, ids: Select[int], *, may_run: bool
) -> tuple[FloorAudit | None, dict[int | None, tuple[int, int]]]:
    """Return the audit to show, and how many it expects in each location and has found."""
    audits = session.execute(
        select(Audit.id, Audit.name, Audit.is_blind, Audit.state)
        .where(Audit.state.in_(_UNDER_WAY))
        .order_by(Audit.id.desc())
    )
    for audit in audits:
        if is_blind_for(is_blind=audit.is_blind, state=audit.state, may_run=may_run):
            continue
        seen = func.sum(case((Finding.state != FindingState.MISSING, 1), else_=0))
        rows = session.execute(
            select(Finding.recorded_location_id, func.count(), seen)
            .where(
                Finding.audit_id == audit.id,
                Finding.is_expected,
                Finding.recorded_location_id.in_(ids),
            )
            .group_by(Finding.recorded_location_id)
        )
        counted = {id_: (expected, int(found)) for id_, expected, found in rows}
        if counted:
            return FloorAudit(audit.id, audit.name), counted
    return None, {}

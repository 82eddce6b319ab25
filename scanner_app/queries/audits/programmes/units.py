"""The locations that a rolling programme counts: what each holds, and when it was counted last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.policy import PlaceDepth, needs_sign_offs
from scanner_app.domain.audits.programmes.plan import ProgrammePlan
from scanner_app.domain.audits.programmes.rolling import (
    PlaceClass,
    Unit,
    Waiting,
    classify,
    stagger,
)
from scanner_app.domain.audits.sampling.plan import plan_of
from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Act, Asset, Audit, Location, ProgrammePlace, ProgrammeRound
from scanner_app.queries.audits.scope import scope_condition

ROOM = PlaceDepth.ROOM.value
# Counting is over in these: whatever was signed off stays so.
COUNTED = (AuditState.RECONCILING, AuditState.CLOSED)
# A location in one of these waits for its count, and no other round takes it.
UNDER_WAY = (AuditState.DRAFT, AuditState.COUNTING)


@dataclass(frozen=True, slots=True)
class Covered:
    """What a programme covers now.

    :param names: the name of each location, by its id.
    :param paths: the path of each, by its id.
    :param apart: assets that no round can take: recorded at a location that contains others.
    :param nowhere: assets without a location.
    """

    units: list[Unit] = field(default_factory=list)
    names: Mapping[int, str] = field(default_factory=dict)
    paths: Mapping[int, str] = field(default_factory=dict)
    apart: int = 0
    nowhere: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """One location of a rolling programme.

    :param counted_at: when it was really counted last; None: not yet.
    :param audit_id: the audit of this programme in which it waits for its count.
    """

    waiting: Waiting
    name: str
    counted_at: datetime | None
    audit_id: int | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """All that a rolling programme knows as of one moment."""

    covered: Covered
    classes: Mapping[int, PlaceClass]
    places: list[Place]
    joining: Mapping[int, datetime]


def load_coverage(
    session: Session, programme_id: int, plan: ProgrammePlan, *, at: datetime
) -> Coverage:
    """Return the locations of a programme with when they were counted last.

    :param at: from when on a location that it does not know yet counts as known.
    :raises Invalid: its scope names something that no longer exists.
    """
    covered = load_units(session, plan.scope, now=at)
    classes = classify(covered.units)
    rows = session.execute(
        select(ProgrammePlace.location_id, ProgrammePlace.counted_as_of).where(
            ProgrammePlace.programme_id == programme_id
        )
    )
    known = {row.location_id: row.counted_as_of for row in rows}
    new = [one.location_id for one in covered.units if one.location_id not in known]
    seed = seed_of(programme_id)
    joining = stagger(seed, new, classes, covered.units, plan.counts, at=at)
    counted = _load_counted(session, plan, covered.paths)
    under_way = _load_under_way(session, programme_id)
    places = []
    for unit in covered.units:
        id_ = unit.location_id
        real, as_of = counted.get(id_), known.get(id_) or joining[id_]
        waiting = Waiting(unit, classes[id_], max(real, as_of) if real else as_of)
        places.append(Place(waiting, covered.names[id_], real, under_way.get(id_)))
    return Coverage(covered, classes, places, joining)


def seed_of(programme_id: int) -> str:
    """Return what a programme's locations are put in order by."""
    return f"programme {programme_id}"


def load_units(session: Session, scope: Mapping[str, Any], *, now: datetime) -> Covered:
    """Return the locations that a scope covers, each as the room it is in.

    :raises Invalid: the scope names something that does not exist.
    """
    rows = session.execute(
        select(
            Asset.location_id,
            Asset.currency,
            func.count(Asset.id),
            func.sum(Asset.purchase_cost_cents),
        )
        .where(scope_condition(session, scope, now=now))
        .group_by(Asset.location_id, Asset.currency)
    ).all()
    tree = _load_tree(session, {row[0] for row in rows if row[0] is not None})
    assets: dict[int, int] = defaultdict(int)
    value: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    nowhere = 0
    for location_id, currency, count, cents in rows:
        if location_id is None:
            nowhere += count
            continue
        room = _find_room(tree, location_id)
        assets[room] += count
        if cents:
            value[room][currency or ""] += int(cents)
    # An audit of a location covers all that is inside, so one that contains others would take them.
    above = {part for id_ in assets for part in _parts(tree[id_].path)[:-1] if part in assets}
    units = [
        Unit(id_, tree[id_].code, count, dict(value[id_]))
        for id_, count in assets.items()
        if id_ not in above
    ]
    return Covered(
        sorted(units, key=lambda one: one.code),
        {one.location_id: tree[one.location_id].full_name for one in units},
        {one.location_id: tree[one.location_id].path for one in units},
        sum(assets[id_] for id_ in above),
        nowhere,
    )


def _load_tree(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Return these locations and all that contain them, by id."""
    columns = (Location.id, Location.code, Location.full_name, Location.kind, Location.path)
    # All of them in one select: there are a few thousand at most.
    rows = {row.id: row for row in session.execute(select(*columns))}
    wanted = {part for id_ in ids for part in _parts(rows[id_].path)}
    return {id_: rows[id_] for id_ in wanted}


def _parts(path: str) -> list[int]:
    return [int(part) for part in path.strip("/").split("/")]


def _find_room(tree: Mapping[int, Any], location_id: int) -> int:
    """Return the room that a location is or is in; itself where no room contains it."""
    rooms = (part for part in reversed(_parts(tree[location_id].path)) if tree[part].kind == ROOM)
    return next(rooms, location_id)


def _load_counted(
    session: Session, plan: ProgrammePlan, paths: Mapping[int, str]
) -> dict[int, datetime]:
    """Return when each location was signed off last, in audits that counted all that is there.

    These are the audits of the same scope apart from its locations that drew no sample, wanted a
    sign-off of each location, and are counted.
    """
    rows = session.execute(
        select(Audit.id, Audit.scope, Audit.plan, Audit.policy).where(Audit.state.in_(COUNTED))
    ).all()
    audits = [
        id_
        for id_, scope, audit_plan, policy in rows
        if _apart(scope) == _apart(plan.scope)
        and needs_sign_offs(policy)
        and not plan_of(audit_plan).is_sample
    ]
    signed: dict[int, datetime] = {}
    acts = session.execute(
        select(Act.about, Act.at)
        .where(Act.audit_id.in_(audits), Act.kind == ActKind.PLACE_SIGNED_OFF)
        .order_by(Act.id)
    )
    for about, at in acts:
        id_ = int(about["location_id"])
        signed[id_] = max(at, signed.get(id_, at))
    tree = _load_tree(session, signed)
    counted: dict[int, datetime] = {}
    for id_, at in signed.items():
        for part in _parts(tree[id_].path):
            if part in paths:
                counted[part] = max(at, counted.get(part, at))
    return counted


def _apart(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a scope says apart from its locations."""
    return {key: value for key, value in scope.items() if key != "locations" and value}


def _load_under_way(session: Session, programme_id: int) -> dict[int, int]:
    rows = session.execute(
        select(ProgrammeRound.places, ProgrammeRound.audit_id)
        .join(Audit, Audit.id == ProgrammeRound.audit_id)
        .where(ProgrammeRound.programme_id == programme_id, Audit.state.in_(UNDER_WAY))
    )
    return {int(place[0]): audit_id for places, audit_id in rows for place in places}

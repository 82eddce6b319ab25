"""How far each location of an audit is: its state, rounds, counters, and who it is given to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import ROLES, Action
from scanner_app.domain.audits.acts import SERVICE_KEY, ActKind
from scanner_app.domain.audits.rounds.steps import (
    PlaceAct,
    PlaceCount,
    PlaceEvent,
    PlaceState,
    fold_place,
)
from scanner_app.models import Act, Location, Scan, User
from scanner_app.queries.access import load_owners
from scanner_app.queries.audits.rooms import RoomRow, list_rooms, list_seen_rooms
from scanner_app.sql.conditions import counts_as_sighting

_ACTS = {
    ActKind.PLACE_COUNTED.value: PlaceAct.DONE,
    ActKind.PLACE_SIGNED_OFF.value: PlaceAct.SIGNED_OFF,
    ActKind.RECOUNT_ASKED.value: PlaceAct.RECOUNT_ASKED,
}
_KINDS = [ActKind.ASSIGNED, ActKind.PLACE_COUNTED, ActKind.PLACE_SIGNED_OFF, ActKind.RECOUNT_ASKED]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is to count a location, and by when."""

    people: dict[str, str] = field(default_factory=dict)
    due_on: str | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """One person's part of a location's count, in the round that is theirs."""

    person: str
    name: str
    round: int
    first_at: datetime
    last_at: datetime
    is_assigned: bool


@dataclass(frozen=True, slots=True)
class PlaceProgress:
    """One location in an audit.

    :param recounts: who was asked for each further count and why, oldest first.
    """

    room: RoomRow
    count: PlaceCount
    counters: list[Counter]
    assignment: Assignment
    recounts: list[PlaceEvent]

    @property
    def state(self) -> PlaceState:
        return self.count.state

    @property
    def is_asked_by_policy(self) -> bool:
        """Whether the policy has had it counted again."""
        return any(one.person == SERVICE_KEY for one in self.recounts)

    @property
    def is_by_others(self) -> bool:
        """Whether somebody to whom it is not given counted here in the round that goes on."""
        given = self.assignment.people
        now = [one for one in self.counters if one.round == self.count.round]
        return bool(given) and any(not one.is_assigned for one in now)


def load_places(
    session: Session, audit_id: int, *, shows_expected: bool = True
) -> list[PlaceProgress]:
    """Return the locations of an audit, in the order of the tree.

    These are the locations of the expected list, those where something was seen, and those that
    were given to somebody.

    :param shows_expected: False for who counts blind: then only what was counted says anything.
    """
    acts = _load_acts(session, audit_id)
    rooms = {r.location_id: r for r in list_rooms(session, audit_id)} if shows_expected else {}
    for room in list_seen_rooms(session, audit_id):
        rooms.setdefault(room.location_id, room)
    missing = [id_ for id_ in acts if id_ not in rooms]
    rooms |= {room.location_id: room for room in _load_rooms(session, missing)}
    wanted = {id_: room for id_, room in rooms.items() if id_ is not None}
    scans = _load_scans(session, audit_id, wanted)
    places = [
        _make_place(room, acts.get(id_, []), scans.get(id_, []), shows_expected)
        for id_, room in wanted.items()
    ]
    return sorted(places, key=lambda one: (one.room.full_name, one.room.location_id))


def find_place(
    session: Session, audit_id: int, location_id: int, *, shows_expected: bool = True
) -> PlaceProgress:
    """Return one location of an audit; one that nothing is known of is not started."""
    places = load_places(session, audit_id, shows_expected=shows_expected)
    found = next((one for one in places if one.room.location_id == location_id), None)
    if found is not None:
        return found
    [room] = _load_rooms(session, [location_id])
    return _make_place(room, [], [], shows_expected)


def list_scanning_users(session: Session) -> list[tuple[int, str]]:
    """Return the users who may count, with their ids, by name."""
    roles = [role for role, facts in ROLES.items() if Action.SCAN in facts.actions]
    rows = session.execute(
        select(User.id, User.name)
        .where(User.role.in_(roles), User.is_active)
        .order_by(User.name, User.id)
    )
    return [(id_, name) for id_, name in rows]


def _load_acts(session: Session, audit_id: int) -> dict[int, list[Any]]:
    rows = session.execute(
        select(Act.kind, Act.at, Act.actor, Act.actor_name, Act.person_key, Act.about, Act.text)
        .where(Act.audit_id == audit_id, Act.kind.in_(_KINDS))
        .order_by(Act.id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[int(row.about["location_id"])].append(row)
    return found


def _load_rooms(session: Session, ids: Sequence[int]) -> list[RoomRow]:
    rows = session.execute(
        select(Location.id, Location.code, Location.name, Location.full_name).where(
            Location.id.in_(ids)
        )
    )
    return [RoomRow(*row, expected=0, seen=0, undecided=0, label=row.full_name) for row in rows]


def _load_scans(
    session: Session, audit_id: int, wanted: Mapping[int, RoomRow]
) -> dict[int, list[PlaceEvent]]:
    """Return the first and the last scan of each person, by the location that they belong to.

    A scan belongs to its location and to each location of the audit that contains it.
    """
    rows = session.execute(
        select(
            Location.path,
            Scan.actor,
            func.max(Scan.actor_name),
            func.min(Scan.effective_at),
            func.max(Scan.effective_at),
        )
        .join(Location, Location.id == Scan.location_id)
        .where(Scan.audit_id == audit_id, counts_as_sighting())
        .group_by(Location.path, Scan.actor)
    ).all()
    owners = load_owners(session, {row[1] for row in rows})
    found: dict[int, list[PlaceEvent]] = defaultdict(list)
    for path, actor, name, first, last in rows:
        person = owners.get(actor, actor)
        for part in map(int, path.strip("/").split("/")):
            if part in wanted:
                found[part] += [
                    PlaceEvent(at, PlaceAct.SCAN, person, name) for at in sorted({first, last})
                ]
    return found


def _make_place(
    room: RoomRow, acts: Iterable[Any], scans: Sequence[PlaceEvent], shows_expected: bool
) -> PlaceProgress:
    assignment = Assignment()
    events = [*scans]
    for row in acts:
        if row.kind == ActKind.ASSIGNED:
            assignment = Assignment(row.about["people"], row.about.get("due_on"))
            continue
        person, is_empty = row.person_key or row.actor, bool(row.about.get("is_empty"))
        act = _ACTS[row.kind.value]
        events.append(PlaceEvent(row.at, act, person, row.actor_name, row.text, is_empty))
    is_all_seen = shows_expected and 0 < room.expected == room.seen
    count = fold_place(events, is_all_seen=is_all_seen)
    recounts = [one for one in events if one.act is PlaceAct.RECOUNT_ASKED]
    return PlaceProgress(
        room, count, _list_counters(scans, count, assignment), assignment, recounts
    )


def _list_counters(
    scans: Sequence[PlaceEvent], count: PlaceCount, assignment: Assignment
) -> list[Counter]:
    by_person: dict[str, list[PlaceEvent]] = defaultdict(list)
    for scan in scans:
        by_person[scan.person].append(scan)
    counters = [
        Counter(
            person,
            own[0].name,
            count.round_of(person) or 1,
            min(one.at for one in own),
            max(one.at for one in own),
            person in assignment.people,
        )
        for person, own in by_person.items()
    ]
    return sorted(counters, key=lambda one: (one.round, one.first_at))

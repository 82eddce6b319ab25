"""Two counts of one location, thing by thing, and what of an audit they disagree about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.rounds.comparison import Comparison, Thing, compare
from scanner_app.models import Act, ActFinding, Asset, Finding, Location, Scan
from scanner_app.queries.access import load_owners
from scanner_app.queries.audits.rounds.progress import PlaceProgress, load_places
from scanner_app.sql.conditions import counts_as_sighting

COMPARED_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class ComparedPlace:
    """A location that was counted twice. Names are tags, or codes that no asset has."""

    place: PlaceProgress
    comparison: Comparison
    names: dict[Thing, str]

    def name_all(self, things: Sequence[Thing] | frozenset[Thing]) -> list[str]:
        return sorted(self.names[thing] for thing in things)


def compare_place(session: Session, audit_id: int, place: PlaceProgress) -> ComparedPlace | None:
    """Return the first two counts of a location, None until it was counted twice."""
    return next(iter(_compare_all(session, audit_id, [place])), None)


def _compare_all(
    session: Session, audit_id: int, places: Iterable[PlaceProgress], *conditions: Any
) -> list[ComparedPlace]:
    """Return the first two counts of each location that was counted twice, by one select.

    :param conditions: which scans are compared; all if there are none.
    """
    twice = {one.room.location_id or 0: one for one in places if one.count.round >= COMPARED_ROUNDS}
    within = _find_containers(session, twice)
    if not within:
        return []
    rows = session.execute(
        select(
            Scan.location_id, Scan.asset_id, Scan.code_key, Scan.code, Asset.asset_tag, Scan.actor
        )
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .where(
            Scan.audit_id == audit_id,
            Scan.location_id.in_(sorted(within)),
            counts_as_sighting(),
            *conditions,
        )
    ).all()
    owners = load_owners(session, {row.actor for row in rows})
    seen: dict[int, dict[int, set[Thing]]] = {id_: {1: set(), 2: set()} for id_ in twice}
    names: dict[Thing, str] = {}
    for row in rows:
        thing: Thing = row.asset_id if row.asset_id is not None else row.code_key or ""
        names[thing] = row.asset_tag or row.code
        person = owners.get(row.actor, row.actor)
        for id_ in within[row.location_id]:
            number = twice[id_].count.round_of(person)
            if number in seen[id_]:
                seen[id_][number].add(thing)
    return [
        ComparedPlace(place, compare(seen[id_][1], seen[id_][2]), names)
        for id_, place in twice.items()
    ]


def _find_containers(session: Session, wanted: Collection[int]) -> dict[int, list[int]]:
    """Return the locations inside the wanted ones, each with those of them that contain it."""
    if not wanted:
        return {}
    found: dict[int, list[int]] = {}
    for id_, path in session.execute(select(Location.id, Location.path)):
        above = [part for part in map(int, path.strip("/").split("/")) if part in wanted]
        if above:
            found[id_] = above
    return found


def list_compared(session: Session, audit_id: int, *conditions: Any) -> list[ComparedPlace]:
    """Return each location of an audit that was counted twice.

    :param conditions: which scans are compared; all if there are none.
    """
    if not _was_recounted(session, audit_id):
        return []
    return _compare_all(session, audit_id, load_places(session, audit_id), *conditions)


def find_disagreements(session: Session, audit_id: int, *conditions: Any) -> set[Thing]:
    """Return the assets that one count of a location saw and the other did not.

    A third count of the location has looked at them.
    """
    found: set[Thing] = set()
    for one in list_compared(session, audit_id, *conditions):
        if one.place.count.round == COMPARED_ROUNDS:
            found |= one.comparison.differing
    return found


def find_disagreeing(session: Session, audit_id: int, *conditions: Any) -> list[int]:
    """Return the findings of what one count saw and the other did not, of those asked about."""
    asked = select(Finding.asset_id).where(Finding.audit_id == audit_id, *conditions)
    # A late scan asks for one asset: its scans are found by the index of assets.
    scans = [Scan.asset_id.in_(asked)] if conditions else []
    things = find_disagreements(session, audit_id, *scans)
    assets = [thing for thing in things if isinstance(thing, int)]
    if not assets:
        return []
    statement = select(Finding.id).where(
        Finding.audit_id == audit_id, Finding.asset_id.in_(assets), *conditions
    )
    return list(session.scalars(statement))


def find_unlooked(session: Session, audit_id: int) -> dict[int, str]:
    """Return the tags of what two counts disagree about and nobody looked at, by finding.

    A comment about it is a look, and so is a decision about it: nobody decides it unseen among
    many others.
    """
    things = find_disagreements(session, audit_id)
    assets = [thing for thing in things if isinstance(thing, int)]
    if not assets:
        return {}
    looked = (
        select(ActFinding.finding_id)
        .join(Act, Act.id == ActFinding.act_id)
        .where(Act.audit_id == audit_id, Act.kind.in_([ActKind.COMMENTED, ActKind.DECIDED]))
    )
    rows = session.execute(
        select(Finding.id, Asset.asset_tag)
        .join(Asset, Asset.id == Finding.asset_id)
        .where(
            Finding.audit_id == audit_id, Finding.asset_id.in_(assets), Finding.id.not_in(looked)
        )
        .order_by(Asset.asset_tag)
    )
    return {id_: tag for id_, tag in rows}  # noqa: C416 - rows are no pairs


def _was_recounted(session: Session, audit_id: int) -> bool:
    recount = select(Act.id).where(Act.audit_id == audit_id, Act.kind == ActKind.RECOUNT_ASKED)
    return session.scalar(recount.limit(1)) is not None

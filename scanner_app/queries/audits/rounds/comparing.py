"""Two counts of one location, thing by thing, and what of an audit they disagree about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.rounds.comparison import Comparison, Thing, compare
from scanner_app.models import Act, ActFinding, Asset, Finding, Location, Scan
from scanner_app.queries.audits.counters import load_owners
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
    if place.count.round < COMPARED_ROUNDS:
        return None
    rows = session.execute(
        select(Scan.asset_id, Scan.code_key, Scan.code, Asset.asset_tag, Scan.actor)
        .join(Location, Location.id == Scan.location_id)
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .where(
            Scan.audit_id == audit_id,
            Location.path.contains(f"/{place.room.location_id}/"),
            counts_as_sighting(),
        )
    ).all()
    owners = load_owners(session, {row.actor for row in rows})
    seen: dict[int, set[Thing]] = {1: set(), 2: set()}
    names: dict[Thing, str] = {}
    for row in rows:
        thing: Thing = row.asset_id if row.asset_id is not None else row.code_key or ""
        names[thing] = row.asset_tag or row.code
        number = place.count.round_of(owners.get(row.actor, row.actor))
        if number in seen:
            seen[number].add(thing)
    return ComparedPlace(place, compare(seen[1], seen[2]), names)


def list_compared(session: Session, audit_id: int) -> list[ComparedPlace]:
    """Return each location of an audit that was counted twice."""
    if not _was_recounted(session, audit_id):
        return []
    compared = (compare_place(session, audit_id, one) for one in load_places(session, audit_id))
    return [one for one in compared if one is not None]


def find_disagreements(session: Session, audit_id: int) -> set[Thing]:
    """Return the assets that one count of a location saw and the other did not.

    A third count of the location has looked at them.
    """
    found: set[Thing] = set()
    for one in list_compared(session, audit_id):
        if one.place.count.round == COMPARED_ROUNDS:
            found |= one.comparison.differing
    return found


def find_disagreeing(session: Session, audit_id: int, *conditions: Any) -> list[int]:
    """Return the findings of what one count saw and the other did not, of those asked about."""
    assets = [thing for thing in find_disagreements(session, audit_id) if isinstance(thing, int)]
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

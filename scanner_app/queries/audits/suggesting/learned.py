"""What people decided so far, by what it was about: from these a rule may be proposed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.suggesting.learning import Case, Decided, Learned, learn
from scanner_app.domain.audits.travel import shared_path
from scanner_app.models import Act, Asset, AuditMember, Category, Finding, Location
from scanner_app.queries.audits.members import frozen, join_members
from scanner_app.queries.audits.suggesting.rules import list_rules

CHUNK = 500


def list_learned(session: Session) -> list[Learned]:
    """Return the rules that decisions suggest, without those that are kept already."""
    kept = [
        {(one.field, one.op.value, str(one.value)) for one in row.rule.conditions}
        for row in list_rules(session)
    ]
    return [
        one
        for one in learn(load_decided(session))
        if {(c["field"], c["op"], c["value"]) for c in one.conditions} not in kept
    ]


def load_decided(session: Session) -> list[Decided]:
    """Return how often each person decided each case, without what they took from a rule."""
    # As it was frozen; of what was not expected, as it is now.
    category = frozen(AuditMember.category, Category.name)
    decided = (
        join_members(
            select(
                Finding.proposal,
                Finding.recorded_location_id,
                # What was not seen has no second location.
                case((Finding.sightings > 0, Finding.seen_location_id)).label("seen"),
                category.label("name"),
                Finding.decision,
                Finding.decided_act_id,
            ).select_from(Finding)
        )
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .where(
            Finding.proposal.is_not(None),
            Finding.decided_act_id.is_not(None),
            Finding.decision.in_([Decision.ACCEPT, Decision.REJECT]),
        )
    ).subquery()
    # Grouped outside: PostgreSQL takes a name there for a column of a table.
    rows = session.execute(select(*decided.c, func.count()).group_by(*decided.c)).all()
    persons = _load_persons(session, {row.decided_act_id for row in rows})
    places = {
        id_: (path, kind)
        for id_, path, kind in session.execute(select(Location.id, Location.path, Location.kind))
    }
    kinds = dict(places.values())
    found: Counter[tuple[Case, str, str]] = Counter()
    for row in rows:
        proposal, recorded, seen, name, decision, act_id, count = tuple[Any, ...](row)
        person = persons.get(act_id)
        if person is None:
            continue
        common = None
        if recorded in places and seen in places:
            common = kinds.get(shared_path(places[recorded][0], places[seen][0]))
        found[Case(proposal.value, common, name), decision.value, person] += count
    return [Decided(*key, count) for key, count in found.items()]


def _load_persons(session: Session, act_ids: set[int]) -> dict[int, str]:
    """Return the person behind each decision that followed no rule."""
    persons = {}
    wanted = sorted(act_ids)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        for id_, person, actor, about in session.execute(
            select(Act.id, Act.person_key, Act.actor, Act.about).where(Act.id.in_(chunk))
        ):
            if "rule" not in about:
                persons[id_] = person or actor
    return persons

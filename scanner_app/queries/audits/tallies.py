"""The findings of audits, counted by state."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import case, func, literal, literal_column, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import Tally
from scanner_app.domain.audits.proposals import Decision
from scanner_app.models import Asset, AuditMember, Category, Finding, Location, Person
from scanner_app.queries.audits.members import CURRENCY, frozen, join_members
from scanner_app.queries.audits.reconciling.wanted import room_id

# The parts that counts and accuracy are shown for, beside the whole audit.
PARTS = ("location", "category", "custodian")


def load_counts(session: Session, audit_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Count the findings of several audits by state, by the names that the API uses."""
    tallies = {audit_id: Tally() for audit_id in audit_ids}
    for audit_id, state, count in session.execute(
        select(Finding.audit_id, Finding.state, func.count())
        .where(Finding.audit_id.in_(list(audit_ids)))
        .group_by(Finding.audit_id, Finding.state)
    ):
        tallies[audit_id].add(state, count, 0)
    return {audit_id: tally.show_counts() for audit_id, tally in tallies.items()}


def load_tally(session: Session, audit_id: int) -> Tally:
    """Count the findings of an audit by state, with their value."""
    return _load(session, audit_id, literal(""), by="").get("", Tally())


def load_tallies(session: Session, audit_id: int, *, by: str) -> dict[str, Tally]:
    """Count findings by state for each location, category or custodian.

    Expected assets count in their recorded location; extras and unknown labels count in the
    location in which they were seen. Names are those that were frozen.

    :param by: one of PARTS.
    """
    live_person = func.coalesce(Person.number, Person.name)
    names: dict[str, Any] = {
        "location": case(
            (Finding.is_expected, frozen(AuditMember.location, Location.code)),
            else_=Location.code,
        ),
        "category": frozen(AuditMember.category, Category.name),
        "custodian": frozen(AuditMember.custodian, live_person),
    }
    return _load(session, audit_id, names[by], by=by)


def _load(session: Session, audit_id: int, name: Any, *, by: str) -> dict[str, Tally]:
    has_place = Finding.seen_location_id.is_not(None)
    currency = func.coalesce(CURRENCY, "")
    # By their places in the list: PostgreSQL takes two texts with parameters for two expressions.
    statement = join_members(
        select(
            name,
            Finding.state,
            has_place,
            currency,
            func.count(),
            func.coalesce(func.sum(Finding.value_cents), 0),
            func.count(Finding.value_cents),
            func.count(case((Finding.decision == Decision.FOREIGN, 1))),
        ).select_from(Finding)
    )
    # Only what the name needs: of 100,000 findings each join is as many looks into another table.
    statement = statement.outerjoin(Asset, Asset.id == Finding.asset_id)
    if by == "location":
        statement = statement.outerjoin(Location, Location.id == room_id)
    elif by == "category":
        statement = statement.outerjoin(Category, Category.id == Asset.category_id)
    elif by == "custodian":
        statement = statement.outerjoin(Person, Person.id == Finding.recorded_custodian_id)
    statement = (
        statement.where(Finding.audit_id == audit_id)
        .group_by(*map(literal_column, "1234"))
        .order_by(literal_column("1"))
    )
    tallies: dict[str, Tally] = {}
    for key, state, is_placed, money, count, value, valued, foreign in session.execute(statement):
        tallies.setdefault(key or "", Tally()).add(
            state,
            count,
            int(value),
            has_place=bool(is_placed),
            currency=money,
            unvalued=count - valued,
            foreign=foreign,
        )
    return tallies

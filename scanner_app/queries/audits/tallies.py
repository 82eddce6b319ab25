"""The findings of audits, counted by state."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import Tally
from scanner_app.models import Asset, Category, Finding, Location, Person
from scanner_app.queries.audits.findings import room_id

# The parts that counts and accuracy are shown for, beside the whole audit.
PARTS = ("location", "category", "custodian")
_HAS_PLACE = Finding.seen_location_id.is_not(None)
_VALUE = func.coalesce(func.sum(Finding.value_cents), 0)


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
    tally = Tally()
    for state, has_place, count, value in session.execute(
        select(Finding.state, _HAS_PLACE, func.count(), _VALUE)
        .where(Finding.audit_id == audit_id)
        .group_by(Finding.state, _HAS_PLACE)
    ):
        tally.add(state, count, int(value or 0), has_place=bool(has_place))
    return tally


def load_tallies(session: Session, audit_id: int, *, by: str) -> dict[str, Tally]:
    """Count findings by state for each location, category or custodian.

    Expected assets count in their recorded location; extras and unknown labels count in the
    location in which they were seen.

    :param by: one of PARTS.
    """
    name: Any
    statement: Select[Any]
    if by == "location":
        name = Location.code
        statement = select(name).select_from(Finding).outerjoin(Location, Location.id == room_id)
    elif by == "category":
        name = Category.name
        statement = (
            select(name)
            .select_from(Finding)
            .outerjoin(Asset, Asset.id == Finding.asset_id)
            .outerjoin(Category, Category.id == Asset.category_id)
        )
    else:
        name = func.coalesce(Person.number, Person.name)
        statement = (
            select(name)
            .select_from(Finding)
            .outerjoin(Person, Person.id == Finding.recorded_custodian_id)
        )
    tallies: dict[str, Tally] = {}
    statement = (
        statement.add_columns(Finding.state, _HAS_PLACE, func.count(), _VALUE)
        .where(Finding.audit_id == audit_id)
        .group_by(name, Finding.state, _HAS_PLACE)
        .order_by(name)
    )
    for key, state, has_place, count, value in session.execute(statement):
        tally = tallies.setdefault(key or "", Tally())
        tally.add(state, count, int(value or 0), has_place=bool(has_place))
    return tallies

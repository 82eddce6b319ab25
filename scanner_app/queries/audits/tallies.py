"""The findings of audits, counted by state."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, literal_column, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import Tally
from scanner_app.domain.audits.counted.cells import states_beside
from scanner_app.domain.audits.proposals import Decision
from scanner_app.models import Asset, AuditMember, Category, Finding, Location, Person
from scanner_app.queries.audits.counted.cells import WHOLE, WORDS, count_cells
from scanner_app.queries.audits.members import CURRENCY, frozen, join_members
from scanner_app.queries.audits.reconciling.wanted import room_id

# The parts that counts and accuracy are shown for, beside the whole audit.
PARTS = WORDS
_BESIDE = states_beside()


def load_counts(session: Session, audit_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Count the findings of several audits by state, by the names that the API uses."""
    tallies = {audit_id: Tally() for audit_id in audit_ids}
    for one in count_cells(session, audit_ids, WHOLE):
        tallies[one.audit_id].add(one.cell.state, one.count, 0)
    for audit_id, state, count in session.execute(
        select(Finding.audit_id, Finding.state, func.count())
        .where(Finding.audit_id.in_(list(audit_ids)), Finding.state.in_(_BESIDE))
        .group_by(Finding.audit_id, Finding.state)
    ):
        tallies[audit_id].add(state, count, 0)
    return {audit_id: tally.show_counts() for audit_id, tally in tallies.items()}


def load_tally(session: Session, audit_id: int) -> Tally:
    """Return the findings of an audit by state, with their value."""
    return _load_kept(session, audit_id, WHOLE).get("", Tally())


def load_tallies(session: Session, audit_id: int, *, by: str) -> dict[str, Tally]:
    """Return findings by state for each location, category or custodian.

    Expected assets count in their recorded location; extras and unknown labels count in the
    location in which they were seen. Names are those that were frozen.

    :param by: one of PARTS.
    """
    return dict(sorted(_load_kept(session, audit_id, by).items()))


def recount_tally(session: Session, audit_id: int) -> Tally:
    """Count all findings of an audit by state, with their value, past what is kept."""
    return _count(session, audit_id, by=WHOLE).get("", Tally())


def recount_tallies(session: Session, audit_id: int, *, by: str) -> dict[str, Tally]:
    """Count all findings as `load_tallies` returns them, past what is kept: for what is sealed."""
    return _count(session, audit_id, by=by)


def _load_kept(session: Session, audit_id: int, by: str) -> dict[str, Tally]:
    """Return what is kept of the expected findings, and count the others, which are few."""
    tallies = _count(session, audit_id, Finding.state.in_(_BESIDE), by=by)
    for one in count_cells(session, [audit_id], by, with_worth=True):
        tallies.setdefault(one.key, Tally()).add(
            one.cell.state,
            one.count,
            one.value_cents,
            has_place=one.cell.is_placed,
            currency=one.currency,
            unvalued=one.count - one.valued,
        )
    return tallies


def _name(by: str) -> Any:
    if by == WHOLE:
        return literal("")
    live_person = func.coalesce(Person.number, Person.name)
    names: dict[str, Any] = {
        "location": case(
            (Finding.is_expected, frozen(AuditMember.location, Location.code)),
            else_=Location.code,
        ),
        "category": frozen(AuditMember.category, Category.name),
        "custodian": frozen(AuditMember.custodian, live_person),
    }
    return names[by]


def _count(
    session: Session, audit_id: int, *conditions: ColumnElement[bool], by: str
) -> dict[str, Tally]:
    has_place = Finding.seen_location_id.is_not(None)
    currency = func.coalesce(CURRENCY, "")
    # By their places in the list: PostgreSQL takes two texts with parameters for two expressions.
    statement = join_members(
        select(
            _name(by),
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
        statement.where(Finding.audit_id == audit_id, *conditions)
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

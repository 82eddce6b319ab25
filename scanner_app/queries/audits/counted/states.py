"""The findings of an audit by state, and how many wait for a decision."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.counted.cells import states_beside
from scanner_app.domain.audits.findings import FindingState
from scanner_app.models import Finding
from scanner_app.queries.audits.counted.cells import ROOM, WHOLE, count_cells
from scanner_app.queries.audits.scope import inside_places

_BESIDE = states_beside()


@dataclass(frozen=True, slots=True)
class Count:
    """The number of findings of a state, and of those that have a proposal how it is decided.

    :param undecided: something is proposed, and nobody has decided.
    :param decided: something is proposed, and somebody has.
    :param outside: scanned outside the audit.
    """

    total: int = 0
    undecided: int = 0
    decided: int = 0
    outside: int = 0


def count_by_state(
    session: Session, audit_id: int, *, location_id: int | None = None
) -> dict[FindingState, Count]:
    """Count the findings of an audit, or of a location and everything inside it, by state."""
    inside = None
    if location_id is not None:
        inside = {str(id_) for id_ in session.scalars(inside_places(session, [location_id]))}
    sums: dict[FindingState, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in count_cells(session, [audit_id], WHOLE if inside is None else ROOM):
        if inside is None or one.key in inside:
            found, cell = sums[one.cell.state], one.cell
            marks = (True, cell.is_open, cell.is_decided, cell.is_outside)
            for place, is_so in enumerate(marks):
                found[place] += one.count if is_so else 0
    counts = {state: Count(*numbers) for state, numbers in sums.items()}
    counts |= _count_beside(session, audit_id, location_id)
    return {state: counts.get(state, Count()) for state in FindingState}


def _count_beside(
    session: Session, audit_id: int, location_id: int | None
) -> dict[FindingState, Count]:
    """Count what was not expected. Nothing of it is outside the audit: somebody has seen it."""
    is_open = and_(Finding.proposal.is_not(None), Finding.decision.is_(None))
    is_decided = and_(Finding.proposal.is_not(None), Finding.decision.is_not(None))
    conditions = [Finding.audit_id == audit_id, Finding.state.in_(_BESIDE)]
    if location_id is not None:
        conditions.append(Finding.seen_location_id.in_(inside_places(session, [location_id])))
    rows = session.execute(
        select(
            Finding.state,
            func.count(),
            func.sum(case((is_open, 1), else_=0)),
            func.sum(case((is_decided, 1), else_=0)),
        )
        .where(*conditions)
        .group_by(Finding.state)
    )
    return {state: Count(*map(int, numbers)) for state, *numbers in rows}

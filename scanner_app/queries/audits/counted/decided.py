"""How many proposals of an audit are decided: of findings, and of what has no label."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.models import AuditHolding
from scanner_app.queries.audits.counted.states import count_by_state


def count_decided(session: Session, audit_id: int) -> tuple[int, int]:
    """Return the number of decided proposals, and of all: of findings, and without a label."""
    counts = count_by_state(session, audit_id).values()
    decided = sum(count.decided for count in counts)
    undecided = sum(count.undecided for count in counts)
    held, proposed = session.execute(
        select(func.count(AuditHolding.decision), func.count()).where(
            AuditHolding.audit_id == audit_id, AuditHolding.proposal.is_not(None)
        )
    ).one()
    return decided + held, decided + undecided + proposed

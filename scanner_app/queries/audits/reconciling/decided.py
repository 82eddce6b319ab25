"""How many proposals of an audit are decided: of findings, and of what has no label."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.models import AuditHolding, Finding


def count_decided(session: Session, audit_id: int) -> tuple[int, int]:
    """Return the number of decided proposals, and of all: of findings, and without a label."""
    numbers = [
        session.execute(
            select(func.count(table.decision), func.count()).where(
                table.audit_id == audit_id, table.proposal.is_not(None)
            )
        ).one()
        for table in (Finding, AuditHolding)
    ]
    return sum(decided for decided, _ in numbers), sum(total for _, total in numbers)

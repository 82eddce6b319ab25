"""What was missing in the audit before, too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import APPLIED
from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Audit, Finding


def find_missing_before(session: Session, audit_id: int, *conditions: Any) -> set[int]:
    """Return the findings that are missing, as they were in the newest closed audit before.

    That is the newest one that expected the asset: a sample that did not draw it does not count.
    Nobody said there that it was present, or that it was not to be marked as missing.

    :param conditions: which findings are asked about; all that are missing if there are none.
    """
    before = aliased(Finding)
    newest_first = (Audit.closed_at.desc(), Audit.id.desc())
    ranked = (
        select(
            Finding.id,
            before.state,
            before.decision,
            func.row_number().over(partition_by=Finding.id, order_by=newest_first).label("place"),
        )
        .select_from(Finding)
        .join(before, before.asset_id == Finding.asset_id)
        .join(Audit, Audit.id == before.audit_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.state == FindingState.MISSING,
            *conditions,
            before.is_expected,
            before.audit_id != audit_id,
            Audit.state == AuditState.CLOSED,
        )
        .subquery()
    )
    was_left_missing = or_(ranked.c.decision.is_(None), ranked.c.decision.in_(APPLIED))
    return set(
        session.scalars(
            select(ranked.c.id).where(
                ranked.c.place == 1, ranked.c.state == FindingState.MISSING, was_left_missing
            )
        )
    )

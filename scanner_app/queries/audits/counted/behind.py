"""The audits whose kept tallies do not hold all of their findings yet."""

from __future__ import annotations

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Audit, Finding
from scanner_app.models.audits.tally import UNTALLIED_SQL


def list_behind(session: Session) -> list[int]:
    """Return the ids of these audits. A closed one is final, with what an old version left open."""
    changed = exists().where(Finding.audit_id == Audit.id, text(UNTALLIED_SQL)).select_from(Finding)
    statement = select(Audit.id).where(Audit.state != AuditState.CLOSED, changed)
    return list(session.scalars(statement.order_by(Audit.id)))

"""Audits: one by its id, the list of all, and the one that revises another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import NotFound
from scanner_app.models import Audit


@dataclass(frozen=True, slots=True)
class AuditRow:
    id: int
    name: str
    state: AuditState
    scope: dict[str, Any]
    policy: dict[str, Any]
    plan: dict[str, Any]
    is_blind: bool
    recounts: list[int] | None
    due_on: date | None
    created_at: datetime
    created_by: str
    frozen_at: datetime | None
    population_sha256: str | None
    counting_started_at: datetime | None
    counting_ended_at: datetime | None
    counting_spans: list[Any]
    closed_at: datetime | None
    closed_by: str | None
    revises_id: int | None


def get_audit(session: Session, audit_id: int) -> AuditRow:
    """Return an audit.

    :raises NotFound: no audit has that id.
    """
    audit = session.get(Audit, audit_id) if 0 < audit_id < 2**31 else None
    if audit is None:
        raise NotFound(f"There is no audit {audit_id}.")
    return to_row(audit)


def to_row(audit: Audit) -> AuditRow:
    return AuditRow(**{name: getattr(audit, name) for name in AuditRow.__slots__})


def list_audits(
    session: Session, *, before_id: int | None = None, limit: int = 100
) -> tuple[list[AuditRow], int | None]:
    """Return audits, newest first, and the `before_id` of the next page; None at the end."""
    statement = select(Audit).order_by(Audit.id.desc()).limit(limit + 1)
    if before_id is not None:
        statement = statement.where(Audit.id < before_id)
    rows = [to_row(audit) for audit in session.scalars(statement)]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def find_revision(session: Session, audit_id: int) -> int | None:
    """Return the id of the audit that revises this one; cancelled ones do not count."""
    return session.scalar(
        select(Audit.id)
        .where(Audit.revises_id == audit_id, Audit.state != AuditState.CANCELLED)
        .order_by(Audit.id.desc())
        .limit(1)
    )

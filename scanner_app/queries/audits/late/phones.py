"""The phones that count in an audit, with what each last said it still holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.late.unsent import Phone
from scanner_app.models import AuditPhone, Scan

LATELY = timedelta(minutes=5)


def list_phones(session: Session, audit_id: int) -> list[Phone]:
    """Return the phones of an audit: those that hold most first, then by name."""
    rows = session.execute(
        select(
            AuditPhone.actor, AuditPhone.actor_name, AuditPhone.device, AuditPhone.unsent,
            AuditPhone.told_at,
        )
        .where(AuditPhone.audit_id == audit_id)
        .order_by(AuditPhone.unsent.desc(), AuditPhone.actor_name, AuditPhone.device)
    )  # fmt: skip
    return [Phone(*row) for row in rows]


def list_holding(session: Session, audit_id: int, now: datetime) -> list[Phone]:
    """Return the phones that said within the last day that they hold scans of an audit."""
    return [one for one in list_phones(session, audit_id) if one.is_holding(now)]


def list_counting_now(session: Session, audit_id: int, now: datetime) -> list[str]:
    """Return the names of those whose scans arrived within the last minutes, by name."""
    names = session.scalars(
        select(Scan.actor_name)
        .where(Scan.audit_id == audit_id, Scan.recorded_at >= now - LATELY)
        .distinct()
    )
    return sorted(names)

"""The phones that count in an audit, with what each last said it still holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.late.unsent import Phone
from scanner_app.models import AuditPhone, Scan

LATELY = timedelta(minutes=5)


def list_phones(session: Session, audit_id: int) -> list[Phone]:
    """Return the phones of an audit: those that hold most first, then by name.

    What a phone held when it said so and sent since, such as after its page was left, is held no
    longer, although the phone did not say so.
    """
    rows = session.execute(
        select(
            AuditPhone.actor, AuditPhone.actor_name, AuditPhone.device, AuditPhone.unsent,
            AuditPhone.told_at, _count_arrived().label("arrived"),
        )
        .where(AuditPhone.audit_id == audit_id)
    )  # fmt: skip
    phones = [
        Phone(one.actor, one.actor_name, one.device, max(0, one.unsent - one.arrived), one.told_at)
        for one in rows
    ]
    return sorted(phones, key=lambda one: (-one.unsent, one.name, one.device))


def _count_arrived() -> Any:
    """Return the number of scans that a phone made before it said what it holds, and sent since."""
    return (
        select(func.count(Scan.id))
        .where(
            Scan.audit_id == AuditPhone.audit_id,
            Scan.actor == AuditPhone.actor,
            Scan.device == AuditPhone.device,
            Scan.effective_at <= AuditPhone.told_at,
            Scan.recorded_at > AuditPhone.told_at,
            AuditPhone.unsent > 0,
        )
        .correlate(AuditPhone)
        .scalar_subquery()
    )


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

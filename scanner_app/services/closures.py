"""Closing an audit: decisions applied, report built, sealed; all of it or none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.reconciliation import AuditState
from scanner_app.domain.seals import SigningKey, seal_report
from scanner_app.models import Seal
from scanner_app.services.audits import check_closable, lock_audit
from scanner_app.services.proposals import apply_decisions, make_proposals
from scanner_app.services.reports import build_report


def close_audit(
    session: Session,
    *,
    audit_id: int,
    actor: Actor,
    now: datetime,
    key: SigningKey,
    needs_two: bool,
    version: str,
) -> None:
    """Apply the accepted proposals, sign and seal the report, and close the audit for good.

    :raises Conflict: a proposal is undecided or overtaken by the register, a second person is
        needed, or the audit is closed already.
    """
    audit = lock_audit(session, audit_id)
    check_closable(session, audit=audit, actor=actor, needs_two=needs_two)
    apply_decisions(session, audit_id=audit_id, actor=actor, now=now)
    audit.closed_at = now
    audit.closed_by = actor.name
    audit.state = AuditState.CLOSED
    session.flush()
    report = build_report(session, audit_id=audit_id, version=version)
    sealed = seal_report(report, key)
    session.add(
        Seal(
            audit_id=audit_id,
            report=sealed.text,
            sha256=sealed.sha256,
            signature=sealed.signature,
            key_id=key.key_id,
            sealed_at=now,
        )
    )
    session.flush()


def reopen_overtaken(session: Session, *, audit_id: int) -> list[str]:
    """Make proposals anew where the register has overtaken a decision; gives what is open again."""
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.RECONCILING:
        return []
    return make_proposals(session, audit_id=audit_id)


def find_seal(session: Session, audit_id: int) -> Seal | None:
    """Give the seal of a closed audit."""
    return session.scalar(select(Seal).where(Seal.audit_id == audit_id))

"""Cancel an audit: a draft vanishes quietly, a counted audit leaves a sealed record."""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.approver import Approver
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Invalid
from scanner_app.domain.notices.causes import planned_topic
from scanner_app.domain.seals.chain import SealKind
from scanner_app.models import Audit
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.reconciling.discuss import end_assignments
from scanner_app.services.audits.report import build_report
from scanner_app.services.audits.steps import lock_audit, take_step
from scanner_app.services.notices.raise_notice import clear_topics
from scanner_app.services.seals.chain import Sealing, seal_record

MAX_REASON = 2000


def cancel_audit(session: Session, *, audit_id: int, reason: str | None, sealing: Sealing) -> Audit:
    """Cancel an audit and return it. Its scans and findings are kept.

    From the moment at which its expected list was frozen, a cancellation leaves a record in the
    row of seals: an audit that went badly does not vanish.

    :param reason: why; a draft needs none, because nothing was counted.
    :raises Conflict: it is closed or cancelled already.
    :raises Invalid: it was counted, and no reason is given.
    """
    audit = lock_audit(session, audit_id)
    was_frozen = audit.frozen_at is not None or audit.counting_started_at is not None
    take_step(audit, AuditState.CANCELLED)
    text = (reason or "").strip()[:MAX_REASON]
    if was_frozen and not text:
        raise Invalid(
            "Enter why this audit is cancelled. The reason is kept with its record.",
            errors={"reason": ["Enter why this audit is cancelled."]},
        )
    record_change(
        session,
        kind=ActKind.CANCELLED,
        actor=sealing.actor,
        now=sealing.now,
        audit_id=audit_id,
        text=text,
    )
    clear_topics(session, {planned_topic(audit_id)}, now=sealing.now)
    end_assignments(session, audit_id, now=sealing.now)
    session.flush()
    if was_frozen:
        seal_record(
            session,
            kind=SealKind.CANCELLATION,
            audit_id=audit_id,
            build=lambda: build_report(
                session, audit_id=audit_id, version=sealing.version, approver=Approver.ANYONE
            ),
            sealing=sealing,
        )
    return audit

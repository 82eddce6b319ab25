"""The steps of an audit from state to state. Only `take_step` changes the state of an audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import STEPS, AuditState
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.models import Asset, Audit, Finding, Scan
from scanner_app.queries.audits.findings import count_decided
from scanner_app.queries.audits.scope import scope_condition
from scanner_app.services.audits.propose import make_proposals


def lock_audit(session: Session, audit_id: int) -> Audit:
    """Return an audit for change. It is locked before any of its findings and assets.

    :raises NotFound: no audit has that id.
    """
    audit = session.scalar(select(Audit).where(Audit.id == audit_id).with_for_update())
    if audit is None:
        raise NotFound(f"There is no audit {audit_id}.")
    return audit


def take_step(audit: Audit, wanted: AuditState) -> None:
    """Move an audit to another state.

    :raises Conflict: the table of steps does not allow it.
    """
    if wanted not in STEPS[audit.state]:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "wrong_state"
        raise Conflict(
            f"This audit is {audit.state.value}; it cannot become {wanted.value}.", code=code
        )
    audit.state = wanted


def start_counting(session: Session, *, audit_id: int, now: datetime) -> Audit:
    """Freeze the expected list and start counting; return the audit.

    From reconciling, counting continues with the list that was frozen first.

    :raises Conflict: the audit cannot be counted in its state.
    :raises Invalid: its scope names something that no longer exists.
    """
    audit = lock_audit(session, audit_id)
    is_first = audit.state is AuditState.DRAFT
    take_step(audit, AuditState.COUNTING)
    audit.counting_ended_at = None
    if is_first:
        audit.counting_started_at = now
        _freeze_expected(session, audit, now)
    return audit


def _freeze_expected(session: Session, audit: Audit, now: datetime) -> None:
    """Insert a finding for each asset of the scope, as the register has it now."""
    condition = scope_condition(session, audit.scope, now=now)
    table = Finding.__table__
    columns = {
        "audit_id": literal(audit.id),
        "asset_id": Asset.id,
        "is_expected": literal(True),
        "state": literal(FindingState.MISSING, table.c.state.type),
        "flags": literal([], table.c.flags.type),
        "recorded_location_id": Asset.location_id,
        "recorded_custodian_id": Asset.custodian_id,
        "recorded_status": Asset.__table__.c.status,
        "value_cents": Asset.purchase_cost_cents,
        "sightings": literal(0),
        "proposal_fields": literal({}, table.c.proposal_fields.type),
    }
    session.execute(
        insert(Finding).from_select(
            list(columns), select(*columns.values()).where(condition).order_by(Asset.id)
        )
    )


def cancel_audit(session: Session, *, audit_id: int) -> Audit:
    """Cancel an audit and return it. Its scans and findings are kept.

    :raises Conflict: it is closed or cancelled already.
    """
    audit = lock_audit(session, audit_id)
    take_step(audit, AuditState.CANCELLED)
    return audit


def start_reconciling(session: Session, *, audit_id: int, now: datetime) -> Audit:
    """End counting, make the proposals, and return the audit.

    A decision of an earlier reconciliation is kept if its proposal is still the same.

    :raises Conflict: the audit is not being counted.
    """
    audit = lock_audit(session, audit_id)
    take_step(audit, AuditState.RECONCILING)
    audit.counting_ended_at = now
    session.flush()
    make_proposals(session, audit_id=audit_id)
    return audit


def require_closable(session: Session, *, audit: Audit, actor: Actor, needs_two: bool) -> None:
    """Raise unless this person may close this audit now.

    :param needs_two: the person must not have scanned in it.
    :raises Conflict: `undecided_findings`, `second_person_required`, or a wrong state.
    """
    if AuditState.CLOSED not in STEPS[audit.state]:
        if audit.state is AuditState.CLOSED:
            raise Conflict(
                "This audit is closed already. Open a revision for what came after it.",
                code="audit_closed",
            )
        raise Conflict(
            f"This audit is {audit.state.value}; reconcile it before it is closed.",
            code="wrong_state",
        )
    decided, total = count_decided(session, audit.id)
    if decided != total:
        raise Conflict(
            f"{total - decided} of {total} proposals are undecided. Accept or reject each first.",
            code="undecided_findings",
        )
    if needs_two:
        counted = session.scalar(
            select(func.count(Scan.id)).where(Scan.audit_id == audit.id, Scan.actor == actor.key)
        )
        if counted:
            raise Conflict(
                "You counted in this audit, so someone else has to close it.",
                code="second_person_required",
            )

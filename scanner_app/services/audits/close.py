"""Close an audit: apply its decisions, build its report and seal it, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind, StatementOf
from scanner_app.domain.audits.approver import Approver, strictest
from scanner_app.domain.audits.policy import approver_of
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict
from scanner_app.domain.seals.chain import SealKind
from scanner_app.services.audits.apply import apply_decisions
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.approval.statements import Statement, record_statement
from scanner_app.services.audits.counted.keep import keep_tallies
from scanner_app.services.audits.freeze import freeze_extras
from scanner_app.services.audits.holdings.apply import apply_holdings
from scanner_app.services.audits.late.phones import require_nothing_waits
from scanner_app.services.audits.propose import make_proposals
from scanner_app.services.audits.reconciling.discuss import end_assignments
from scanner_app.services.audits.report import build_report
from scanner_app.services.audits.steps import (
    NOTHING_STATED,
    lock_audit,
    require_closable,
    take_step,
)
from scanner_app.services.seals.chain import Sealing, seal_record

T = TypeVar("T")


class Transact(Protocol):
    """Runs some work in a transaction, again if the database asks for it, and commits."""

    def __call__(self, work: Callable[[Session], T], /) -> T: ...


@dataclass(frozen=True, slots=True)
class Closure:
    """Which audit is closed, by whom, and how its report is sealed.

    :param rule: what the person who closes must not have done in the audit, by the setting; the
        policy of the audit may ask for more.
    :param statement: of the person who closes, with their signature.
    :param reason: why it is closed although scans wait, on phones or to be taken in.
    """

    audit_id: int
    sealing: Sealing
    rule: Approver
    statement: Statement = NOTHING_STATED
    reason: str = ""


def close_or_reopen(transact: Transact, closure: Closure) -> None:
    """Close and seal an audit, or open the decisions that the register has overtaken.

    The second case takes two transactions: the first rolls back everything that closing did, the
    second keeps the new proposals, so that people see what they have to decide again.

    :raises Conflict: as `close_audit`.
    """
    try:
        transact(lambda session: close_audit(session, closure))
    except Conflict as error:
        if error.code == "register_changed":
            transact(lambda session: reopen_overtaken(session, closure))
        raise


def close_audit(session: Session, closure: Closure) -> None:
    """Apply the accepted proposals, sign and seal the report, and close the audit for good.

    :raises Conflict: a proposal is undecided, the register has overtaken a decision, a second
        person is needed, or the audit is closed already.
    :raises Invalid: the policy asks for a statement or a signature that is not given.
    """
    audit_id, actor, now = closure.audit_id, closure.sealing.actor, closure.sealing.now
    audit = lock_audit(session, audit_id)
    rule = strictest(closure.rule, approver_of(audit.policy))
    require_closable(session, audit=audit, actor=actor, rule=rule)
    left, why = require_nothing_waits(session, audit_id=audit_id, reason=closure.reason, now=now)
    record_statement(
        session, audit, closure.statement, of=StatementOf.APPROVER, actor=actor, now=now
    )
    apply_decisions(session, audit_id=audit_id, actor=actor, now=now)
    apply_holdings(session, audit_id=audit_id, actor=actor, now=now)
    freeze_extras(session, audit_id)
    keep_tallies(session, audit_id)
    take_step(audit, AuditState.CLOSED)
    audit.closed_at = now
    audit.closed_by = actor.name
    record_change(
        session, kind=ActKind.CLOSED, actor=actor, now=now, audit_id=audit_id, about=left, text=why
    )
    end_assignments(session, audit_id, now=now)
    session.flush()
    seal_record(
        session,
        kind=SealKind.CLOSURE,
        audit_id=audit_id,
        build=lambda: build_report(
            session, audit_id=audit_id, version=closure.sealing.version, approver=rule
        ),
        sealing=closure.sealing,
    )


def reopen_overtaken(session: Session, closure: Closure) -> list[str]:
    """Make the proposals again, and return the tags of the findings that are undecided again."""
    audit = lock_audit(session, closure.audit_id)
    if audit.state is not AuditState.RECONCILING:
        return []
    sealing = closure.sealing
    return make_proposals(session, audit_id=closure.audit_id, actor=sealing.actor, now=sealing.now)

"""Send an audit for approval, and send it back. Neither changes the state of the audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.approver import Approver, strictest
from scanner_app.domain.audits.policy import approver_of
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.notices.causes import closure_waits
from scanner_app.models import Audit
from scanner_app.queries.audits.approval.requests import find_approval, list_closers
from scanner_app.queries.audits.counted.decided import count_decided
from scanner_app.services.audits.approval.approver import find_refusal
from scanner_app.services.audits.approval.changing import record_change
from scanner_app.services.audits.steps import lock_audit
from scanner_app.services.notices.raise_notice import raise_notice
from scanner_app.services.seals.acts import record_act

MAX_COMMENT = 2000


def send_for_approval(
    session: Session,
    *,
    audit_id: int,
    approver_id: int,
    comment: str,
    rule: Approver,
    actor: Actor,
    now: datetime,
) -> None:
    """Ask a person to close an audit. What is changed afterwards withdraws the request.

    :param approver_id: the id of the user who is asked.
    :param rule: what the setting asks for; the policy of the audit may ask for more.
    :raises Conflict: it is not being reconciled, a finding is undecided, or the person who is
        asked may not close it.
    :raises Invalid: the person who is asked is the one who asks, or may close no audit.
    """
    audit = _lock_reconciling(session, audit_id)
    decided, total = count_decided(session, audit_id)
    if decided != total:
        raise Conflict(
            f"{total - decided} of {total} proposals are undecided. Decide them before you send "
            "it for approval.",
            code="undecided_findings",
        )
    asked = next((one for one in list_closers(session) if one.id == approver_id), None)
    if asked is None or asked.person_key == actor.person_key:
        words = "Choose somebody else who may close audits."
        raise Invalid(words, errors={"approver": [words]})
    refusal = find_refusal(
        session, audit_id, asked.person_key, strictest(rule, approver_of(audit.policy))
    )
    if refusal is not None:
        raise Conflict(
            f"{asked.name} counted or decided in this audit. Choose somebody who did not.",
            code="second_person_required",
        )
    text = comment.strip()[:MAX_COMMENT]
    act_id = record_act(
        session,
        kind=ActKind.SENT_FOR_APPROVAL,
        actor=actor,
        now=now,
        audit_id=audit_id,
        about={"approver": asked.person_key, "approver_name": asked.name},
        text=text,
    )
    _tell(session, act_id, audit, text, to=asked.person_key, actor=actor, now=now)


def send_back(
    session: Session, *, audit_id: int, comment: str, actor: Actor, now: datetime
) -> None:
    """Send an audit back to those who decided it, with what they should look at.

    :raises Conflict: it is not being reconciled, or it was not sent for approval.
    :raises Invalid: the comment is empty.
    """
    audit = _lock_reconciling(session, audit_id)
    note = find_approval(session, audit_id)
    if note is None or not note.waits:
        raise Conflict("This audit does not wait for approval.", code="not_sent_for_approval")
    text = comment.strip()[:MAX_COMMENT]
    if not text:
        words = "Enter what should be looked at again."
        raise Invalid(words, errors={"comment": [words]})
    act_id = record_change(
        session, kind=ActKind.SENT_BACK, actor=actor, now=now, audit_id=audit_id, text=text
    )
    if note.by_key is not None:
        _tell(session, act_id, audit, text, to=note.by_key, actor=actor, now=now, is_back=True)


def _tell(
    session: Session,
    act_id: int,
    audit: Audit,
    comment: str,
    *,
    to: str,
    actor: Actor,
    now: datetime,
    is_back: bool = False,
) -> None:
    """Raise the notice of a request, or of an audit that is sent back."""
    notice = closure_waits(
        act_id, audit.id, audit.name, by=actor.name, comment=comment, to=to, is_back=is_back
    )
    raise_notice(session, notice, now=now)


def _lock_reconciling(session: Session, audit_id: int) -> Audit:
    audit = lock_audit(session, audit_id)
    if audit.state is not AuditState.RECONCILING:
        code = "audit_closed" if audit.state is AuditState.CLOSED else "wrong_state"
        raise Conflict(f"This audit is {audit.state.value}; it waits for no approval.", code=code)
    return audit

"""The page of an audit, by its state, and the steps from one state to the next."""

from __future__ import annotations

from datetime import datetime

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.states import AUDIT_STATES, AuditState
from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.report_files import cancel_with_key
from scanner_app.models import Audit
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.counting import show_counting
from scanner_app.pages.audits.reconciling import show_findings
from scanner_app.pages.audits.report import show_report
from scanner_app.pages.audits.setup import show_draft
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.approval.statements import Statement
from scanner_app.services.audits.steps import start_counting, start_reconciling
from scanner_app.storage.database import reading, transact

REFUSED = {
    "counting": "Not started",
    "reconciliation": "Still counting",
    "cancellation": "Not cancelled",
}


@blueprint.get("/<id:audit_id>")
@allow(Action.READ_AUDITS)
def show_one(audit_id: int) -> Response:
    """Show an audit: a draft, its counting, its reconciliation, or its report."""
    with reading() as session:
        audit = get_audit(session, audit_id)
    if audit.state is AuditState.DRAFT:
        return show_draft(audit)
    if audit.state is AuditState.COUNTING:
        return show_counting(audit)
    if audit.state is AuditState.RECONCILING:
        return show_findings(audit)
    return show_report(audit)


@blueprint.post("/<id:audit_id>/<any(counting, reconciliation, cancellation):step>")
@allow(Action.RUN_AUDITS)
def take_step(audit_id: int, step: str) -> Response:
    """Start counting, end it, or cancel the audit."""
    actor, now = require_actor(), g.now
    refused = REFUSED[step]
    try:
        if step == "cancellation":
            cancel_with_key(audit_id, request.form.get("reason"), actor, now)
            state = AuditState.CANCELLED
        else:
            state = transact(lambda session: _start(session, step, audit_id, actor, now).state)
        flash(AUDIT_STATES[state].entered, "ok")
    except Invalid as error:
        flash(f"{refused}: {' '.join(error.texts)}", "error")
    return redirect(f"/audits/{audit_id}", 303)


def _start(session: Session, step: str, audit_id: int, actor: Actor, now: datetime) -> Audit:
    if step == "counting":
        return start_counting(session, audit_id=audit_id, actor=actor, now=now)
    statement = Statement(request.form.get("statement", ""))
    return start_reconciling(session, audit_id=audit_id, actor=actor, now=now, statement=statement)

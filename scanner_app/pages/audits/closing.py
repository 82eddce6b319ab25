"""Close an audit: what closing would change, the approval of another person, and the closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.acts import STATEMENTS_OF, StatementOf
from scanner_app.domain.audits.approver import strictest
from scanner_app.domain.audits.policy import approver_of, needs_signature, needs_statements
from scanner_app.domain.audits.proposals import PROPOSALS, Decision
from scanner_app.domain.audits.states import AUDIT_STATES, AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.domain.signatures.strokes import read_signature_form
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.report_files import close_with_key, closing_rule, send_with_rule
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.late.taking import load_waiting
from scanner_app.queries.audits.approval.requests import Closer, find_approval, list_closers
from scanner_app.queries.audits.approval.some import SomeFindings, list_some
from scanner_app.queries.audits.counted.decided import count_decided
from scanner_app.queries.audits.evidence import list_counters
from scanner_app.queries.audits.findings import OUTSIDE, load_targets
from scanner_app.queries.audits.holdings.holdings import load_totals
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.audits.reconciling.matches import list_matches
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.services.audits.approval.approver import find_refusal
from scanner_app.services.audits.approval.statements import Statement
from scanner_app.services.audits.asking.approval import send_back
from scanner_app.storage.database import reading, transact

# Of each list. The report has all.
MAX_SHOWN = 200


@blueprint.get("/<id:audit_id>/closure")
@allow(Action.READ_AUDITS)
def show_closure(audit_id: int) -> Response:
    """Show what closing would change, who may approve it, and what still prevents it."""
    with reading() as session:
        audit = get_audit(session, audit_id)
    if audit.state is not AuditState.RECONCILING:
        return redirect(f"/audits/{audit_id}", 303)
    return _show(audit)


def _show(
    audit: AuditRow, *, errors: Mapping[str, Sequence[str]] | None = None, status: int = 200
) -> Response:
    with reading() as session:

        def some(wanted: FindingFilter) -> SomeFindings:
            return list_some(session, audit.id, wanted, limit=MAX_SHOWN)

        accepted = {
            kind: some(FindingFilter(proposal=kind, decision=Decision.ACCEPT)) for kind in PROPOSALS
        }
        lists: dict[str, Any] = {
            "overruled": some(replace(OUTSIDE, decision=Decision.MARK_MISSING)),
            "present": some(replace(OUTSIDE, decision=Decision.PRESENT)),
            "foreign": some(FindingFilter(with_proposal=True, decision=Decision.FOREIGN)),
            "two_things": some(FindingFilter(decision=Decision.TWO_THINGS)),
            "rejected": some(FindingFilter(with_proposal=True, decision=Decision.REJECT)),
        }
        decided, total = count_decided(session, audit.id)
        targets = load_targets(session, [row for found in accepted.values() for row in found.rows])
        delayed = [one for one in list_counters(session, audit.id) if one.delayed]
        matches = list_matches(session, audit.id)
        held = load_totals(session, audit.id)
        approval = _load_approval(session, audit)
        waits = load_waiting(session, audit.id, g.now)
    return page(
        "audits/closing.html",
        status=status,
        audit=audit,
        accepted={kind: found for kind, found in accepted.items() if found.count},
        **lists,
        delayed=delayed,
        held=held,
        matches=matches,
        decided=decided,
        total=total,
        targets=targets,
        errors={name: texts[0] for name, texts in (errors or {}).items()},
        form=request.form,
        **approval,
        **waits,
    )


def _load_approval(session: Session, audit: AuditRow) -> dict[str, Any]:
    """Return who may close the audit, what is asked of them, and whether somebody was asked."""
    actor = require_actor()
    rule = strictest(closing_rule(), approver_of(audit.policy))
    refusal = find_refusal(session, audit.id, actor.person_key, rule)

    def is_free(one: Closer) -> bool:
        is_other = one.person_key != actor.person_key
        return is_other and find_refusal(session, audit.id, one.person_key, rule) is None

    may_send = actor.can(Action.RUN_AUDITS)
    return {
        "refusal": refusal,
        "note": find_approval(session, audit.id),
        "me": actor.person_key,
        "closers": [one for one in list_closers(session) if is_free(one)] if may_send else [],
        "proposed": STATEMENTS_OF[StatementOf.APPROVER].proposed,
        "needs_statement": needs_statements(audit.policy),
        "needs_signature": needs_signature(audit.policy),
    }


@blueprint.post("/<id:audit_id>/closure")
@allow(Action.CLOSE_AUDITS)
def close(audit_id: int) -> Response:
    """Apply what was accepted, sign and seal. A form that lacks something comes back as it was."""
    try:
        statement = Statement(request.form.get("statement", ""), read_signature_form(request.form))
        close_with_key(audit_id, require_actor(), g.now, statement, request.form.get("reason", ""))
    except Invalid as error:
        with reading() as session:
            audit = get_audit(session, audit_id)
        return _show(audit, errors=error.errors, status=422)
    except Conflict as error:
        flash(f"Not closed: {error.message}", "error")
    else:
        flash(AUDIT_STATES[AuditState.CLOSED].entered, "ok")
    return redirect(f"/audits/{audit_id}", 303)


@blueprint.post("/<id:audit_id>/approval-requests")
@allow(Action.RUN_AUDITS)
def send(audit_id: int) -> Response:
    """Ask somebody to close the audit."""
    try:
        send_with_rule(
            audit_id,
            approver_id=read_id(request.form.get("approver", "")) or 0,
            comment=request.form.get("comment", ""),
            actor=require_actor(),
            now=g.now,
        )
    except (Conflict, Invalid) as error:
        flash(f"Not sent: {error.message}", "error")
    else:
        flash("Sent for approval. It is on their start page.", "ok")
    return redirect(f"/audits/{audit_id}/closure", 303)


@blueprint.post("/<id:audit_id>/approval-returns")
@allow(Action.CLOSE_AUDITS)
def give_back(audit_id: int) -> Response:
    """Send the audit back with a comment."""
    actor, now = require_actor(), g.now
    comment = request.form.get("comment", "")
    try:
        transact(
            lambda session: send_back(
                session, audit_id=audit_id, comment=comment, actor=actor, now=now
            )
        )
    except (Conflict, Invalid) as error:
        flash(f"Not sent back: {error.message}", "error")
    else:
        flash("Sent back with your comment.", "ok")
    return redirect(f"/audits/{audit_id}/closure", 303)

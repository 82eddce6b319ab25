"""Close an audit: what closing would change, and the closing."""

from __future__ import annotations

from flask import flash, g, redirect
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.proposals import PROPOSALS, Decision
from scanner_app.domain.audits.states import AUDIT_STATES, AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.report_files import close_with_key
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.evidence import list_counters
from scanner_app.queries.audits.findings import (
    OUTSIDE,
    FindingFilter,
    count_decided,
    list_findings,
    load_targets,
)
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reconciling.matches import list_matches
from scanner_app.storage.database import reading


@blueprint.get("/<id:audit_id>/closure")
@allow(Action.READ_AUDITS)
def show_closure(audit_id: int) -> Response:
    """Show what closing would change, and what still prevents it."""
    with reading() as session:
        audit = get_audit(session, audit_id)
        if audit.state is not AuditState.RECONCILING:
            return redirect(f"/audits/{audit_id}", 303)
        wanted = FindingFilter(with_proposal=True)
        rows = list_findings(session, audit_id, wanted, by_room=True, limit=None)
        decided, total = count_decided(session, audit_id)
        targets = load_targets(session, rows)
        outside = list_findings(session, audit_id, OUTSIDE, by_room=True, limit=None)
        matches = list_matches(session, audit_id)
        delayed = [one for one in list_counters(session, audit_id) if one.delayed]
    accepted = {
        kind: [r for r in rows if r.decision is Decision.ACCEPT and r.proposal is kind]
        for kind in PROPOSALS
    }
    return page(
        "audits/closing.html",
        audit=audit,
        accepted={kind: found for kind, found in accepted.items() if found},
        overruled=[row for row in outside if row.decision is Decision.MARK_MISSING],
        present=[row for row in outside if row.decision is Decision.PRESENT],
        delayed=delayed,
        matches=matches,
        foreign=[row for row in rows if row.decision is Decision.FOREIGN],
        rejected=[row for row in rows if row.decision is Decision.REJECT],
        decided=decided,
        total=total,
        targets=targets,
        needs_two=current_organisation().closure_needs_two,
    )


@blueprint.post("/<id:audit_id>/closure")
@allow(Action.CLOSE_AUDITS)
def close(audit_id: int) -> Response:
    """Apply what was accepted, sign and seal."""
    try:
        close_with_key(audit_id, require_actor(), g.now)
    except (Conflict, Invalid) as error:
        flash(f"Not closed: {error.message}", "error")
    else:
        flash(AUDIT_STATES[AuditState.CLOSED].entered, "ok")
    return redirect(f"/audits/{audit_id}", 303)

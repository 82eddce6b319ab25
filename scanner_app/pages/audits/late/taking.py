"""What waits of an audit's scans: late ones to take in, and those that phones still hold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.late.unsent import say_unsent
from scanner_app.domain.errors import Conflict
from scanner_app.edge.guard import allow, require_actor
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.late.phones import list_phones
from scanner_app.queries.audits.late.waiting import list_waiting
from scanner_app.services.audits.late.admit import admit_late
from scanner_app.storage.database import transact

MAX_SHOWN = 100
# A phone that said nothing for so long may be without a network, and hold more than it said.
QUIET = timedelta(minutes=10)


def load_waiting(session: Session, audit_id: int, now: datetime) -> dict[str, Any]:
    """Return what the pages of an audit say of the scans that do not count yet."""
    phones = list_phones(session, audit_id)
    holding = [one for one in phones if one.is_holding(now)]
    waiting = list_waiting(session, audit_id)
    return {
        "phones": phones,
        "holding": holding,
        "unsent": say_unsent(holding),
        "quiet": [one for one in phones if one.told_at < now - QUIET and one not in holding],
        "waiting": waiting[:MAX_SHOWN],
        "waiting_count": len(waiting),
    }


@blueprint.post("/<id:audit_id>/late-scans")
@allow(Action.RUN_AUDITS)
def take_in(audit_id: int) -> Response:
    """Take in all late scans that wait."""
    actor, now, reason = require_actor(), g.now, request.form.get("reason", "")
    try:
        count = transact(
            lambda session: admit_late(
                session, audit_id=audit_id, reason=reason, actor=actor, now=now
            )
        )
    except Conflict as error:
        flash(f"Not taken in: {error.message}", "error")
    else:
        said = "1 late scan counts now." if count == 1 else f"{count:,} late scans count now."
        flash(said if count else "No late scan waits any more.", "ok")
    return redirect(f"/audits/{audit_id}", 303)

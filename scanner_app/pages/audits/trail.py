"""The trail of an audit: every step with who took it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.acts import ActRow, count_acts, list_acts
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.services.audits.blind import may_see_expected, require_not_blind
from scanner_app.storage.database import reading

# What the page of an audit shows; the trail's own page has all.
NEWEST = 10
PAGE = 100


@dataclass(frozen=True, slots=True)
class Trail:
    """The newest acts of an audit, and how many there are."""

    acts: list[ActRow]
    total: int


def load_trail(session: Session, audit: AuditRow) -> Trail:
    """Return the newest acts; none for a person who counts blind, whom they would tell numbers."""
    if not may_see_expected(audit, require_actor()):
        return Trail([], 0)
    newest = list_acts(session, audit.id, newest_first=True, limit=NEWEST)
    return Trail(newest, count_acts(session, audit.id))


@blueprint.get("/<id:audit_id>/acts")
@allow(Action.READ_AUDITS)
def show_acts(audit_id: int) -> Response:
    """Show all acts of an audit, newest first."""
    before = read_id(request.args.get("before", ""))
    with reading() as session:
        audit = get_audit(session, audit_id)
        require_not_blind(audit, require_actor())
        rows = list_acts(session, audit_id, before_id=before, newest_first=True, limit=PAGE + 1)
        total = count_acts(session, audit_id)
    following = f"/audits/{audit_id}/acts?before={rows[PAGE - 1].id}" if len(rows) > PAGE else None
    return page(
        "audits/acts.html",
        audit=audit,
        acts=rows[:PAGE],
        total=total,
        before=before,
        next_page=following,
    )

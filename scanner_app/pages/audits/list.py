"""The list of audits."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.accuracy import count_found
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.list import list_audits
from scanner_app.queries.audits.tallies import load_counts
from scanner_app.services.audits.blind import may_see_expected
from scanner_app.storage.database import reading

MAX_AUDITS = 50


@blueprint.get("")
@allow(Action.READ_AUDITS)
def show_list() -> Response:
    """List audits, newest first."""
    before_id = read_id(request.args.get("after"))
    with reading() as session:
        audits, following = list_audits(session, before_id=before_id, limit=MAX_AUDITS)
        counts = load_counts(session, [audit.id for audit in audits])
    actor = require_actor()
    rows = [
        (audit, counts[audit.id], count_found(counts[audit.id]))
        if may_see_expected(audit, actor)
        else (audit, None, None)
        for audit in audits
    ]
    return page("audits/list.html", rows=rows, following=following)

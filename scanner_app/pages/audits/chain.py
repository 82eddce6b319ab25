"""The row of sealed records: every closed and cancelled audit, numbered without a gap."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.numbers import read_id
from scanner_app.domain.seals.witnesses import WAYS
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.seals.chain import count_seals, list_seals
from scanner_app.queries.seals.witnesses import load_states
from scanner_app.storage.database import reading

PAGE = 100


@blueprint.get("/chain")
@allow(Action.READ_AUDITS)
def show_chain() -> Response:
    """Show the sealed records, newest first."""
    before = read_id(request.args.get("before", ""))
    with reading() as session:
        rows = list_seals(session, before=before, limit=PAGE + 1)
        total = count_seals(session)
        ways = load_states(session)
    following = f"/audits/chain?before={rows[PAGE - 1].number}" if len(rows) > PAGE else None
    return page(
        "audits/chain.html",
        seals=rows[:PAGE],
        total=total,
        before=before,
        next_page=following,
        ways=ways,
        way_labels=WAYS,
    )

"""Audits of one scope over time: their figures, what changed, and what is wrong each time."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.seeing.plots import plot_figures
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.audits.seeing.trends import (
    compare_audits,
    list_closed,
    list_offenders,
    load_figures,
)
from scanner_app.storage.database import reading

MAX_AUDITS = 12
MAX_SCOPES = 8
MAX_NAMED = 100


@blueprint.get("/trends")
@allow(Action.READ_AUDITS)
def show_trends() -> Response:
    """Show the closed audits of one scope, the newest first: that of `audit`, or of the newest."""
    wanted = read_id(request.args.get("audit"))
    with reading() as session:
        closed = list_closed(session)
        newest = _find_newest(closed)
        shown = next((one for one in closed if one.id == wanted), closed[0] if closed else None)
        same = [one for one in closed if shown and one.scope == shown.scope][:MAX_AUDITS]
        figures = [load_figures(session, one) for one in same]
        pair = same[:2] if len(same) > 1 else None
        changes = compare_audits(session, pair[0].id, pair[1].id) if pair else None
        offenders = list_offenders(session, pair[0].id, pair[1].id) if pair else []
    return page(
        "audits/trends.html",
        scopes=newest[:MAX_SCOPES],
        shown=shown,
        figures=figures,
        plots=plot_figures(figures) if len(figures) > 1 else (),
        changes=changes,
        offenders=offenders,
        max_named=MAX_NAMED,
    )


def _find_newest(closed: list[AuditRow]) -> list[AuditRow]:
    """Return the newest audit of each scope."""
    found: list[AuditRow] = []
    for one in closed:
        if all(one.scope != other.scope for other in found):
            found.append(one)
    return found

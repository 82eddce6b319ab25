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
from scanner_app.queries.audits.seeing.trends import list_closed, load_trend
from scanner_app.storage.database import reading

MAX_SCOPES = 8
MAX_NAMED = 100


@blueprint.get("/trends")
@allow(Action.READ_AUDITS)
def show_trends() -> Response:
    """Show the closed audits of one scope, the newest first: that of `audit`, or of the newest."""
    wanted = read_id(request.args.get("audit"))
    with reading(fresh=False) as session:
        closed = list_closed(session)
        newest = _find_newest(closed)
        shown = next((one for one in closed if one.id == wanted), closed[0] if closed else None)
        same = [one for one in closed if shown and one.scope == shown.scope]
        trend = load_trend(session, same)
    return page(
        "audits/trends.html",
        scopes=newest[:MAX_SCOPES],
        shown=shown,
        figures=trend.figures,
        plots=plot_figures(trend.figures) if trend.changes else (),
        changes=trend.changes,
        offenders=trend.offenders,
        max_named=MAX_NAMED,
    )


def _find_newest(closed: list[AuditRow]) -> list[AuditRow]:
    """Return the newest audit of each scope."""
    found: list[AuditRow] = []
    for one in closed:
        if all(one.scope != other.scope for other in found):
            found.append(one)
    return found

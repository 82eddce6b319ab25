"""All policies by the stage of life in which they hold, with what their checks found."""

from __future__ import annotations

from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.policies.gates import CHECK_STATES
from scanner_app.edge.guard import allow
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.policies._blueprint import blueprint
from scanner_app.queries.policies.policies import list_policies, list_waivers
from scanner_app.storage.database import reading

SHOWN_WAIVERS = 20


@blueprint.get("")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show the policies and the newest waivers."""
    today = today_here()
    with reading() as session:
        rows = list_policies(session)
        waivers = list_waivers(session, limit=SHOWN_WAIVERS)
    return page(
        "policies/list.html",
        policies=sorted(rows, key=lambda row: (row.stage, row.code)),
        waivers=waivers,
        titles={row.code: row.title for row in rows},
        states=CHECK_STATES,
        today=today,
    )

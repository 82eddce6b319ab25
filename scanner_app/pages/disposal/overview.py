"""What is retired and still here, and what waits for a second or a third person."""

from __future__ import annotations

from flask import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.disposal.sanitizations import SanitizationState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.disposal._blueprint import blueprint
from scanner_app.queries.disposal.consignments import list_consignments
from scanner_app.queries.disposal.sanitizations import list_retired, list_waiting
from scanner_app.storage.database import reading


@blueprint.get("/disposal")
@allow(Action.READ_REGISTER)
def show_overview() -> Response:
    """Show the retired assets that are still here, and the records that wait for somebody."""
    require_actor()
    with reading() as session:
        waiting = list_waiting(session)
        retired, count = list_retired(session)
        consignments = list_consignments(session)
    of_asset = {one.asset_tag: one.state for one in waiting}
    return page(
        "disposal/overview.html",
        to_verify=[one for one in waiting if one.state is SanitizationState.PERFORMED],
        to_accept=[one for one in waiting if one.state is SanitizationState.VERIFIED],
        retired=retired,
        count=count,
        consignments=consignments,
        of_asset=of_asset,
    )

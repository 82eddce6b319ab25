"""The list of labels that were printed."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from scanner_app.domain.access.roles import Action
from scanner_app.domain.labels.order import MAX_CODE
from scanner_app.domain.labels.stock import STOCKS
from scanner_app.domain.numbers import read_id
from scanner_app.domain.text import is_storable
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.pages.labels._blueprint import blueprint
from scanner_app.queries.labels.printed import list_prints
from scanner_app.storage.database import reading

A_PAGE = 100
NAMES = {stock.key: stock.label for stock in STOCKS}


@blueprint.get("/printed")
@allow(Action.PRINT_LABELS)
def show_printed() -> Response:
    """Show the prints of one label, or of all, the newest first."""
    code = request.args.get("code", "").strip()[:MAX_CODE]
    code = code if is_storable(code) else ""
    with reading() as session:
        before = read_id(request.args.get("before"))
        prints = list_prints(session, code=code, before=before, limit=A_PAGE + 1)
    more = {"before": str(prints[A_PAGE - 1].id)} if len(prints) > A_PAGE else {}
    query = {"code": code, **more} if code else more
    return page(
        "labels/printed.html",
        prints=prints[:A_PAGE],
        code=code,
        stocks=NAMES,
        next=f"/labels/printed?{urlencode(query)}" if more else None,
    )

"""The positions of products, and the list of licences."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.licences.metrics import product_key
from scanner_app.domain.money import say_money
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.edge.guard import allow
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.licences._blueprint import blueprint, licence_path
from scanner_app.pages.register.asset_list import query_text
from scanner_app.queries.licences.licences import list_licences
from scanner_app.queries.licences.positions import list_positions
from scanner_app.storage.database import reading

PAGE = 50


@blueprint.get("/licences")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show the position of each product today, and the licences by product."""
    query, today = query_text("q"), today_here()
    with reading() as session:
        found = list_licences(session, query=query, cursor=request.args.get("cursor"), limit=PAGE)
        positions = list_positions(session, on=today)
    words = product_key(query).split()
    following = urlencode({"q": query, "cursor": found.next or ""})
    return page(
        "licences/list.html",
        block="rows",
        licences=found.rows,
        positions=[one for one in positions if all(word in one.product_key for word in words)],
        query=query,
        today=today,
        ended=ENDED,
        path_of=licence_path,
        next_page=f"/licences?{following}" if found.next else None,
        is_first=not request.args.get("cursor"),
        say_money=say_money,
    )

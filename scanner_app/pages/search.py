"""One search over everything, as a page and as one types in the bar at the top."""

from __future__ import annotations

from flask import Blueprint, g, redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.lifecycle.tasks import CODE_SCHEME
from scanner_app.domain.text import mark_typed
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.web import page, wants_fragment
from scanner_app.pages.register.asset_list import query_text
from scanner_app.pages.register.assets import asset_path
from scanner_app.pages.register.locations import location_path
from scanner_app.pages.register.people import person_path
from scanner_app.pages.shell import find_actions
from scanner_app.pages.stock._blueprint import item_path
from scanner_app.pages.stockroom.kits import kit_path
from scanner_app.queries.everything import ExactHit, find_everything, find_exact_hit, suggest_query
from scanner_app.storage.database import reading

blueprint = Blueprint("search", __name__)

FEW = 5
MANY = 12


def path_of(hit: ExactHit) -> str:
    """Return the address of the page of what a code means."""
    if hit.kind == "asset":
        return asset_path(hit.name)
    if hit.kind == "stock_item":
        return item_path(hit.name)
    if hit.kind == CODE_SCHEME:
        return hit.name
    if hit.kind == "kit":
        return kit_path(hit.name)
    return location_path(hit.name) if hit.kind == "location" else person_path(hit.name)


@blueprint.get("/search")
@allow(Action.READ_REGISTER)
def show() -> WerkzeugResponse:
    """Show what a search finds. A whole code leads straight to what it means."""
    actor = require_actor()
    query = query_text("q")
    is_typing = wants_fragment()
    with reading(fresh=False) as session:
        if query and not is_typing:
            exact = find_exact_hit(session, query, rules=tag_rules(), now=g.now)
            if exact is not None:
                return redirect(path_of(exact), 303)
        hits = suggestion = None
        actions = find_actions(query)
        if query:
            with_audits = actor.can(Action.READ_AUDITS)
            limit = FEW if is_typing else MANY
            hits = find_everything(session, query, limit=limit, with_audits=with_audits)
            if hits.is_empty:
                suggestion = suggest_query(session, query)
    return page(
        "search.html",
        block="hits",
        query=mark_typed(query),
        hits=hits,
        actions=actions,
        suggestion=suggestion,
    )

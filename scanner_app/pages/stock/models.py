"""Assets in stock: a row for each model, a column for each location, and what is low."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.web import page
from scanner_app.pages.register.asset_list import query_text
from scanner_app.pages.stock._blueprint import blueprint
from scanner_app.queries.register.locations import get_location, list_ancestors
from scanner_app.queries.stock.models import load_matrix
from scanner_app.services.stock.models import set_model_minimum
from scanner_app.storage.database import reading, transact

A_PAGE = 25
SHOWN = (("", "All"), ("low", "Low"))


@blueprint.get("/models")
@allow(Action.READ_REGISTER)
def show_models() -> Response:
    """Show how many of each model are in stock, and where."""
    code, show = query_text("location"), query_text("show")
    show = show if show == "low" else ""
    first = read_id(request.args.get("from")) or 1
    with reading() as session:
        place = get_location(session, code) if code else None
        above = list_ancestors(session, place.path) if place else []
        matrix = load_matrix(
            session,
            inside=place.id if place else None,
            only_low=show == "low",
            first=first - 1,
            limit=A_PAGE,
            now=g.now,
            zone=current_organisation().zone,
        )

    def link(**parts: str) -> str:
        kept = {"location": code, "show": show, **parts}
        text = urlencode({name: value for name, value in kept.items() if value})
        return f"/stock/models?{text}".rstrip("?")

    following = first + A_PAGE
    return page(
        "stock/models.html",
        matrix=matrix,
        place=place,
        above=[one for one in above if place is not None and one.id != place.id],
        show=show,
        tabs=SHOWN,
        link=link,
        first=first,
        next_page=link(**{"from": str(following)}) if matrix.models >= following else None,
        back=link(**({"from": str(first)} if first > 1 else {})),
    )


@blueprint.post("/models/<id:model_id>/minimum")
@allow(Action.MANAGE_STOCK)
def set_of_model(model_id: int) -> Response:
    """Set how many of a model are to be in stock at least."""
    back = request.form.get("back", "")
    back = back if back.startswith("/stock/models") else "/stock/models"
    text = request.form.get("least", "").strip()
    try:
        least = 0 if text == "0" else read_id(text)
        if text and least is None:
            raise Invalid("Give the minimum as a whole number, or nothing.")
        name = transact(lambda session: set_model_minimum(session, model_id, least))
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(f"{name}: the minimum is {least}." if text else f"{name} has no minimum.", "ok")
    return redirect(back, 303)

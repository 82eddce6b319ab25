"""Help: the documentation as pages, with a search, and the part of it that fits another page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from scanner_app.domain.errors import NotFound
from scanner_app.domain.help import find_help
from scanner_app.edge.guard import public
from scanner_app.edge.help.texts import load_help
from scanner_app.edge.web import page

MAX_QUERY = 200

blueprint = Blueprint("help", __name__, url_prefix="/help")


@blueprint.app_context_processor
def offer_help() -> dict[str, Any]:
    """Return what templates use to lead to the help for their page, and to keep help on a phone."""
    kept = ["/help", *(f"/help/{name}" for name in load_help())]
    return {"help_here": lambda: find_help(request.path), "help_paths": kept}


@blueprint.get("")
@public
def show_index() -> Response:
    """Show all pages and their parts; with `q`, those that have its words."""
    query = request.args.get("q", "").strip()[:MAX_QUERY]
    found = [(one, one.narrow(query)) for one in load_help().values()]
    return page(
        "help/index.html", query=query, found=[(one, parts) for one, parts in found if parts]
    )


@blueprint.get("/<name>")
@public
def show_page(name: str) -> Response:
    """Show one page of the documentation."""
    shown = load_help().get(name)
    if shown is None:
        raise NotFound("There is no such page of help. Choose one from the list at /help.")
    return page("help/page.html", shown=shown)

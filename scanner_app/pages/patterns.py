"""Every component in every state on one page, for people who build pages; only in debug mode."""

from __future__ import annotations

from flask import Blueprint, Response

from scanner_app.domain.errors import NotFound
from scanner_app.edge.guard import signed_in
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page

blueprint = Blueprint("patterns", __name__)


@blueprint.get("/patterns")
@signed_in
def show_patterns() -> Response:
    """Show the components. In production this page does not exist."""
    if not current_settings().debug:
        raise NotFound("The components are shown in debug mode only (SCANNER_DEBUG=1).")
    return page("patterns.html")

"""HTML for people, made quick by htmx: one module a noun; each works without script."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Mount every page."""
    from scanner_app.pages import blueprints

    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)

"""HTML for people, made quick by htmx: one module a noun; each works without script."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Mount every page. What was typed is marked once it is known who reads."""
    from scanner_app.edge.words.reader import mark_what_was_typed
    from scanner_app.pages import blueprints

    app.before_request(mark_what_was_typed)

    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)

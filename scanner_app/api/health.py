"""Health for machines: /healthz (the process), /readyz (the database)."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from sqlalchemy import text

from scanner_app.extensions.database import reading
from scanner_app.extensions.guard import public


@public
def healthz() -> Response:
    """Answer that the process lives; says nothing else to anybody."""
    return jsonify(status="ok")


@public
def readyz() -> Response:
    """Answer once the database does; trouble there is a 503 by the error table."""
    with reading() as session:
        session.execute(text("SELECT version_num FROM alembic_version"))
    return jsonify(status="ready")


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)

"""scanner-app: physical audits of IT assets by barcode and RFID."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.wrappers import Response

from scanner_app.config import Settings

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application: read this as its table of contents."""
    from scanner_app import api, pages
    from scanner_app.edge.cookies import keep_written_place
    from scanner_app.edge.guard import guard_requests
    from scanner_app.edge.metrics import init_metrics
    from scanner_app.edge.numbers import RowIdConverter
    from scanner_app.edge.state import init_state
    from scanner_app.edge.web import HealthForEveryHost, init_web
    from scanner_app.logs import configure_logging
    from scanner_app.storage.database import db, init_database

    settings = (settings or Settings.from_env()).with_secret()
    app = Flask(
        __name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    init_state(app, settings)
    app.url_map.converters["id"] = RowIdConverter
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=settings.upload_max_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        SESSION_COOKIE_NAME="scanner-notes",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
    )
    if settings.proxy_hops:
        from werkzeug.middleware.proxy_fix import ProxyFix

        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign] # as Flask documents it
    if settings.trusted_hosts:
        app.wsgi_app = HealthForEveryHost(app.wsgi_app, settings.trusted_hosts[0])  # type: ignore[method-assign] # as Flask documents it

    configure_logging(settings.log_level, as_json=settings.log_json)
    init_database(app, settings)
    init_web(app)
    if settings.database_replica_url:
        keep_written_place(app)
    with app.app_context():
        init_metrics(app, db.engine)
    guard_requests(app)
    pages.init_app(app)
    api.init_app(app)
    answer_errors(app)
    return app


def answer_errors(app: Flask) -> None:
    """Answer every error in the form of the edge where it happened."""
    from scanner_app.api import wants_json
    from scanner_app.api.problems import to_problem
    from scanner_app.pages.errors import to_error_page

    def answer(error: Exception) -> Response:
        return to_problem(error) if wants_json() else to_error_page(error)

    app.register_error_handler(Exception, answer)

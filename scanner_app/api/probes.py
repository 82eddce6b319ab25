"""Health for machines: /healthz (the process), /readyz (the database), /metrics (Prometheus)."""

from __future__ import annotations

import ipaddress
import logging

from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scanner_app.domain.access.roles import Action, authorize
from scanner_app.domain.errors import Unavailable
from scanner_app.edge.guard import current_actor, public
from scanner_app.edge.health.troubles import are_connections_scarce
from scanner_app.edge.server_clock import look_at_clock
from scanner_app.edge.state import current_state, has_room
from scanner_app.queries.jobs import find_worker_seen
from scanner_app.queries.metrics import Figures, load_figures
from scanner_app.storage.database import reading

log = logging.getLogger(__name__)

# A proxy in between sets one of these headers; then the peer is the proxy, not the caller.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@public
def healthz() -> Response:
    """Answer that the process is alive, and nothing more."""
    return jsonify(status="ok")


@public
def readyz() -> Response:
    """Answer once the database answers and our clock can be right.

    The table of errors turns a failure into a 503. A disk that is nearly full is said beside
    "ready": taking the server out of service for it would stop the scans, which it still stores.
    """
    with reading() as session:
        session.execute(text("SELECT version_num FROM alembic_version"))
        worker_seen = find_worker_seen(session)
        is_scarce = are_connections_scarce(session)
    if look_at_clock(g.now).is_wrong:
        raise Unavailable(
            "The server's clock is wrong: the newest record is newer. Set the clock.",
            code="wrong_clock",
            retry_after=60,
        )
    seen = None if worker_seen is None else max(0, int((g.now - worker_seen).total_seconds()))
    # A worker that is silent takes no server out of service either: scans need none.
    answer: dict[str, object] = {"status": "ready", "worker_seen_seconds_ago": seen}
    if not has_room():
        answer["disk"] = "nearly_full"
    if is_scarce:
        answer["connections"] = "nearly_used_up"
    return jsonify(answer)


# Public, because the view itself decides: a collector on this machine needs no token, anyone else
# needs a role.
@public
def metrics() -> Response:
    """Return the figures for Prometheus. The counters are included even if the database is down."""
    if not _asks_from_this_machine():
        authorize(current_actor(), Action.READ_METRICS)
    figures: Figures | None = None
    try:
        with reading() as session:
            figures = load_figures(session, now=g.now)
    except (DBAPIError, PoolTimeout) as error:
        log.warning("metrics without the database id=%s", g.get("request_id", ""), exc_info=error)
    return Response(current_state().metrics.write(figures), content_type=CONTENT_TYPE_LATEST)


def _asks_from_this_machine() -> bool:
    if any(name in request.headers for name in FORWARDED) or request.headers.get("Authorization"):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:  # a unix socket has no address
        return False


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/metrics", view_func=metrics)

"""What every answer carries (security headers, request id), and how a page answers htmx."""

from __future__ import annotations

import hashlib
import logging
import re
import time
import uuid
from contextlib import ExitStack
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, current_app, g, get_flashed_messages, make_response, request
from flask import render_template as render_whole
from jinja2_fragments import render_block

from scanner_app.domain.access.roles import ROLES
from scanner_app.domain.audits.acts import ACT_KINDS
from scanner_app.domain.audits.findings import FINDING_KINDS, FLAGS
from scanner_app.domain.audits.holdings.holdings import SCOPE_KINDS, say_kinds
from scanner_app.domain.audits.policy import POLICY, say_policy
from scanner_app.domain.audits.proposals import DECISIONS, PROPOSALS
from scanner_app.domain.audits.rounds.steps import PLACE_STATES
from scanner_app.domain.audits.scoping import say_narrowing
from scanner_app.domain.audits.states import AUDIT_STATES
from scanner_app.domain.money import say_money
from scanner_app.domain.register.change_kinds import CHANGE_KINDS
from scanner_app.domain.register.lifecycle import stage_row
from scanner_app.domain.scanning.verdicts import verdict_row
from scanner_app.domain.seals.chain import SEAL_KINDS
from scanner_app.domain.signatures.drawing import write_svg_path
from scanner_app.domain.stock.items import MAX_LEVEL, MAX_QUANTITY
from scanner_app.domain.text import MARKS_TYPED
from scanner_app.edge.guard import current_actor
from scanner_app.edge.moments import mark_moments, write_day, write_moment, write_weekday
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.plots.svg import draw_plot
from scanner_app.edge.state import current_settings
from scanner_app.edge.words.answers import tell_answer
from scanner_app.edge.words.environment import WordsEnvironment, add_macros
from scanner_app.edge.words.reader import ENGLISH, reader_environment, reader_teller
from scanner_app.logs import request_id
from scanner_app.traces import span

log = logging.getLogger("scanner_app.request")

CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Browsers apply these to documents only. The scan page loads some 35 files before its first scan,
# so they are left out of files: 5 kB that a phone with a weak signal need not wait for.
PAGE_HEADERS = {
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), serial=(self), usb=(self), hid=(self), geolocation=()",
}
FILES = ("/static/", "/js/")
# Parts of an address that are a secret: links, calendars.
SECRET_PARTS = ("token", "secret")
YEAR = 365 * 86400
LOOPBACK = re.compile(r"(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?")
MAX_DRAINED = 128 * 1024 * 1024
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@lru_cache(maxsize=512)
def _fingerprint(path: str, _changed: float) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset_url(name: str) -> str:
    """Return the URL of a static file with its content's hash, so it can be cached forever."""
    path = Path(current_app.static_folder or "") / name
    return f"/static/{name}?v={_fingerprint(str(path), path.stat().st_mtime)}"


class HealthForEveryHost:
    """The app, whose health answers whatever host is named: a checker asks by an address.

    `/metrics` does so only by an address of this machine, never by a name that a page could have
    brought here.
    """

    def __init__(self, app: Any, known_host: str) -> None:
        self._app = app
        self._known_host = known_host.lstrip(".")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path, host = environ.get("PATH_INFO", ""), environ.get("HTTP_HOST", "")
        if path in {"/healthz", "/readyz"} or (path == "/metrics" and LOOPBACK.fullmatch(host)):
            environ["HTTP_HOST"] = self._known_host
        return self._app(environ, start_response)


def wants_fragment() -> bool:
    """Return whether htmx asks for a part of a page."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
        and request.headers.get("HX-Boosted") != "true"
    )


def page(template: str, *, block: str | None = None, status: int = 200, **values: Any) -> Response:
    """Render a page, or for htmx only the named block. The server names it, never the client.

    :param block: the block that answers a request by htmx; None always renders the page.
    """
    environment = reader_environment()
    if block is not None and wants_fragment():
        current_app.update_template_context(values)
        text = render_block(environment, template, block, **values)
    else:
        text = render_whole(environment.get_template(template), **values)
    response = make_response(text, status)
    response.headers["Vary"] = "HX-Request"
    return response


def _start_request() -> None:
    MARKS_TYPED.set(False)
    wanted = request.headers.get("X-Request-ID", "")
    g.request_id = wanted if REQUEST_ID.fullmatch(wanted) else uuid.uuid4().hex
    request_id.set(g.request_id)
    g.traced = ExitStack()
    g.note = g.traced.enter_context(
        span(
            f"{request.method} {request.url_rule.rule if request.url_rule else 'unknown'}",
            begins=g.request_id,
            kind="SERVER",
            **{"http.request.method": request.method, "scanner.request_id": g.request_id},
        )
    )
    g.started = time.perf_counter()


def _end_request(_error: BaseException | None) -> None:
    MARKS_TYPED.set(False)
    traced: ExitStack | None = g.pop("traced", None)
    if traced is not None:
        traced.close()


def _drain_request() -> None:
    """Read the rest of a body that is not taken.

    If the server closed the connection over unread bytes, it would be reset, and the sender might
    never see the reason. A body that never ends is cut off after `MAX_DRAINED` bytes.
    """
    stream = request.environ.get("wsgi.input")
    left = min(request.content_length or 0, MAX_DRAINED)
    while stream is not None and left > 0:
        chunk = stream.read(min(left, 65536))
        if not chunk:
            return
        left -= len(chunk)


def _finish_request(response: Response) -> Response:
    if response.status_code in {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.INSUFFICIENT_STORAGE,
    }:
        _drain_request()
    is_file = response.status_code == HTTPStatus.OK and request.path.startswith(FILES)
    for name, value in (HEADERS if is_file else HEADERS | PAGE_HEADERS).items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    response.headers["X-Request-ID"] = g.get("request_id", "")
    if "note" in g:
        g.note("http.response.status_code", response.status_code)
    if request.endpoint == "static":
        fixed = "v" in request.args
        response.headers["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if fixed else "no-cache"
        )
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    log.info(
        "request method=%s path=%s status=%s ms=%.0f id=%s",
        request.method,
        _path_without_secret(),
        response.status_code,
        (time.perf_counter() - g.get("started", time.perf_counter())) * 1000,
        g.get("request_id", ""),
    )
    return response


def _path_without_secret() -> str:
    """Return the path of this request as the log has it: without what opens a door by itself."""
    path = request.path
    for name in SECRET_PARTS:
        secret = (request.view_args or {}).get(name)
        path = path.replace(secret, "...") if secret else path
    return path[:200]


def _tell_flashes() -> list[tuple[str, str]]:
    """Return what the request before said, in the reader's language."""
    teller = reader_teller()
    said = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    return [(level, teller.tell(text) if teller else text) for level, text in said]


def _add_globals(app: Flask) -> None:
    app.jinja_env.globals.update(
        max_pieces=MAX_QUANTITY,
        max_level=MAX_LEVEL,
        asset_url=asset_url,
        draw_plot=draw_plot,
        write_moment=write_moment,
        write_day=write_day,
        write_weekday=write_weekday,
        signature_path=write_svg_path,
    )


def init_web(app: Flask) -> None:
    """Add headers and request ids to answers, and what every template may use."""
    app.jinja_environment = WordsEnvironment
    app.before_request(_start_request)
    app.after_request(_finish_request)
    app.teardown_request(_end_request)
    app.after_request(tell_answer)

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "actor": current_actor(),
            "organisation": current_organisation(),
            "is_clock_wrong": g.get("is_clock_wrong", False),
            "settings_public": {"debug": current_settings().debug},
            "flashes": _tell_flashes() if request else [],
        }

    _add_globals(app)
    app.jinja_env.filters["sentence"] = mark_moments
    # What pages say about the members of an enum is in its rows, which templates read by name.
    app.jinja_env.globals.update(
        audit_states=AUDIT_STATES,
        act_kinds=ACT_KINDS,
        seal_kinds=SEAL_KINDS,
        finding_kinds=FINDING_KINDS,
        finding_flags=FLAGS,
        proposals=PROPOSALS,
        decisions=DECISIONS,
        policy_rows=POLICY,
        place_states=PLACE_STATES,
        say_money=say_money,
        say_narrowing=say_narrowing,
        say_kinds=say_kinds,
        scope_kinds=SCOPE_KINDS,
        say_policy=say_policy,
        change_kinds=CHANGE_KINDS,
        role_facts=ROLES,
        stage_row=stage_row,
        verdict_row=verdict_row,
        language=ENGLISH,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    add_macros(app, app.jinja_env)

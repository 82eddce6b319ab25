"""Who is asking, and may they? Each view carries its decision; a view without one is refused.

Each view has `@allow(Action.X)`, `@signed_in` or `@public`. `guard_requests` loads the actor (from
a sign-in cookie or a bearer token), checks where an unsafe request comes from, and then applies the
decision.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor, authorize
from scanner_app.domain.errors import NotAllowed, NotSignedIn
from scanner_app.edge.cookies import cookie_name
from scanner_app.edge.organisation import look_at_organisation
from scanner_app.edge.server_clock import is_clock_wrong
from scanner_app.edge.state import current_settings
from scanner_app.services.access import sign_ins, tokens
from scanner_app.storage.database import glancing, is_a_race, is_trouble, unit_of_work

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed_in"
# What a program may ask outside the API. Pages are for people: no token opens one.
FOR_PROGRAMS = frozenset({"/healthz", "/readyz", "/metrics"})
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def allow(action: Action) -> Callable[[View], View]:
    """Admit actors whose role includes the action."""

    def decide(view: View) -> View:
        view.__access__ = action  # type: ignore[attr-defined] # the decision travels with the view
        return view

    return decide


def public(view: View) -> View:
    """Admit everybody: sign-in, health, the files a phone needs before it trusts us."""
    view.__access__ = PUBLIC  # type: ignore[attr-defined] # as above
    return view


def signed_in(view: View) -> View:
    """Admit everybody who is signed in, with any role."""
    view.__access__ = SIGNED_IN  # type: ignore[attr-defined] # as above
    return view


def find_decision(app: Flask, endpoint: str, method: str) -> Action | str | None:
    """Return the decision on the view of an endpoint, or None if it has none."""
    view: Any = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        name = "get" if method == "HEAD" else method.lower()
        view = getattr(view_class, name, None)
    return getattr(view, "__access__", None)


def current_actor() -> Actor | None:
    actor: Actor | None = g.get("actor")
    return actor


def require_actor() -> Actor:
    """Return the actor, or raise NotSignedIn."""
    actor = current_actor()
    if actor is None:
        raise NotSignedIn("Sign in to continue.")
    return actor


def _load_actor(now: datetime) -> Actor | None:
    header = request.headers.get("Authorization", "")
    if header:
        # A request with a token is judged by the token alone, never by a cookie beside it.
        return _load_token_actor(header, now)
    cookie = request.cookies.get(cookie_name(current_settings()))
    return _load_signed_in_actor(cookie, now) if cookie else None


def _load_token_actor(header: str, now: datetime) -> Actor | None:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":  # RFC 9110, 11.1: the scheme's case says nothing
        return None
    with glancing() as session:
        actor, stale = tokens.find_token_actor(session, token=token.strip(" "), now=now)
        look_at_organisation(session)
    if actor is not None and stale:
        _note(lambda session: tokens.touch_token(session, token_id=actor.id, now=now))
    return actor


def _load_signed_in_actor(cookie: str, now: datetime) -> Actor | None:
    settings = current_settings()
    with glancing() as session:
        actor, stale = sign_ins.find_sign_in_actor(
            session,
            cookie=cookie,
            now=now,
            idle_hours=settings.session_hours,
            longest_days=settings.session_days,
        )
        look_at_organisation(session)
    if actor is not None and stale and actor.session_id is not None:
        sign_in_id = actor.session_id
        _note(lambda session: sign_ins.touch_sign_in(session, sign_in_id=sign_in_id, now=now))
    return actor


def _note(write: Callable[[Session], None]) -> None:
    """Record a last use. If the database is too busy for that, the request goes on without it."""
    try:
        with unit_of_work() as session:
            write(session)
    except DBAPIError as error:
        if not is_trouble(error) and not is_a_race(error):
            raise
        log.warning("last use not noted id=%s", g.get("request_id", ""), exc_info=error)


def comes_from_here() -> bool:
    """Return whether an unsafe request comes from our own page, or from no browser at all.

    This is the rule of Go's http.CrossOriginProtection. Browsers say where a request comes from. A
    program that says nothing is not a browser, so it does not carry a victim's cookie.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    base = urlsplit(current_settings().base_url)
    # A proxy may pass on another scheme and Host than those that people see.
    ours = {(request.scheme, request.host), (base.scheme, base.netloc)}
    return bool(parts.netloc) and (parts.scheme, parts.netloc) in ours


def _guard() -> None:
    g.now = datetime.now(UTC)
    if request.endpoint == "static":
        return
    if request.endpoint is None:
        # 404 or 405, answered by its error handler: a page that keeps the sections in reach.
        if request.method == "GET" and not request.path.startswith("/api/"):
            g.actor = _load_actor(g.now)
        return
    decision = find_decision(current_app, request.endpoint, request.method)
    if request.method == "OPTIONS":
        decision = decision or PUBLIC  # says which methods there are, runs no view
    # A token is sent by a program, never by a browser on its own. A public route (the sign-in) sets
    # a cookie whatever header comes with the request.
    is_bearer = _carries_token() and decision != PUBLIC
    if request.method in UNSAFE and not is_bearer and not comes_from_here():
        raise NotAllowed(
            "This request came from another site. Open the page here and try again.",
            code="cross_site",
        )
    g.actor = _load_actor(g.now)
    if g.actor is not None and not is_bearer:
        g.is_clock_wrong = is_clock_wrong(g.now)
    if decision == PUBLIC:
        return
    _refuse_token_on_pages()
    if decision is None:
        raise NotAllowed("This address has no access rule, so it is refused.", code="undecided")
    if decision == SIGNED_IN:
        require_actor()
        return
    authorize(g.actor, Action(decision))


def _carries_token() -> bool:
    return request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"


def _refuse_token_on_pages() -> None:
    actor = current_actor()
    if actor is None or actor.kind != "token":
        return
    if not request.path.startswith("/api/") and request.path not in FOR_PROGRAMS:
        raise NotAllowed(
            "A token works in the API only. Sign in to open pages.", code="token_on_page"
        )


def guard_requests(app: Flask) -> None:
    """Run the guard before every request."""
    app.before_request(_guard)

"""Signing in and out, and the links that work once."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access import Role
from scanner_app.domain.errors import Conflict, Invalid, ScannerAppError, TooMany
from scanner_app.extensions.database import reading, unit_of_work
from scanner_app.extensions.guard import (
    clear_sign_in_cookie,
    current_actor,
    current_settings,
    public,
    set_sign_in_cookie,
)
from scanner_app.extensions.web import page
from scanner_app.models import User
from scanner_app.services import access

blueprint = Blueprint("sign_in", __name__)

WRONG = "E-mail or password is wrong."


def own_page(target: str | None) -> str:
    """Give the page to go on to: one of ours, whatever a link asks for."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(c < " " or c == "\\" for c in target) or "%5c" in target.lower():
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"


def network_of(address: str) -> str:
    """Give the network that an address is throttled with: its /24, or /64 of IPv6."""
    try:
        width = 24 if ip_address(address).version == 4 else 64  # noqa: PLR2004 - IP versions
        return str(ip_network(f"{address}/{width}", strict=False))
    except ValueError:
        return "unknown"


@blueprint.get("/sign-in")
@public
def show_form() -> WerkzeugResponse:
    """Show the form, or go on where somebody is signed in already."""
    target = own_page(request.args.get("next"))
    if current_actor() is not None:
        return redirect(target, 303)
    with reading() as session:
        is_new = access.needs_first_admin(session)
    return page("sign_in/form.html", next=target, email="", error=None, is_new=is_new)


@blueprint.post("/sign-in")
@public
def sign_in() -> WerkzeugResponse:
    """Sign in by e-mail and password; wrong ones are counted for the account and the network."""
    email = request.form.get("email", "")[:320]
    password = request.form.get("password", "")
    target = own_page(request.form.get("next"))
    account, network = _throttle_keys(email)
    limit = current_settings().sign_in_attempts
    try:
        with unit_of_work() as session:
            access.count_attempt(session, keys=[account], now=g.now, limit=limit)
            access.count_attempt(session, keys=[network], now=g.now, limit=limit * 5)
    except TooMany as error:
        answer = page(
            "sign_in/form.html",
            status=429,
            next=target,
            email=email,
            error=error.message,
            is_new=False,
        )
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    with reading() as session:
        user = access.check_credentials(session, email=email, password=password)
        user_id = user.id if user is not None else None
    if user_id is None:
        return page(
            "sign_in/form.html", status=422, next=target, email=email, error=WRONG, is_new=False
        )
    return _enter(user_id, target, forget=[account])


def _throttle_keys(email: str) -> tuple[str, str]:
    try:
        name = access.normalize_email(email)
    except Invalid:
        name = "?"
    return f"account:{name}", f"network:{network_of(request.remote_addr or '')}"


def _enter(user_id: int, target: str, *, forget: list[str]) -> WerkzeugResponse:
    actor = current_actor()
    with unit_of_work() as session:
        if actor is not None and actor.session_id is not None:
            access.end_sign_in(session, sign_in_id=actor.session_id)
        user = session.get_one(User, user_id)
        value = access.start_sign_in(
            session,
            user=user,
            user_agent=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
            now=g.now,
        )
        access.forget_attempts(session, keys=forget, now=g.now)
    answer = redirect(target, 303)
    assert isinstance(answer, Response)  # noqa: S101 - Flask's redirect gives Flask's class
    set_sign_in_cookie(answer, value)
    return answer


@blueprint.post("/sign-out")
@public
def sign_out() -> WerkzeugResponse:
    """End this sign-in on the server: its cookie is dead everywhere from now on."""
    actor = current_actor()
    if actor is not None and actor.session_id is not None:
        with unit_of_work() as session:
            access.end_sign_in(session, sign_in_id=actor.session_id)
    answer = redirect("/sign-in", 303)
    assert isinstance(answer, Response)  # noqa: S101 - Flask's redirect gives Flask's class
    clear_sign_in_cookie(answer)
    # Cookies only: unsent scans may still wait in the browser's storage.
    answer.headers["Clear-Site-Data"] = '"cookies"'
    return answer


@blueprint.get("/links/<secret>")
@public
def show_link(secret: str) -> WerkzeugResponse:
    """Show what a one-time link is for."""
    with reading() as session:
        link = access.find_link(session, value=secret, now=g.now)
        user = session.get(User, link.user_id) if link.user_id else None
        purpose, email = link.purpose, user.email if user else ""
    return page(
        "sign_in/link.html", secret=secret, purpose=purpose, email=email, name="", errors={}
    )


@blueprint.post("/links/<secret>")
@public
def use_link(secret: str) -> WerkzeugResponse:
    """Make the first admin, or set a password, and sign in; the link is used up."""
    form = request.form
    email, name = form.get("email", "")[:320], form.get("name", "")[:200]
    password = form.get("password", "")
    purpose = "first_admin"
    try:
        with unit_of_work() as session:
            link = access.find_link(session, value=secret, now=g.now)
            purpose = link.purpose
            if purpose == "first_admin":
                if not access.needs_first_admin(session):
                    raise Conflict("There is an admin already. Ask them for an account.")
                user = access.add_user(
                    session, email=email, role=Role.ADMIN, name=name, password=password, now=g.now
                )
                user_id = user.id
            else:
                assert link.user_id is not None  # noqa: S101 - a password link names its user
                user_id = link.user_id
                access.set_password(session, user_id=user_id, password=password)
            link.used_at = g.now
    except (Invalid, Conflict) as error:
        return page(
            "sign_in/link.html",
            status=422,
            secret=secret,
            purpose=purpose,
            email=email,
            name=name,
            errors=_errors_of(error),
        )
    flash("Welcome. You are signed in.", "ok")
    return _enter(user_id, "/", forget=[])


def _errors_of(error: ScannerAppError) -> dict[str, str]:
    if isinstance(error, Invalid) and error.errors:
        return {name: texts[0] for name, texts in error.errors.items()}
    return {"form": error.message}

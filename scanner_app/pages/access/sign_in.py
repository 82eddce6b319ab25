"""Signing in and out, and the one-time links."""

from __future__ import annotations

import logging
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.accounts import normalize_email
from scanner_app.domain.errors import Conflict, Invalid, TooMany
from scanner_app.edge.cookies import (
    clear_sign_in_cookie,
    read_browser_marks,
    set_browser_marks,
    set_sign_in_cookie,
)
from scanner_app.edge.guard import current_actor, public
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.models import User
from scanner_app.pages.access.party import can_use_passkeys
from scanner_app.pages.form_errors import errors_of
from scanner_app.services.access import links, passwords, sign_ins, throttle, users
from scanner_app.storage.database import reading, transact, unit_of_work

blueprint = Blueprint("sign_in", __name__)


# Where what follows lets in anyone who has it: one-time links, calendars, links that stop e-mails.
KEYS = ("/links/", "/calendar/", "/notices/stop/")


class HideLinks(logging.Filter):
    """Keeps addresses that are keys out of the request log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_hide_key(value) for value in record.args)
        return True


def _hide_key(value: object) -> object:
    opened = (start for start in KEYS if isinstance(value, str) and value.startswith(start))
    start = next(opened, None)
    return value if start is None else f"{start}..."


logging.getLogger("scanner_app.request").addFilter(HideLinks())

WRONG = "E-mail or password is wrong."
NO_TLS = (
    "This address begins with http://, and the browser keeps a sign-in only over https://. "
    "Open the https:// address of this service."
)
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def own_page(target: str | None) -> str:
    """Return the page to go to after signing in.

    It is always one of ours, whatever a link contains.
    """
    if not target or not target.startswith("/"):
        return "/"
    # Browsers read a backslash as a slash and drop tabs and newlines, and some servers decode
    # twice.
    plain = unquote(unquote(target))
    if any(not c.isprintable() or c == "\\" for c in plain) or plain.startswith("//"):
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"


def _form(status: int = 200, *, email: str = "", error: str = "") -> Response:
    with reading() as session:
        is_new = users.needs_first_admin(session)
    target = own_page(request.values.get("next"))
    return page(
        "access/sign_in/form.html",
        status=status,
        next=target,
        email=email,
        error=error,
        is_new=is_new,
        has_passkeys=can_use_passkeys(),
    )


@blueprint.get("/sign-in")
@public
def show_form() -> WerkzeugResponse:
    """Show the form, or go to the next page if someone is already signed in."""
    if current_actor() is not None:
        return redirect(own_page(request.args.get("next")), 303)
    return _form()


@blueprint.post("/sign-in")
@public
def sign_in() -> WerkzeugResponse:
    """Sign in by e-mail and password.

    Wrong attempts are counted for the account and the network.
    """
    typed = request.form.get("email", "")[:320]
    password = request.form.get("password", "")
    if _cannot_keep_cookie():
        return _form(422, email=typed, error=NO_TLS)
    settings = current_settings()
    try:
        email = normalize_email(typed)
    except Invalid:
        email = None
    browser = throttle.find_browser(
        settings.secret_key, email=email or "", marks=read_browser_marks()
    )
    limits = throttle.list_limits(
        email=email,
        address=request.remote_addr or "",
        browser=browser,
        attempts=settings.sign_in_attempts,
    )
    try:
        with unit_of_work() as session:
            throttle.count_attempt(session, limits=limits, now=g.now)
    except TooMany as error:
        answer = _form(429, email=typed, error=error.message)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    with reading() as session:
        login = sign_ins.find_login(session, email=typed)
    # Compare outside a transaction, and for unknown accounts too, so that the time taken does not
    # show whether an account exists.
    is_right = passwords.is_password(login.password_hash if login else None, password)
    if login is None or not is_right:
        return _form(422, email=typed, error=WRONG)
    stronger = passwords.strengthen_hash(login.password_hash, password)
    with unit_of_work() as session:
        user = sign_ins.find_user_of(session, login=login)
        if user is not None:
            user.password_hash = stronger or user.password_hash
            throttle.forget_attempts(session, limits=limits, now=g.now)
    if user is None:  # switched off, or given a new password, during the comparison
        return _form(422, email=typed, error=WRONG)
    return enter(login.user_id, own_page(request.form.get("next")))


def _cannot_keep_cookie() -> bool:
    """Return whether the browser will drop a cookie that may only be sent over HTTPS."""
    origin = urlsplit(request.headers.get("Origin", ""))
    return (
        current_settings().secure_cookies
        and origin.scheme == "http"
        and origin.hostname not in THIS_MACHINE
    )


def enter(user_id: int, target: str) -> Response:
    """Start a new sign-in in place of the browser's previous one, and go to the next page."""
    settings = current_settings()
    actor = current_actor()
    with unit_of_work() as session:
        if actor is not None and actor.session_id is not None:
            sign_ins.end_sign_in(session, sign_in_id=actor.session_id)
        user = session.get_one(User, user_id)
        email = user.email
        value = sign_ins.start_sign_in(
            session,
            user=user,
            user_agent=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
            now=g.now,
        )
    answer = redirect(target, 303)
    assert isinstance(answer, Response)  # noqa: S101 - Flask's redirect gives Flask's class
    set_sign_in_cookie(answer, value)
    marks = throttle.add_mark(settings.secret_key, email=email, marks=read_browser_marks())
    set_browser_marks(answer, marks)
    return answer


@blueprint.post("/sign-out")
@public
def sign_out() -> WerkzeugResponse:
    """End this sign-in on the server. Its cookie works nowhere from now on."""
    actor = current_actor()
    if actor is not None and actor.session_id is not None:
        with unit_of_work() as session:
            sign_ins.end_sign_in(session, sign_in_id=actor.session_id)
    # Clear-Site-Data is not sent: it would delete the cookies of every service under the same
    # domain, and the storage in which a phone keeps scans that are not sent yet.
    answer = redirect("/sign-in", 303)
    assert isinstance(answer, Response)  # noqa: S101 - Flask's redirect gives Flask's class
    clear_sign_in_cookie(answer)
    return answer


def _link_page(
    secret: str,
    *,
    purpose: str,
    email: str,
    name: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    answer = page(
        "access/sign_in/link.html",
        status=status,
        secret=secret,
        purpose=purpose,
        email=email,
        name=name,
        errors=errors or {},
    )
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return answer


def _read_link(secret: str) -> tuple[str, str]:
    """Return a link's purpose and the address of the user that it is for."""
    with reading() as session:
        link = links.find_link(session, value=secret, now=g.now)
        user = session.get(User, link.user_id) if link.user_id else None
        return link.purpose, user.email if user else ""


@blueprint.get("/links/<secret>")
@public
def show_link(secret: str) -> WerkzeugResponse:
    """Show what a one-time link is for.

    Only the form uses it up, so a link preview does no harm.
    """
    purpose, email = _read_link(secret)
    return _link_page(secret, purpose=purpose, email=email)


@blueprint.post("/links/<secret>")
@public
def use_link(secret: str) -> WerkzeugResponse:
    """Make the first admin or set a password, and sign in. The link is used up."""
    purpose, email = _read_link(secret)
    name = request.form.get("name", "")[:500]
    if purpose == "first_admin":
        email = request.form.get("email", "")[:320]
    try:
        password_hash = passwords.hash_password(request.form.get("password", ""))

        def use(session: Session) -> int:
            return links.use_link(
                session,
                value=secret,
                email=email,
                name=name,
                password_hash=password_hash,
                now=g.now,
            )

        user_id = transact(use)
    except (Invalid, Conflict) as error:
        return _link_page(
            secret,
            purpose=purpose,
            email=email,
            name=name,
            errors=errors_of(error),
            status=422,
        )
    flash("Welcome. You are signed in.", "ok")
    if can_use_passkeys():
        flash("Next time without the password: add a passkey under Your account.", "info")
    return enter(user_id, "/")

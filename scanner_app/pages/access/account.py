"""Your account: your password, and where you are signed in."""

from __future__ import annotations

import re

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.errors import Invalid, NotAllowed, NotFound, TooMany
from scanner_app.domain.settings import LANGUAGES
from scanner_app.edge.guard import require_actor, signed_in
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.models import SignIn, User
from scanner_app.pages.access.party import can_use_passkeys
from scanner_app.pages.access.sign_in import enter
from scanner_app.pages.form_errors import errors_of
from scanner_app.queries.access import SignInRow, list_sign_ins
from scanner_app.services.access import passwords, sign_ins, throttle, users
from scanner_app.services.access.passkeys import list_passkeys
from scanner_app.storage.database import reading, unit_of_work

blueprint = Blueprint("account", __name__, url_prefix="/account")

# The first match counts, because each browser also names the browsers it is based on.
BROWSERS = (
    ("Edge", r"\bEdgA?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"(Chrome|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMacintosh\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


def name_browser(user_agent: str) -> str:
    """Return the name that a person would use for a browser: 'Chrome on Android'."""

    def first(table: tuple[tuple[str, str], ...]) -> str:
        return next((name for name, pattern in table if re.search(pattern, user_agent)), "")

    browser, system = first(BROWSERS), first(SYSTEMS)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent[:40] or "Unknown browser"


def _own_id() -> int:
    actor = require_actor()
    if actor.user_id is None:
        raise NotAllowed("A token does not have an account.")
    return actor.user_id


def find_sign_ins(session: Session, user_id: int) -> list[SignInRow]:
    """Return a user's sign-ins, the last used first; those that expired say so."""
    settings = current_settings()
    return list_sign_ins(
        session,
        user_id=user_id,
        now=g.now,
        idle_hours=settings.session_hours,
        longest_days=settings.session_days,
    )


def _show(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    actor = require_actor()
    with reading() as session:
        user = session.get_one(User, _own_id())
        return page(
            "access/account.html",
            status=status,
            email=user.email,
            role=user.role.value,
            sign_ins=[row for row in find_sign_ins(session, user.id) if not row.is_over],
            current=actor.session_id,
            passkeys=list_passkeys(session, user_id=user.id),
            has_passkeys=can_use_passkeys(),
            errors=errors or {},
            name_browser=name_browser,
            languages=LANGUAGES,
            language_chosen=user.language or "",
        )


@blueprint.get("")
@signed_in
def show_account() -> Response:
    """Show the account of the person who is signed in."""
    return _show()


@blueprint.post("/language")
@signed_in
def change_language() -> Response:
    """Choose the language of the pages; an empty one is that of the browser."""
    language = request.form.get("language", "")
    if language and language not in LANGUAGES:
        return _show({"language": "Choose a language from the list."}, 422)
    with unit_of_work() as session:
        users.set_language(session, user_id=_own_id(), language=language)
    return redirect("/account", 303)


@blueprint.post("/password")
@signed_in
def change_password() -> Response:
    """Change the password. Every sign-in ends, and this browser gets a new one."""
    user_id = _own_id()
    # Otherwise anyone who finds an unlocked phone could guess the password on it.
    limits = {f"password:{user_id}": current_settings().sign_in_attempts}
    try:
        with unit_of_work() as session:
            throttle.count_attempt(session, limits=limits, now=g.now)
    except TooMany as error:
        answer = _show({"current": error.message}, 429)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    with reading() as session:
        stored = session.get_one(User, user_id).password_hash
    if not passwords.is_password(stored, request.form.get("current", "")):
        return _show({"current": "That is not your password."}, 422)
    try:
        password_hash = passwords.hash_password(request.form.get("password", ""))
    except Invalid as error:
        return _show(errors_of(error), 422)
    with unit_of_work() as session:
        users.set_password(session, user_id=user_id, password_hash=password_hash)
        throttle.forget_attempts(session, limits=limits, now=g.now)
    flash("Your password is changed. You are signed out everywhere else.", "ok")
    return enter(user_id, "/account")


@blueprint.post("/sign-ins/<id:sign_in_id>/end")
@signed_in
def end_sign_in(sign_in_id: int) -> Response:
    """End one of the person's own sign-ins."""
    user_id = _own_id()
    with unit_of_work() as session:
        row = session.get(SignIn, sign_in_id)
        # The sign-in of another person gets the same answer as one that does not exist.
        if row is None or row.user_id != user_id:
            raise NotFound("That sign-in was not found. It may have ended already.")
        sign_ins.end_sign_in(session, sign_in_id=sign_in_id)
    flash("The sign-in has ended.", "ok")
    return redirect("/account", 303)


@blueprint.post("/sign-ins/end")
@signed_in
def end_other_sign_ins() -> Response:
    """End every sign-in of this person except the current one."""
    user_id = _own_id()
    with unit_of_work() as session:
        sign_ins.end_sign_ins(session, user_id=user_id, but=require_actor().session_id)
    flash("You are signed out everywhere else.", "ok")
    return redirect("/account", 303)

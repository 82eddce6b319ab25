"""Passkeys and the code for a new phone: asked for by scripts of the account and sign-in pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import segno
from flask import Blueprint, Response, flash, g, jsonify, redirect, request
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import public, require_actor, signed_in
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.models import User
from scanner_app.pages.access.party import current_party
from scanner_app.pages.access.sign_in import enter, own_page
from scanner_app.services.access import passkeys, phone_codes
from scanner_app.storage.database import reading, transact, unit_of_work

blueprint = Blueprint("passkeys", __name__)


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid("This request cannot be read. Reload the page and try again.")
    return body


def _own(session: Session) -> User:
    return session.get_one(User, require_actor().user_id)


@blueprint.post("/passkeys/options")
@public
def offer_sign_in() -> Response:
    """Return what the browser needs to ask for a passkey."""
    return jsonify(passkeys.offer_sign_in(current_party()))


@blueprint.post("/passkeys/sign-in")
@public
def sign_in() -> Response:
    """Sign in by the answer of a passkey, and say where to go."""
    body, party = _body(), current_party()
    try:
        user_id = transact(
            lambda session: passkeys.find_user_by_passkey(session, party, body=body, now=g.now)
        )
    except Invalid as error:
        return _refuse(error)
    answer = enter(user_id, own_page(str(body.get("next") or "/")))
    done = jsonify(location=answer.location)
    for cookie in answer.headers.getlist("Set-Cookie"):
        done.headers.add("Set-Cookie", cookie)
    return done


def _refuse(error: Invalid) -> Response:
    answer = jsonify(message=error.message)
    answer.status_code = 422
    return answer


@blueprint.post("/account/passkeys/options")
@signed_in
def offer_registration() -> Response:
    """Return what the browser needs to make a passkey."""
    with reading() as session:
        return jsonify(passkeys.offer_registration(session, current_party(), user=_own(session)))


@blueprint.post("/account/passkeys")
@signed_in
def add() -> Response:
    """Keep a passkey that the browser made."""
    body = _body()
    try:
        name = transact(
            lambda session: (
                passkeys.add_passkey(
                    session, current_party(), user=_own(session), body=body, now=g.now
                ).name
            )
        )
    except Invalid as error:
        return _refuse(error)
    flash(f"The passkey “{name}” is added. You can sign in with it.", "ok")
    return jsonify(location="/account")


@blueprint.post("/account/passkeys/<id:passkey_id>/removal")
@signed_in
def remove(passkey_id: int) -> WerkzeugResponse:
    """Revoke one of your passkeys."""
    with unit_of_work() as session:
        passkeys.remove_passkey(session, user_id=_own(session).id, passkey_id=passkey_id)
    flash("The passkey is removed. It opens nothing any more.", "ok")
    return redirect("/account", 303)


@blueprint.post("/account/phone")
@signed_in
def show_phone_code() -> Response:
    """Show a code that signs in one phone within two minutes."""
    with unit_of_work() as session:
        secret = phone_codes.make_phone_code(session, user_id=_own(session).id, now=g.now)
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    code = segno.make_qr(f"{base}/links/phone/{secret}", error="m")
    drawn = code.svg_inline(scale=6, border=4, light="#fff")
    return page("access/phone_code.html", code=Markup(drawn))  # noqa: S704 - our own drawing, which holds no text


@blueprint.get("/links/phone/<secret>")
@public
def ask_phone(secret: str) -> Response:
    """Ask before a phone is signed in. Only the button uses the code up."""
    with reading() as session:
        name = phone_codes.find_phone_code(session, value=secret, now=g.now).name
    answer = page("access/sign_in/phone.html", name=name, secret=secret)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.post("/links/phone/<secret>")
@public
def sign_in_phone(secret: str) -> Response:
    """Sign this phone in. The code is used up."""
    user_id = transact(lambda session: phone_codes.use_phone_code(session, value=secret, now=g.now))
    flash("Welcome. You are signed in.", "ok")
    return enter(user_id, "/")

"""Your account: your password, and where you are signed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.errors import Invalid, NotAllowed
from scanner_app.extensions.database import reading, unit_of_work
from scanner_app.extensions.guard import require_actor, signed_in
from scanner_app.extensions.web import page
from scanner_app.models import SignIn, User
from scanner_app.queries.accounts import list_sign_ins
from scanner_app.services import access

blueprint = Blueprint("account", __name__, url_prefix="/account")


def _own_id() -> int:
    actor = require_actor()
    if actor.user_id is None:
        raise NotAllowed("A token has no account.")
    return actor.user_id


def _show(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    actor = require_actor()
    with reading() as session:
        user = session.get_one(User, _own_id())
        return page(
            "account/account.html",
            status=status,
            email=user.email,
            role=user.role.value,
            sign_ins=list_sign_ins(session, user_id=user.id),
            current=actor.session_id,
            errors=errors or {},
        )


@blueprint.get("")
@signed_in
def show_account() -> Response:
    """Show the account of who is signed in."""
    return _show()


@blueprint.post("/password")
@signed_in
def change_password() -> Response:
    """Change the password; every sign-in ends, this one too."""
    user_id = _own_id()
    with reading() as session:
        email = session.get_one(User, user_id).email
        is_right = access.check_credentials(
            session, email=email, password=request.form.get("current", "")
        )
    if is_right is None:
        return _show({"current": "That is not your password."}, 422)
    try:
        with unit_of_work() as session:
            access.set_password(session, user_id=user_id, password=request.form.get("password", ""))
    except Invalid as error:
        return _show({name: texts[0] for name, texts in error.errors.items()}, 422)
    flash("Your password is changed. Sign in with the new one.", "ok")
    return redirect("/sign-in", 303)


@blueprint.post("/sign-ins/<int:sign_in_id>/end")
@signed_in
def end_sign_in(sign_in_id: int) -> Response:
    """End one of your own sign-ins."""
    user_id = _own_id()
    with unit_of_work() as session:
        row = session.get(SignIn, sign_in_id)
        # Somebody else's is answered like one that is not there.
        if row is not None and row.user_id == user_id:
            access.end_sign_in(session, sign_in_id=sign_in_id)
    return redirect("/account", 303)

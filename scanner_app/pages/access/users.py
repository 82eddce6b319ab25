"""Users: who may sign in, and in which role."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import ROLES, Action, Role
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import errors_of
from scanner_app.queries.access import list_users
from scanner_app.services.access import links, tokens, users
from scanner_app.storage.database import reading, transact, unit_of_work

blueprint = Blueprint("users", __name__, url_prefix="/admin/users")

# A reader is a program: it has a token, and nobody signs in with its role.
ROLE_CHOICES = [
    (role.value, f"{facts.label}: {facts.summary}")
    for role, facts in ROLES.items()
    if not facts.is_program
]


def _show(
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    link: str = "",
    link_for: str = "",
    form: Mapping[str, str] | None = None,
) -> Response:
    with reading() as session:
        rows = list_users(session)
    answer = page(
        "access/users.html",
        status=status,
        users=rows,
        roles=ROLE_CHOICES,
        errors=errors or {},
        link=link,
        link_for=link_for,
        form=form or {},
        own_id=require_actor().user_id,
    )
    if link:
        answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _role(text: str) -> Role:
    if text not in dict(ROLE_CHOICES):
        raise Invalid("Choose a role.", errors={"role": ["Choose one of the roles."]})
    return Role(text)


def _link_url(secret: str) -> str:
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    return f"{base}/links/{secret}"


@blueprint.get("")
@allow(Action.MANAGE_USERS)
def show_users() -> Response:
    """List users."""
    return _show()


def _add(session: Session) -> tuple[str, str]:
    form = request.form
    user = users.add_user(
        session,
        email=form.get("email", ""),
        role=_role(form.get("role", "")),
        name=form.get("name"),
        now=g.now,
    )
    return user.name, links.make_link(session, purpose="password", user_id=user.id, now=g.now)


@blueprint.post("")
@allow(Action.MANAGE_USERS)
def add_user() -> Response:
    """Add a user and show the one-time link with which they choose a password."""
    try:
        # Retried after a lost race: the second of two taps then finds the address in use.
        name, link = transact(_add)
    except Invalid as error:
        return _show(status=422, errors=errors_of(error), form=request.form)
    except Conflict as error:
        return _show(status=409, errors=errors_of(error), form=request.form)
    return _show(link=_link_url(link), link_for=name)


@blueprint.post("/<id:user_id>")
@allow(Action.MANAGE_USERS)
def change_user(user_id: int) -> Response:
    """Change a role, or switch an account off or on."""
    form = request.form
    standing = {"on": True, "off": False}.get(form.get("standing", ""))
    try:
        with unit_of_work() as session:
            _refuse_changed_role(session, user_id)
            user = users.change_user(
                session,
                user_id=user_id,
                acting=require_actor(),
                role=_role(form["role"]) if "role" in form else None,
                is_active=standing,
            )
            name, role = user.name, user.role
            lost = tokens.list_stopped_tokens(session, owner=user, now=g.now)
    except (Conflict, Invalid) as error:
        text = next(iter(errors_of(error).values()))
        return _show(status=409 if isinstance(error, Conflict) else 422, errors={"list": text})
    done = {True: "is switched on", False: "is switched off, and signed out everywhere"}
    what = f"is now {role.value}" if standing is None else done[standing]
    flash(f"{name} {what}.", "ok")
    if lost:
        flash(
            f"Tokens that {name} owns have stopped: {', '.join(lost)}. "
            "Take them over on the Tokens page, or revoke them.",
            "error",
        )
    return redirect("/admin/users", 303)


def _refuse_changed_role(session: Session, user_id: int) -> None:
    """Raise `Conflict` if another admin changed the role since this page was opened."""
    user, was = users.find_user(session, user_id=user_id), request.form.get("was")
    if was is not None and was != user.role.value and request.form.get("role") != user.role.value:
        raise Conflict(
            f"{user.name} became {user.role.value} while this page was open, so nothing is saved. "
            "Choose the role again if it is still to change."
        )


@blueprint.post("/<id:user_id>/link")
@allow(Action.MANAGE_USERS)
def make_link(user_id: int) -> Response:
    """Show a new one-time link for a user's password."""
    with unit_of_work() as session:
        user = users.find_user(session, user_id=user_id)
        name = user.name
        if not user.is_active:
            raise Conflict(f"{name} is switched off. Switch the account on first.")
        link = links.make_link(session, purpose="password", user_id=user.id, now=g.now)
    return _show(link=_link_url(link), link_for=name)

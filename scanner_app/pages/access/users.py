"""Users: who may sign in, and in which role."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import ROLES, Action, Role
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.state import current_settings
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.models import User
from scanner_app.pages.access.account import find_sign_ins, name_browser
from scanner_app.pages.access.handover import Handover, hand_over_link
from scanner_app.pages.form_errors import errors_of
from scanner_app.queries.access import list_tokens, list_users
from scanner_app.services.access import links, tokens, users
from scanner_app.storage.database import reading, transact, unit_of_work

MAX_QUERY = 200
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
    form: Mapping[str, str] | None = None,
) -> Response:
    query = request.args.get("q", "")[:MAX_QUERY]
    with reading() as session:
        rows = list_users(session)
    found = [row for row in rows if query.casefold() in f"{row.name} {row.email}".casefold()]
    return page(
        "access/users.html",
        status=status,
        users=found,
        total=len(rows),
        query=query,
        roles=ROLE_CHOICES,
        errors=errors or {},
        form=form or {},
        own_id=require_actor().user_id,
    )


def _show_one(
    user_id: int, *, status: int = 200, error: str = "", handover: Handover | None = None
) -> Response:
    """Show a user: role, sessions and tokens, and the link that was just made."""
    with reading() as session:
        user = users.find_user(session, user_id=user_id)
        answer = page(
            "access/user.html",
            status=status,
            user=user,
            roles=[(role.value, ROLES[role]) for role in ROLES if not ROLES[role].is_program],
            sign_ins=find_sign_ins(session, user.id),
            tokens=[t for t in list_tokens(session, now=g.now) if t.owner_id == user.id],
            own_id=require_actor().user_id,
            error=error,
            handover=handover,
            name_browser=name_browser,
        )
    if handover:
        answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _role(text: str) -> Role:
    if text not in dict(ROLE_CHOICES):
        raise Invalid("Choose a role.", errors={"role": ["Choose one of the roles."]})
    return Role(text)


def _link_url(secret: str) -> str:
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    return f"{base}/links/{secret}"


def _hand_over(user_id: int, secret: str) -> Handover:
    with reading() as session:
        user = users.find_user(session, user_id=user_id)
        return hand_over_link(_link_url(secret), name=user.name, email=user.email)


@blueprint.get("")
@allow(Action.MANAGE_USERS)
def show_users() -> Response:
    """List users."""
    return _show()


@blueprint.get("/<id:user_id>")
@allow(Action.MANAGE_USERS)
def show_user(user_id: int) -> Response:
    """Show one user."""
    return _show_one(user_id)


def _add(session: Session) -> tuple[int, str]:
    form = request.form
    user = users.add_user(
        session,
        email=form.get("email", ""),
        role=_role(form.get("role", "")),
        name=form.get("name"),
        now=g.now,
    )
    note_change(session, Thing.USER, Step.ADDED, user.email, {"role": ("", user.role.value)})
    return user.id, links.make_link(session, purpose="password", user_id=user.id, now=g.now)


@blueprint.post("")
@allow(Action.MANAGE_USERS)
def add_user() -> Response:
    """Add a user and show the one-time link with which they choose a password."""
    try:
        # Retried after a lost race: the second of two taps then finds the address in use.
        user_id, link = transact(_add)
    except Invalid as error:
        return _show(status=422, errors=errors_of(error), form=request.form)
    except Conflict as error:
        return _show(status=409, errors=errors_of(error), form=request.form)
    return _show_one(user_id, handover=_hand_over(user_id, link))


@blueprint.post("/<id:user_id>")
@allow(Action.MANAGE_USERS)
def change_user(user_id: int) -> Response:
    """Change a role, or switch an account off or on."""
    form = request.form
    standing = {"on": True, "off": False}.get(form.get("standing", ""))
    try:
        with unit_of_work() as session:
            _refuse_changed_role(session, user_id)
            before = _show_standing(users.find_user(session, user_id=user_id))
            user = users.change_user(
                session,
                user_id=user_id,
                acting=require_actor(),
                role=_role(form["role"]) if "role" in form else None,
                is_active=standing,
            )
            after = _show_standing(user)
            changes = {word: (before[word], after[word]) for word in after}
            note_change(session, Thing.USER, Step.CHANGED, user.email, changes)
            name, role = user.name, user.role
            lost = tokens.list_stopped_tokens(session, owner=user, now=g.now)
    except (Conflict, Invalid) as error:
        text = next(iter(errors_of(error).values()))
        return _show_one(user_id, status=409 if isinstance(error, Conflict) else 422, error=text)
    done = {True: "is active again", False: "is suspended, and signed out everywhere"}
    what = f"is now {role.value}" if standing is None else done[standing]
    flash(f"{name} {what}.", "ok")
    if lost:
        flash(
            f"Tokens that {name} owns have stopped: {', '.join(lost)}. "
            "Take them over on the Tokens page, or revoke them.",
            "error",
        )
    return redirect(f"/admin/users/{user_id}", 303)


def _show_standing(user: User) -> dict[str, str]:
    """Return what the trail of admins says of an account."""
    standing = "active" if user.is_active else "suspended"
    return {"name": user.name, "role": user.role.value, "standing": standing}


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
            raise Conflict(f"{name} is suspended. Let them sign in again first.")
        link = links.make_link(session, purpose="password", user_id=user.id, now=g.now)
    return _show_one(user_id, handover=_hand_over(user_id, link))

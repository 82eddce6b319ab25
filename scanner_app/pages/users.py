"""Users: who may sign in, in which role."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access import Action, Role
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.extensions.database import reading, unit_of_work
from scanner_app.extensions.guard import allow, current_settings, require_actor
from scanner_app.extensions.web import page
from scanner_app.queries.accounts import list_users
from scanner_app.services import access

blueprint = Blueprint("users", __name__, url_prefix="/admin/users")

ROLES = [
    (Role.TECHNICIAN.value, "Technician: scans"),
    (Role.STOCKROOM.value, "Stockroom: scans, edits and imports the register"),
    (Role.AUDITOR.value, "Auditor: runs audits and decides findings"),
    (Role.APPROVER.value, "Approver: signs a closure"),
    (Role.ADMIN.value, "Admin: everything"),
    (Role.VIEWER.value, "Viewer: reads only"),
]


def _show(
    *, status: int = 200, errors: dict[str, str] | None = None, link: str = "", form: object = None
) -> Response:
    with reading() as session:
        users = list_users(session)
    return page(
        "admin/users.html",
        status=status,
        users=users,
        roles=ROLES,
        errors=errors or {},
        link=link,
        form=form or {},
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise Invalid("Choose a role.", errors={"role": ["Choose one of the roles."]}) from None


def _link_url(secret: str) -> str:
    base = current_settings().base_url or request.host_url.rstrip("/")
    return f"{base}/links/{secret}"


@blueprint.get("")
@allow(Action.MANAGE_USERS)
def show_users() -> Response:
    """List users."""
    return _show()


@blueprint.post("")
@allow(Action.MANAGE_USERS)
def add_user() -> Response:
    """Add a user and show the one-time link by which the password is chosen."""
    form = request.form
    try:
        with unit_of_work() as session:
            user = access.add_user(
                session,
                email=form.get("email", ""),
                role=_role(form.get("role", "")),
                name=form.get("name"),
                password=None,
                now=g.now,
            )
            link = access.make_link(session, purpose="password", user_id=user.id, now=g.now)
    except Invalid as error:
        errors = {name: texts[0] for name, texts in error.errors.items()}
        return _show(status=422, errors=errors, form=form)
    except Conflict as error:
        return _show(status=409, errors={"email": error.message}, form=form)
    return _show(link=_link_url(link))


@blueprint.post("/<int:user_id>")
@allow(Action.MANAGE_USERS)
def change_user(user_id: int) -> Response:
    """Change a role, or switch an account off or on."""
    form = request.form
    standing = {"on": True, "off": False}.get(form.get("standing", ""))
    with unit_of_work() as session:
        user = access.change_user(
            session,
            user_id=user_id,
            acting=require_actor(),
            role=_role(form["role"]) if "role" in form else None,
            is_active=standing,
        )
        flash(f"{user.name} is changed.", "ok")
    return redirect("/admin/users", 303)


@blueprint.post("/<int:user_id>/link")
@allow(Action.MANAGE_USERS)
def make_link(user_id: int) -> Response:
    """Show a new one-time link for a user's password."""
    with unit_of_work() as session:
        user = access.find_user(session, user_id=user_id)
        link = access.make_link(session, purpose="password", user_id=user.id, now=g.now)
    return _show(link=_link_url(link))

"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import ROLES, Action, Role
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.models import User
from scanner_app.pages.access.handover import hand_over_token
from scanner_app.pages.form_errors import errors_of
from scanner_app.queries.access import list_tokens, list_users
from scanner_app.services.access import tokens
from scanner_app.storage.database import reading, unit_of_work

blueprint = Blueprint("tokens", __name__, url_prefix="/admin/tokens")

ROLE_CHOICES = [(role.value, f"{facts.label}: {facts.summary}") for role, facts in ROLES.items()]
LIVES = [("90", "90 days"), ("30", "30 days"), ("365", "A year"), ("", "Never")]


def _show(
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    secret: str = "",
    name: str = "",
    form: Mapping[str, str] | None = None,
) -> Response:
    with reading() as session:
        rows = list_tokens(session, now=g.now)
        owners = [
            (str(user.id), f"{user.name}, {user.email} ({ROLES[user.role].label})")
            for user in list_users(session)
            if user.is_active
        ]
    return page(
        "access/tokens.html",
        status=status,
        tokens=rows,
        roles=ROLE_CHOICES,
        lives=LIVES,
        owners=owners,
        own_id=str(require_actor().user_id),
        errors=errors or {},
        handover=hand_over_token(secret) if secret else None,
        secret_name=name,
        form=form or {},
    )


def _own_email(session: Session) -> str:
    return session.get_one(User, require_actor().user_id).email


def _own_id() -> int:
    actor = require_actor()
    # authorize() lets no token manage tokens, so this is a user.
    return actor.user_id or actor.id


def _read_owner(form: Mapping[str, str]) -> int:
    """Return the chosen owner, who is the admin at the page where nobody is chosen."""
    text = form.get("owner", "")
    if not text:
        return _own_id()
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < number <= MAX_ID:
        raise Invalid("Choose an owner.", errors={"owner": ["Choose one from the list."]})
    return number


def _read_form(form: Mapping[str, str]) -> tuple[Role, timedelta | None]:
    errors: dict[str, list[str]] = {}
    role, days = form.get("role", ""), form.get("days", "")
    if role not in dict(ROLE_CHOICES):
        errors["role"] = ["Choose one of the roles."]
    if days not in dict(LIVES):
        errors["days"] = ["Choose when the token expires."]
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    return Role(role), timedelta(days=int(days)) if days else None


@blueprint.get("")
@allow(Action.MANAGE_TOKENS)
def show_tokens() -> Response:
    """List tokens."""
    return _show()


@blueprint.post("")
@allow(Action.MANAGE_TOKENS)
def add_token() -> Response:
    """Make a token and show its secret. This is the only time it can be seen."""
    form = request.form
    try:
        role, life = _read_form(form)
        with unit_of_work() as session:
            token = tokens.add_token(
                session,
                name=form.get("name", ""),
                role=role,
                created_by=_own_email(session),
                now=g.now,
                expires_at=g.now + life if life else None,
                owner_id=_read_owner(form),
            )
            note_change(session, Thing.TOKEN, Step.ADDED, token.name, {"role": ("", role.value)})
    except Invalid as error:
        return _show(status=422, errors=errors_of(error), form=form)
    return _show(secret=token.secret, name=token.name)


@blueprint.post("/<id:token_id>/revoke")
@allow(Action.MANAGE_TOKENS)
def revoke_token(token_id: int) -> Response:
    """Revoke a token from the next request on."""
    with unit_of_work() as session:
        name = tokens.revoke_token(session, token_id=token_id, now=g.now)
        note_change(session, Thing.TOKEN, Step.REVOKED, name)
    flash("The token is revoked.", "ok")
    return redirect("/admin/tokens", 303)


@blueprint.post("/<id:token_id>/takeover")
@allow(Action.MANAGE_TOKENS)
def take_over_token(token_id: int) -> Response:
    """Become the owner of a token that stopped with its owner, or that has none."""
    with unit_of_work() as session:
        name = tokens.take_over_token(session, token_id=token_id, owner_id=_own_id())
        note_change(session, Thing.TOKEN, Step.TAKEN_OVER, name)
    flash("You now own the token. It works.", "ok")
    return redirect("/admin/tokens", 303)

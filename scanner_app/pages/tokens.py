"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access import Action, Role
from scanner_app.domain.errors import Invalid
from scanner_app.extensions.database import reading, unit_of_work
from scanner_app.extensions.guard import allow, require_actor
from scanner_app.extensions.web import page
from scanner_app.queries.accounts import list_tokens
from scanner_app.services import access

blueprint = Blueprint("tokens", __name__, url_prefix="/admin/tokens")

ROLES = [(role.value, role.value.capitalize()) for role in Role]
LIVES = [("", "Never ends"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]


def _show(*, status: int = 200, errors: dict[str, str] | None = None, secret: str = "") -> Response:
    with reading() as session:
        tokens = list_tokens(session)
    return page(
        "admin/tokens.html",
        status=status,
        tokens=tokens,
        roles=ROLES,
        lives=LIVES,
        errors=errors or {},
        secret=secret,
    )


@blueprint.get("")
@allow(Action.MANAGE_TOKENS)
def show_tokens() -> Response:
    """List tokens."""
    return _show()


@blueprint.post("")
@allow(Action.MANAGE_TOKENS)
def add_token() -> Response:
    """Make a token and show its secret, this once."""
    form = request.form
    try:
        role = Role(form.get("role", ""))
        days = int(form["days"]) if form.get("days") else None
    except ValueError:
        return _show(status=422, errors={"role": "Choose one of the roles."})
    if days is not None and not 1 <= days <= 3650:  # noqa: PLR2004 - ten years
        return _show(status=422, errors={"days": "Choose one of the lives."})
    try:
        with unit_of_work() as session:
            token = access.add_token(
                session,
                name=form.get("name", ""),
                role=role,
                created_by=require_actor().name,
                now=g.now,
                expires_at=g.now + timedelta(days=days) if days else None,
            )
    except Invalid as error:
        return _show(status=422, errors={n: t[0] for n, t in error.errors.items()})
    return _show(secret=token.secret)


@blueprint.post("/<int:token_id>/revoke")
@allow(Action.MANAGE_TOKENS)
def revoke_token(token_id: int) -> Response:
    """Revoke a token; it stops working with the next request."""
    with unit_of_work() as session:
        access.revoke_token(session, token_id=token_id, now=g.now)
    flash("The token is revoked.", "ok")
    return redirect("/admin/tokens", 303)

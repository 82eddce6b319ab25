"""Categories and suppliers in use, and the merge of two spellings of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.register.known_values import count_categories, count_suppliers
from scanner_app.services.register.merge import Merge, merge_categories, merge_suppliers
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("values", __name__, url_prefix="/admin/values")

MERGES = {"category": merge_categories, "supplier": merge_suppliers}


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def show() -> Response:
    """Show the categories and suppliers with how often each is used."""
    return _show()


@blueprint.post("")
@allow(Action.MANAGE_SETTINGS)
def merge() -> Response:
    """Show what a merge would change, or carry it out."""
    actor, form = require_actor(), request.form
    kind = form.get("kind", "")
    if kind not in MERGES:
        raise Invalid("Choose what to merge.")
    is_forecast = form.get("step") != "apply"
    named: dict[str, Any] = {
        "old": form.get("old", "")[:255],
        "new": form.get("new", "").strip()[:255],
        "actor": actor,
        "now": g.now,
        "is_forecast": is_forecast,
    }
    try:
        if is_forecast:
            with reading() as session:
                foretold = MERGES[kind](session, **named)
            return _show(kind, foretold=foretold)

        def carry_out(session: Session) -> Merge:
            done = MERGES[kind](session, **named)
            note_change(session, Thing(kind), Step.MERGED, f"{named['old']} into {named['new']}")
            return done

        done = transact(carry_out)
    except Invalid as error:
        return _show(kind, error=error)
    count = f"{done.assets:,} asset{'' if done.assets == 1 else 's'}"
    if done.others:
        count += f" and {done.others:,} more {'record' if done.others == 1 else 'records'}"
    flash(f"“{named['old']}” is “{named['new']}” now, in {count}.", "ok")
    return redirect("/admin/values", 303)


def _show(
    kind: str = "", *, foretold: Merge | None = None, error: Invalid | None = None
) -> Response:
    with reading() as session:
        return page(
            "register/values.html",
            kind=kind,
            form=request.form,
            foretold=foretold,
            **describe_problem(error),
            categories=count_categories(session),
            suppliers=count_suppliers(session),
        )

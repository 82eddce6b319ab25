"""The terms that people accept with what they get: the list, one version, and the next version."""

from __future__ import annotations

from datetime import datetime, time
from itertools import groupby

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.circulation.terms import MAX_BODY, MAX_TITLE
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.circulation.terms import get_version, list_versions
from scanner_app.queries.register.assets import list_categories
from scanner_app.services.circulation.terms import end_terms, write_terms
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("terms", __name__, url_prefix="/terms")


@blueprint.get("")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show all terms, with every version that ever held."""
    with reading() as session:
        rows = list_versions(session)
    groups = [list(versions) for _, versions in groupby(rows, key=lambda row: row.terms_id)]
    return page("stockroom/terms.html", groups=groups, now=g.now)


@blueprint.get("/<id:terms_id>/<id:version>")
@allow(Action.READ_REGISTER)
def show(terms_id: int, version: int) -> Response:
    """Show one version, word for word."""
    with reading() as session:
        text = get_version(session, terms_id, version)
    return page("stockroom/terms_text.html", text=text)


@blueprint.get("/new")
@allow(Action.MANAGE_LENDING)
def show_new() -> Response:
    """Show the form of new terms; with `terms` and `version`, that of the version after it."""
    terms_id, version = (request.args.get(name, "") for name in ("terms", "version"))
    form: dict[str, str] = {}
    if terms_id.isdecimal() and version.isdecimal():
        with reading() as session:
            text = get_version(session, int(terms_id[:9]), int(version[:9]))
            found = next((r for r in list_versions(session) if r.id == text.id), None)
        form = {"title": text.title, "body": text.body}
        form["category"] = (found.category or "") if found else ""
    return _show_form(form)


@blueprint.post("/new")
@allow(Action.MANAGE_LENDING)
def add() -> WerkzeugResponse:
    """Write the next version."""
    actor, form = require_actor(), request.form
    given = {name: form.get(name, "") for name in ("category", "title", "body")}
    try:
        valid_from = _read_day(form.get("valid_from", ""))
        transact(lambda s: write_terms(s, **given, actor=actor, now=g.now, valid_from=valid_from))
    except Invalid as error:
        return _show_form({**given, "valid_from": form.get("valid_from", "")}, error)
    flash("Kept as a new version. What was accepted before stays as it was.", "ok")
    return redirect("/terms", 303)


@blueprint.post("/<id:terms_id>/end")
@allow(Action.MANAGE_LENDING)
def end(terms_id: int) -> WerkzeugResponse:
    """Ask for these terms no more."""
    actor = require_actor()
    try:
        transact(lambda s: end_terms(s, terms_id=terms_id, actor=actor, now=g.now))
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash("These terms are not asked for any more.", "ok")
    return redirect("/terms", 303)


def _read_day(text: str) -> datetime | None:
    """Return the first moment of a day by the organisation's clock; None for an empty field."""
    if not text.strip():
        return None
    try:
        day = datetime.fromisoformat(text.strip()).date()
    except ValueError:
        said = "Enter the day as year-month-day."
        raise Invalid(said, errors={"valid_from": [said]}) from None
    zone = current_organisation().zone
    if day == g.now.astimezone(zone).date():
        return None
    return datetime.combine(day, time(), zone)


def _show_form(form: dict[str, str], error: Invalid | None = None) -> Response:
    with reading() as session:
        categories = list_categories(session)
    return page(
        "stockroom/terms_form.html",
        form=form,
        categories=categories,
        limits={"title": MAX_TITLE, "body": MAX_BODY},
        **describe_problem(error),
    )

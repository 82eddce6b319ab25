"""People: the list, one person with the assets assigned to them, and their form."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.domain.register.many import list_built_views
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.tag_rules import hide_secrets
from scanner_app.edge.web import page, wants_fragment
from scanner_app.pages.circulation.offer import offer_lending
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.meanwhile import START, ChangedMeanwhile, keep_start, refuse_changed
from scanner_app.pages.register.asset_list import holds_empty_parts, read_rows
from scanner_app.pages.register.many_rows import offer_rows
from scanner_app.queries.register import people as queries
from scanner_app.queries.register.assets import AssetFilter, list_assets
from scanner_app.queries.register.saved_views import list_views
from scanner_app.queries.stockroom.kits import find_incomplete_of
from scanner_app.queries.stockroom.reservations import load_open_of
from scanner_app.services.register.people import FIELDS, create_person, edit_person
from scanner_app.storage.database import reading, transact

# The API uses the plain name.
blueprint = Blueprint("people_pages", __name__)

PAGE = 50
MAX_COUNTED = 10_000
HELD = 100


def person_path(ref: str) -> str:
    """Return the address of a person's page."""
    return f"/people/{quote(ref, safe='~')}"


@blueprint.get("/people")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show people by name, or those that match a search."""
    address = read_rows("people")
    if holds_empty_parts() and not wants_fragment():
        return redirect(address.link(), 303)
    with reading() as session:
        query, shown = address.query, address.shown
        cursor = request.args.get("cursor")
        found = queries.list_people(
            session, query=query, shown=shown, sort=address.sort, cursor=cursor, limit=PAGE
        )
        total = queries.count_people(session, query=query, shown=shown, most=MAX_COUNTED + 1)
        first = (read_id(request.args.get("from")) if cursor else None) or 1
        following = {"cursor": found.next or "", "from": str(first + len(found.rows))}
        return page(
            "register/people/list.html",
            block="rows",
            people=found.rows,
            address=address,
            many=offer_rows("people"),
            builtin_views=list_built_views("people"),
            views=list_views(session, list_="people", user_id=require_actor().user_id or 0),
            first=first,
            total=min(total, MAX_COUNTED),
            is_cut=total > MAX_COUNTED,
            next_page=address.link(**following) if found.next else None,
        )


@blueprint.get("/people/<path:ref>")
@allow(Action.READ_REGISTER)
def show_person(ref: str) -> Response:
    """Show one person and the assets assigned to them."""
    with reading() as session:
        person = queries.get_person(session, ref)
        held = list_assets(session, wanted=AssetFilter(custodian_id=person.id), limit=HELD)
        return page(
            "register/people/detail.html",
            person=person,
            path=person_path(person.ref),
            assets=held.rows,
            has_more=held.next is not None,
            kits=find_incomplete_of(session, person.id),
            reservations=load_open_of(session, person.id),
            **offer_lending(session, held.rows),
        )


@blueprint.get("/new/person")
@allow(Action.EDIT_REGISTER)
def show_new() -> Response:
    """Show the empty form. A scanned badge that is unknown may fill in the badge."""
    return _show_form(None, {"badges": request.args.get("badge", "")[:255]})


@blueprint.post("/people")
@allow(Action.EDIT_REGISTER)
def create() -> Response:
    """Add a person."""
    values = _read_form()
    try:
        person_id = transact(lambda s: create_person(s, values=values, now=g.now))
    except (Invalid, Conflict) as error:
        return _show_form(None, hide_secrets(request.form), error)
    with reading() as session:
        person = queries.get_person_by_id(session, person_id)
    flash(f"{person.name} is added. Assets can be assigned to them now.", "ok")
    return redirect(person_path(person.ref), 303)


@blueprint.get("/people/<path:ref>/edit")
@allow(Action.EDIT_REGISTER)
def show_edit(ref: str) -> Response:
    """Show the form of a person."""
    with reading() as session:
        person = queries.get_person(session, ref)
    texts = _texts(person)
    return _show_form(person, {**texts, START: keep_start(texts)})


@blueprint.post("/people/<path:ref>/edit")
@allow(Action.EDIT_REGISTER)
def edit(ref: str) -> Response:
    """Change a person."""
    with reading() as session:
        person = queries.get_person(session, ref)
    values = {**_read_form(), "is_active": request.form.get("is_active") == "on"}

    def save(session: Session) -> int:
        refuse_changed(request.form, _texts(queries.get_person(session, ref)))
        return edit_person(session, ref=ref, values=values, now=g.now)

    try:
        person_id = transact(save)
    except ChangedMeanwhile as error:
        return _show_form(person, hide_secrets(error.form), error)
    except (Invalid, Conflict) as error:
        return _show_form(person, hide_secrets(request.form), error)
    with reading() as session:
        after = queries.get_person_by_id(session, person_id)
    flash("Saved.", "ok")
    return redirect(person_path(after.ref), 303)


def _texts(person: queries.PersonRow) -> dict[str, str]:
    """Return the texts with which the form of a person starts."""
    texts = {name: getattr(person, name) or "" for name in FIELDS}
    is_active = "on" if person.is_active else ""
    return {**texts, "badges": "\n".join(person.badges), "is_active": is_active}


def _read_form() -> dict[str, Any]:
    values: dict[str, Any] = {name: request.form.get(name, "") for name in FIELDS}
    badges = request.form.get("badges", "").replace(",", " ").replace(";", " ").split()
    return {**values, "badges": badges}


def _show_form(
    person: queries.PersonRow | None, form: Any, error: Invalid | Conflict | None = None
) -> Response:
    field = error.code.removesuffix("_taken") if error else ""
    return page(
        "register/people/form.html",
        person=person,
        path=person_path(person.ref) if person else "/people",
        form=form,
        **describe_problem(error, conflict_field=field if field in FIELDS else "badges"),
    )

"""Locations: the tree, one location with what is in it and its code to print, and its form."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.many import list_built_views
from scanner_app.domain.register.place_names import PLACE_KINDS
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.tag_rules import hide_secrets
from scanner_app.edge.web import page, wants_fragment
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.meanwhile import START, ChangedMeanwhile, keep_start, refuse_changed
from scanner_app.pages.register.asset_list import (
    holds_empty_parts,
    query_text,
    read_rows,
)
from scanner_app.pages.register.many_rows import offer_rows
from scanner_app.queries.register import locations as queries
from scanner_app.queries.register.assets import AssetFilter, count_assets, list_assets
from scanner_app.queries.register.saved_views import list_views
from scanner_app.services.register.locations import create_location, edit_location
from scanner_app.storage.database import reading, transact

# The API uses the plain name.
blueprint = Blueprint("location_pages", __name__)

HERE = 50
MATCHES = 200
POINT = ("latitude", "longitude")
TEXTS = ("name", "code", "kind", "parent", *POINT)


def location_path(code: str) -> str:
    """Return the address of a location's page."""
    return f"/locations/{quote(code, safe='')}"


@blueprint.get("/locations")
@allow(Action.READ_REGISTER)
def show_tree() -> Response:
    """Show the tree of locations, or those that match a search."""
    address = read_rows("locations")
    if holds_empty_parts() and not wants_fragment():
        return redirect(address.link(), 303)
    query, shown = address.query, None if address.query else address.shown
    with reading() as session:
        if query:
            found = queries.list_locations(session, query=query, limit=MATCHES)
            places, is_cut = found.rows, found.next is not None
        else:
            places, is_cut = queries.load_shown(session, shown), False
        return page(
            "register/locations/list.html",
            block="rows",
            places=queries.sort_places(places, address.sort),
            is_flat=bool(query or shown or address.sort != "tree"),
            is_cut=is_cut,
            address=address,
            many=offer_rows("locations"),
            builtin_views=list_built_views("locations"),
            views=list_views(session, list_="locations", user_id=require_actor().user_id or 0),
        )


@blueprint.get("/locations/<path:code>")
@allow(Action.READ_REGISTER)
def show_location(code: str) -> Response:
    """Show one location: where it is, what is inside, and which assets are there."""
    with reading() as session:
        place = queries.get_location(session, code)
        here = AssetFilter(location_id=place.id, is_here=True)
        found = list_assets(session, wanted=here, limit=HERE)
        lost = AssetFilter(location_id=place.id, status=Stage.MISSING)
        return page(
            "register/locations/detail.html",
            place=place,
            path=location_path(place.code),
            around=queries.list_ancestors(session, place.path),
            inside=queries.list_children(session, place.id),
            assets=found.rows,
            has_more=found.next is not None,
            missing=count_assets(session, wanted=lost),
        )


@blueprint.get("/new/location")
@allow(Action.EDIT_REGISTER)
def show_new() -> Response:
    """Show the empty form, inside the location from which it was opened."""
    return _show_form(None, {"parent": query_text("parent"), "kind": "room"})


@blueprint.post("/locations")
@allow(Action.EDIT_REGISTER)
def create() -> Response:
    """Create a location."""
    form = _read_form()
    try:
        place_id = transact(
            lambda s: create_location(
                s,
                name=form["name"],
                code=form["code"] or None,
                kind=form["kind"],
                parent=form["parent"] or None,
                latitude=form["latitude"],
                longitude=form["longitude"],
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return _show_form(None, hide_secrets(request.form), error)
    with reading() as session:
        place = queries.get_location_by_id(session, place_id)
    flash(f"{place.name} is added. Its code is {place.code}.", "ok")
    return redirect(location_path(place.code), 303)


@blueprint.get("/locations/<path:code>/edit")
@allow(Action.EDIT_REGISTER)
def show_edit(code: str) -> Response:
    """Show the form of a location."""
    with reading() as session:
        place = queries.get_location(session, code)
    texts = _texts(place)
    return _show_form(place, {**texts, START: keep_start(texts)})


@blueprint.post("/locations/<path:code>/edit")
@allow(Action.EDIT_REGISTER)
def edit(code: str) -> Response:
    """Rename or move a location, or take it out of use."""
    form = _read_form()
    values: dict[str, Any] = {**form, "parent": form["parent"] or None}
    values["is_active"] = request.form.get("is_active") == "on"
    with reading() as session:
        place = queries.get_location(session, code)

    def save(session: Session) -> int:
        refuse_changed(request.form, _texts(queries.get_location(session, code)))
        return edit_location(session, code=code, values=values, now=g.now)

    try:
        place_id = transact(save)
    except ChangedMeanwhile as error:
        return _show_form(place, hide_secrets(error.form), error)
    except (Invalid, Conflict) as error:
        return _show_form(place, hide_secrets(request.form), error)
    with reading() as session:
        after = queries.get_location_by_id(session, place_id)
    flash("Saved.", "ok")
    return redirect(location_path(after.code), 303)


def _texts(place: queries.LocationRow) -> dict[str, str]:
    """Return the texts with which the form of a location starts."""
    texts = {"name": place.name, "code": place.code, "kind": place.kind}
    is_active = "on" if place.is_active else ""
    point = {"latitude": place.latitude, "longitude": place.longitude}
    shown = {name: "" if value is None else f"{value:.15g}" for name, value in point.items()}
    return {**texts, "parent": place.parent or "", **shown, "is_active": is_active}


def _read_form() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in TEXTS}


def _show_form(
    place: queries.LocationRow | None, form: Any, error: Invalid | Conflict | None = None
) -> Response:
    with reading() as session:
        return page(
            "register/locations/form.html",
            place=place,
            path=location_path(place.code) if place else "/locations",
            form=form,
            **describe_problem(error, conflict_field="code"),
            kinds=PLACE_KINDS,
            places=[
                (code, name)
                for code, name in queries.list_choices(session)
                if place is None or code != place.code
            ],
        )

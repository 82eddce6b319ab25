"""Kits at /kits: the list, a kit with its pieces, and making one up by scanning into it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.domain.stockroom.kits import PieceKind
from scanner_app.edge.guard import allow
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.register.asset_list import query_text
from scanner_app.pages.register.labels import draw_code
from scanner_app.queries.register.assets import list_model_names
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.stockroom.kits import get_kit, list_kits, load_kits
from scanner_app.services.stockroom.kits import (
    add_piece,
    create_kit,
    edit_kit,
    end_kit,
    end_piece,
)
from scanner_app.storage.database import reading, transact

# The API uses the plain name.
blueprint = Blueprint("kit_pages", __name__, url_prefix="/kits")

PAGE = 50


def kit_path(tag: str) -> str:
    """Return the address of a kit's page."""
    return f"/kits/{quote(tag, safe='')}"


@blueprint.get("")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show all kits, with whether each is whole."""
    return _show_list()


def _show_list(error: Invalid | Conflict | None = None) -> Response:
    query, cursor = query_text("q"), request.args.get("cursor")
    with reading() as session:
        found = list_kits(session, query=query, cursor=cursor, limit=PAGE)
        places = list_choices(session)
    following = f"/kits?q={quote(query)}&cursor={found.next}" if found.next else None
    return page(
        "stockroom/kits.html",
        kits=found.rows,
        query=query,
        next_page=following,
        places=places,
        path=kit_path,
        form=request.form,
        **describe_problem(error),
    )


@blueprint.post("")
@allow(Action.MANAGE_LENDING)
def add() -> Response:
    """Add a kit, and go on to scan its pieces into it."""
    form = request.form
    values = {name: form.get(name, "") for name in ("name", "tag", "home_location")}

    def save(session: Session) -> str:
        kit_id = create_kit(session, {**values, "is_fixed": "is_fixed" in form}, now=g.now)
        kit = load_kits(session, [kit_id])[kit_id]
        note_change(session, Thing.KIT, Step.ADDED, kit.thing)
        return kit.tag

    try:
        tag = transact(save)
    except (Invalid, Conflict) as error:
        return _show_list(error)
    flash("The kit is made. Scan its pieces.", "ok")
    return redirect(kit_path(tag), 303)


@blueprint.get("/<path:tag>")
@allow(Action.READ_REGISTER)
def show(tag: str) -> Response:
    """Show a kit: its pieces, where each is, and what makes it incomplete."""
    return _show(tag)


def _show(tag: str, error: Invalid | Conflict | None = None, field: str = "code") -> Response:
    with reading() as session:
        kit = get_kit(session, tag)
        models, places = list_model_names(session), list_choices(session)
    return page(
        "stockroom/kit.html",
        kit=kit,
        path=kit_path(kit.tag),
        kinds=PieceKind,
        models=models,
        places=places,
        form=request.form,
        **describe_problem(error, conflict_field=field),
    )


@blueprint.post("/<path:tag>/pieces")
@allow(Action.MANAGE_LENDING)
def put_piece(tag: str) -> Response:
    """Put what was scanned into a kit, or any unit of a model."""
    form = request.form

    def save(session: Session) -> str:
        thing = add_piece(
            session,
            tag,
            code=form.get("code", "")[:255],
            model=form.get("model", "")[:255],
            quantity=_read_quantity(form.get("quantity", "")),
            is_required="is_optional" not in form,
            rules=tag_rules(),
            now=g.now,
        )
        said = {"pieces": ("", thing)}
        note_change(session, Thing.KIT, Step.CHANGED, get_kit(session, tag).thing, said)
        return thing

    try:
        thing = transact(save)
    except (Invalid, Conflict) as error:
        return _show(tag, error, "model" if form.get("model") else "code")
    flash(f"{thing} is in. Scan the next piece.", "ok")
    return redirect(f"{kit_path(tag)}#add", 303)


def _read_quantity(text: str) -> int:
    return (read_id(text.strip()) or 0) if text.strip() else 1


@blueprint.post("/<path:tag>/pieces/<id:piece_id>/removal")
@allow(Action.MANAGE_LENDING)
def take_out(tag: str, piece_id: int) -> Response:
    """Take a piece out of a kit."""

    def save(session: Session) -> None:
        kit = get_kit(session, tag)
        gone = next((one.thing for one in kit.pieces if one.id == piece_id), "")
        end_piece(session, tag, piece_id, now=g.now)
        note_change(session, Thing.KIT, Step.CHANGED, kit.thing, {"pieces": (gone, "")})

    transact(save)
    return redirect(kit_path(tag), 303)


@blueprint.post("/<path:tag>")
@allow(Action.MANAGE_LENDING)
def change(tag: str) -> Response:
    """Change a kit, or end it."""
    form = request.form

    def save(session: Session) -> None:
        kit = get_kit(session, tag)
        if "end" in form:
            end_kit(session, tag, now=g.now)
            if kit.ended_at is None:
                note_change(session, Thing.KIT, Step.REMOVED, kit.thing)
            return
        values: dict[str, Any] = {name: form.get(name, "") for name in ("name", "home_location")}
        edit_kit(session, tag, {**values, "is_fixed": "is_fixed" in form})
        note_change(
            session, Thing.KIT, Step.CHANGED, kit.thing,
            {"name": (kit.name, form.get("name", "")),
             "home location": (kit.home_code or "", form.get("home_location", "")),
             "fixed": (_say(kit.is_fixed), _say("is_fixed" in form))},
        )  # fmt: skip

    try:
        transact(save)
    except (Invalid, Conflict) as error:
        return _show(tag, error, "is_fixed")
    flash("The kit is ended. Its pieces go alone from now on." if "end" in form else "Saved.", "ok")
    return redirect("/kits" if "end" in form else kit_path(tag), 303)


def _say(is_so: bool) -> str:
    return "yes" if is_so else "no"


@blueprint.get("/<path:tag>/code.svg")
@allow(Action.READ_REGISTER)
def draw(tag: str) -> Response:
    """Draw the QR code of a kit."""
    with reading() as session:
        return draw_code(get_kit(session, tag).tag)

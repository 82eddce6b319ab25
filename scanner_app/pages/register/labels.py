"""The short links on our own labels, and the codes to print on them."""

from __future__ import annotations

import io
from urllib.parse import quote

import segno
from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.edge.guard import allow
from scanner_app.edge.state import current_settings
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.queries.everything import find_exact_hit
from scanner_app.queries.lifecycle.tasks import get_task
from scanner_app.queries.register.assets import get_asset
from scanner_app.queries.register.locations import get_location
from scanner_app.queries.register.people import get_person
from scanner_app.queries.stock.items import get_item
from scanner_app.storage.database import reading

blueprint = Blueprint("labels", __name__)
# Where the pages of things are whose labels have the link of an asset.
ROOMS = {"kit": "/kits", "stock_item": "/stock/items"}


def label_link(kind: str, code: str) -> str:
    """Return the text of a label: our own address. The kinds are `a`, `l`, `p` and `t`."""
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    return f"{base}/{kind}/{quote(code, safe='')}"


def draw_code(text: str) -> Response:
    """Draw the QR code of a text."""
    # make_qr, because most readers cannot read a Micro QR code. White behind it, for dark pages.
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(
        out, kind="svg", border=4, light="#fff", xmldecl=False, omitsize=True
    )
    response = Response(out.getvalue(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response


@blueprint.get("/assets/<path:asset_tag>/code.svg")
@allow(Action.READ_REGISTER)
def draw_asset(asset_tag: str) -> Response:
    """Draw an asset's QR code."""
    with reading() as session:
        tag = get_asset(session, asset_tag).asset_tag
    return draw_code(label_link("a", tag))


@blueprint.get("/locations/<path:code>/code.svg")
@allow(Action.READ_REGISTER)
def draw_location(code: str) -> Response:
    """Draw a location's QR code."""
    with reading() as session:
        found = get_location(session, code).code
    return draw_code(label_link("l", found))


@blueprint.get("/people/<path:ref>/code.svg")
@allow(Action.READ_REGISTER)
def draw_person(ref: str) -> Response:
    """Draw a person's QR code. A person without a number has no code."""
    with reading() as session:
        number = get_person(session, ref).number
    if not number:
        raise NotFound("This person has no number, and therefore no code. Add a number first.")
    return draw_code(label_link("p", number))


@blueprint.get("/stock/items/<path:code>/code.svg")
@allow(Action.READ_REGISTER)
def draw_stock_item(code: str) -> Response:
    """Draw a stock item's QR code: the code alone, as the label on its shelf has it."""
    with reading() as session:
        found = get_item(session, code).code
    return draw_code(found)


@blueprint.get("/tasks/<task>/code.svg")
@allow(Action.SCAN)
def draw_task(task: str) -> Response:
    """Draw a task's QR code."""
    with reading() as session:
        number = get_task(session, task).number
    return draw_code(label_link("t", number))


@blueprint.get("/A/<path:asset_tag>")
@blueprint.get("/a/<path:asset_tag>")
@allow(Action.READ_REGISTER)
def open_asset(asset_tag: str) -> Response:
    """Open what a label stands for that a phone's own camera scanned: an asset, a kit, stock."""
    with reading() as session:
        hit = find_exact_hit(session, asset_tag, rules=tag_rules(), now=g.now)
    if hit is not None and hit.kind in ROOMS:
        return redirect(f"{ROOMS[hit.kind]}/{quote(hit.name, safe='')}", 302)
    return redirect(f"/assets/{quote(asset_tag, safe='')}", 302)


@blueprint.get("/L/<path:code>")
@blueprint.get("/l/<path:code>")
@allow(Action.READ_REGISTER)
def open_location(code: str) -> Response:
    """Open the location whose label was scanned."""
    return redirect(f"/locations/{quote(code, safe='')}", 302)


@blueprint.get("/P/<path:number>")
@blueprint.get("/p/<path:number>")
@allow(Action.READ_REGISTER)
def open_person(number: str) -> Response:
    """Open the person whose badge was scanned."""
    return redirect(f"/people/{quote(number, safe='')}", 302)


@blueprint.get("/t/<task>")
@allow(Action.SCAN)
def open_task(task: str) -> Response:
    """Open the task whose code was scanned; a delivery is opened on its own page."""
    with reading() as session:
        found = get_task(session, task)
    return redirect(f"{found.kind.facts.page}/{found.number}", 302)

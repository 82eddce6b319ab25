"""The designs of labels: the list, their files, and which one is usual for what."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.labels.designs import DESIGN_BY_KEY, DESIGNS
from scanner_app.domain.labels.order import PrintOrder
from scanner_app.domain.labels.own_designs import LabelDesign, OwnDesign, UsualDesign
from scanner_app.domain.labels.parts import KINDS
from scanner_app.domain.labels.stock import STOCK_BY_KEY, STOCKS
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.labels.contents import known_designs, label_fonts, sample_content
from scanner_app.edge.labels.design_files import read_design_file, write_design_file
from scanner_app.edge.web import page
from scanner_app.pages.labels._blueprint import blueprint
from scanner_app.pages.labels.printing import inline
from scanner_app.pages.labels.stocks import list_stock_groups
from scanner_app.queries.labels.designs import get_design_row, list_choices, list_design_rows
from scanner_app.queries.register.assets import list_categories
from scanner_app.services.labels.designs import (
    check_draft,
    choose_design,
    end_design,
    save_design,
)
from scanner_app.services.labels.prints import lay_all, show_label
from scanner_app.storage.database import reading, transact

MAX_FILE = 64 * 1024


@blueprint.get("/designs")
@allow(Action.PRINT_LABELS)
def show_designs() -> Response:
    """Show the designs, and which is usual for what."""
    return _show()


@blueprint.get("/designs/<key>/file")
@allow(Action.PRINT_LABELS)
def export_design(key: str) -> Response:
    """Return a design as a file that another installation reads."""
    with reading() as session:
        data = write_design_file(get_design_row(session, key))
    response = Response(data, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="label-design-{key}.json"'
    return response


@blueprint.post("/designs/import")
@allow(Action.MANAGE_PRINTERS)
def import_design() -> WerkzeugResponse:
    """Save the design of a file."""
    file, actor, now = request.files.get("file"), require_actor(), g.now
    data = file.read(MAX_FILE + 1) if file is not None else b""
    try:
        if not data or len(data) > MAX_FILE:
            sentence = "Choose a file of a design, of at most 64 kB."
            raise Invalid(sentence, errors={"file": [sentence]})
        draft = read_design_file(data)
        sample = sample_content(draft.kind if draft.kind in KINDS else "asset")
        body = check_draft(draft, sample=sample, fonts=label_fonts())
        saved = transact(lambda s: save_design(s, draft, body, actor=actor, now=now))
    except Invalid as error:
        return _show(error)
    except Conflict as error:
        return _show(Invalid(error.message, errors={"file": [error.message]}))
    flash(f"“{draft.name.strip()}” is here as version {saved.version}.", "ok")
    return redirect(f"/labels/designs/{saved.key}", 303)


@blueprint.post("/designs/<key>/end")
@allow(Action.MANAGE_PRINTERS)
def remove_design(key: str) -> WerkzeugResponse:
    """Offer a design no more."""
    actor, now = require_actor(), g.now
    try:
        transact(lambda session: end_design(session, key=key, actor=actor, now=now))
    except NotFound as error:
        flash(error.message, "error")
    else:
        flash("The design is not offered any more. What was printed stays as it is.", "ok")
    return redirect("/labels/designs", 303)


@blueprint.post("/designs/choices")
@allow(Action.MANAGE_PRINTERS)
def choose() -> WerkzeugResponse:
    """Set which design is usual for a stock, a category, or both."""
    actor, now, form = require_actor(), g.now, request.form
    given = {name: form.get(name, "")[:255] for name in ("stock", "category", "design")}
    if form.get("act") == "remove":
        given["design"] = ""
    try:
        if not given["design"] and form.get("act") != "remove":
            raise Invalid("Choose a design.", errors={"design": ["Choose one of the list."]})
        transact(lambda session: choose_design(session, **given, actor=actor, now=now))
    except Invalid as error:
        return _show(error)
    flash("Set." if given["design"] else "Removed. The usual design of the rest holds.", "ok")
    return redirect("/labels/designs#usual", 303)


def _show(error: Invalid | None = None) -> Response:
    with reading() as session:
        known = known_designs(session)
        rows = list_design_rows(session)
        choices = list_choices(session)
        categories = list_categories(session)
    names = {key: design.label for key, design in known.items()}
    return page(
        "labels/designs.html",
        status=422 if error else 200,
        own=[(row, _show_one(known.get(row.key))) for row in rows],
        shipped=[(design, _show_one(design)) for design in DESIGNS],
        choices=choices,
        names=names,
        stock_names={stock.key: f"{stock.maker} {stock.name}" for stock in STOCKS},
        kinds=KINDS,
        stocks=list_stock_groups(),
        categories=categories,
        designs=[
            (key, _name_design(design))
            for key, design in known.items()
            if not isinstance(design, UsualDesign)
        ],
        form=request.form,
        errors=error.errors if error else {},
        problem=error.message if error else "",
        is_builtin=DESIGN_BY_KEY.__contains__,
    )


def _name_design(design: LabelDesign) -> str:
    return f"{design.label} ({design.hint})" if isinstance(design, OwnDesign) else design.label


def _show_one(design: LabelDesign | None) -> str:
    """Return the picture of a design with a sample; empty if it cannot be printed now."""
    if design is None:
        return ""
    stock: Any = STOCK_BY_KEY["avery-l7160"]
    content = sample_content("asset")
    if isinstance(design, OwnDesign):
        stock, content = design.stock, sample_content(design.kind)
    order = PrintOrder(stock=stock, design=design, dpi=min(stock.dpis[-1], 300))
    laid = lay_all([content], order, fonts=label_fonts())
    if not laid.labels:
        return ""
    return inline(show_label(laid.labels[0][1], fonts=label_fonts()))

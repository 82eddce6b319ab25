"""The print page: what to label, with which design, on which stock; then the file.

Every field is in the form, so the page works without a script: *Update* sends it to itself. A
script sends it after each change.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, request, session
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.files.made import FORMS, MadeForm, MadeKind, find_line
from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.order import (
    MAX_LABELS,
    MAX_THINGS,
    PrintForm,
    PrintOrder,
    read_order,
    split_codes,
)
from scanner_app.domain.labels.own_designs import Designs, OwnDesign
from scanner_app.domain.labels.reasons import ASKED, PrintReason, read_reason
from scanner_app.domain.labels.stock import StockForm, to_mm
from scanner_app.domain.labels.symbols import CONTENTS
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.labels.contents import (
    find_contents,
    known_designs,
    label_fonts,
    label_response,
    sample_content,
)
from scanner_app.edge.made_files.asking import put_in_line
from scanner_app.edge.web import page
from scanner_app.pages.labels._blueprint import blueprint
from scanner_app.pages.labels.stocks import list_stock_groups
from scanner_app.queries.labels.print_jobs import list_printers
from scanner_app.queries.labels.printed import load_printed
from scanner_app.queries.labels.requests import count_asked
from scanner_app.queries.labels.things import list_codes_in, list_codes_of
from scanner_app.queries.register.locations import get_location
from scanner_app.queries.register.people import get_person
from scanner_app.services.jobs.made_files import FileWish
from scanner_app.services.labels.jobs import add_job
from scanner_app.services.labels.printed import note_prints
from scanner_app.services.labels.prints import (
    Laid,
    count_pages,
    is_boxed,
    lay_all,
    print_each,
    print_labels,
    print_test_page,
    show_label,
    show_sheet,
)
from scanner_app.storage.database import reading, transact

# What this browser printed with last.
KEPT = "labels"


@blueprint.get("")
@allow(Action.PRINT_LABELS)
def show() -> Response:
    """Show the page for the things of the address: codes, a location, or a person."""
    codes = split_codes([*request.args.getlist("code"), *request.args.getlist("codes")])
    with reading() as db:
        codes += _list_named(db)
    return _show(codes, _known_values())


@blueprint.post("")
@allow(Action.PRINT_LABELS)
def update() -> Response:
    """Show the page for a form: a selection of a list, or this page's own."""
    own = "stock" in request.form
    return _show(_form_codes(), dict(request.form) if own else _known_values())


@blueprint.post("/print")
@allow(Action.PRINT_LABELS)
def download() -> Response:
    """Return the labels as a file."""
    values = dict(request.form)
    codes = _form_codes()
    name, now = require_actor().name, g.now
    try:
        reason = read_reason(values.get("reason", ""))
        order = read_order(values, _load_designs())
        form = PrintForm(values.get("form", "pdf"))
        contents, unknown = find_contents(codes[:MAX_THINGS], owner=order.owner, now=g.now)
        if unknown:
            raise Invalid(f"“{unknown[0]}” is not known here.", errors={"codes": list(unknown)})
        count = len(contents) * order.copies
        if form is not PrintForm.PNG and find_line(MadeKind.LABELS, MadeForm(form)) < count:
            return _put_in_line(form, codes, order, reason)
        data = print_labels(contents, order, form, fonts=label_fonts())
        # A PNG is the first label alone.
        printed = contents[:1] if form is PrintForm.PNG else contents
        transact(lambda db: note_prints(db, printed, order, reason=reason, actor=name, now=now))
    except (Invalid, ValueError) as error:
        return _show(codes, values, error=error if isinstance(error, Invalid) else None, status=422)
    session[KEPT] = order.to_texts() | {"start": "1", "copies": "1"}
    return label_response(data, order, form)


def _put_in_line(
    form: PrintForm, codes: list[str], order: PrintOrder, reason: PrintReason | None
) -> Response:
    """Have many labels made by the worker, and lead to the file's page.

    :raises Invalid: they are too many for one file.
    """
    count = len(codes) * order.copies
    if count > MAX_LABELS:
        raise Invalid(
            f"These are {count:,} labels. Print at most {MAX_LABELS:,} at once.",
            errors={"copies": ["Too many."]},
        )
    params = {
        "codes": codes,
        "values": order.to_texts(),
        "host_url": request.host_url,
        "reason": reason.value if reason else "",
    }
    title = f"{count:,} labels as {FORMS[MadeForm(form)].label}"
    made_id = put_in_line(FileWish(MadeKind.LABELS, MadeForm(form), params, title))
    session[KEPT] = order.to_texts() | {"start": "1", "copies": "1"}
    return redirect(f"/files/{made_id}", 303)


@blueprint.post("/send")
@allow(Action.PRINT_LABELS)
def send() -> Response:
    """Send the labels to a printer on the network."""
    values = dict(request.form)
    codes = _form_codes()
    printer_id = read_id(values.get("printer")) or 0
    name, now = require_actor().name, g.now
    try:
        reason = read_reason(values.get("reason", ""))
        with reading() as db:
            printer = next((one for one in list_printers(db) if one.id == printer_id), None)
            known = known_designs(db)
        if printer is None:
            raise Invalid("Choose a printer.", errors={"printer": ["Missing."]})
        order = replace(read_order(values, known), dpi=printer.dpi)
        contents, unknown = find_contents(codes[:MAX_THINGS], owner=order.owner, now=now)
        if unknown:
            raise Invalid(f"“{unknown[0]}” is not known here.", errors={"codes": list(unknown)})
        zpl = print_each(contents, order, fonts=label_fonts())
        title = contents[0].code if len(contents) == 1 else f"{len(contents) * order.copies} labels"

        def put_in_line(db: Session) -> None:
            add_job(db, printer_id=printer_id, zpl=zpl, title=title, actor=name, now=now)
            note_prints(
                db, contents, order, reason=reason, actor=name, now=now, printer_id=printer_id
            )

        transact(put_in_line)
    except (Invalid, NotFound) as error:
        refused = error if isinstance(error, Invalid) else Invalid(error.message, errors={})
        return _show(codes, values, error=refused, status=422)
    session[KEPT] = order.to_texts() | {"start": "1", "copies": "1", "printer": str(printer_id)}
    flash(f"Sent to {printer.name}.", "ok")
    return redirect("/labels/jobs", 303)


@blueprint.post("/test-page")
@allow(Action.PRINT_LABELS)
def download_test_page() -> Response:
    """Return a page with the outlines of all labels and a ruler."""
    try:
        order = read_order(dict(request.form), _load_designs())
    except Invalid as error:
        return _show(_form_codes(), dict(request.form), error=error, status=422)
    return label_response(print_test_page(order, fonts=label_fonts()), order, PrintForm.PDF)


def show_labels(codes: list[str]) -> Response:
    """Show the page for things that were selected in a list."""
    return _show(codes, _known_values())


def _known_values() -> dict[str, str]:
    """Return what this browser printed with last, and over it what the address says."""
    kept = session.get(KEPT)
    values = {str(k): str(v) for k, v in kept.items()} if isinstance(kept, dict) else {}
    return values | {
        name: request.args[name] for name in PrintOrder().to_texts() if name in request.args
    }


def _form_codes() -> list[str]:
    return split_codes([*request.form.getlist("code"), request.form.get("codes", "")])


def _list_named(db: Session) -> list[str]:
    """Return the codes of everything in the location, and of the person, of the address."""
    codes: list[str] = []
    if location := request.args.get("location", ""):
        place = get_location(db, location)
        codes += list_codes_in(db, place.id, limit=MAX_THINGS + 1)
    if person := request.args.get("person", ""):
        codes += list_codes_of(db, get_person(db, person).id, limit=MAX_THINGS + 1)
    return codes


def _show(
    codes: list[str], values: dict[str, str], *, error: Invalid | None = None, status: int = 200
) -> Response:
    known = _load_designs()
    # A design that was removed since this browser printed with it.
    values = {**values, "design": ""} if values.get("design") not in known else values
    try:
        order = read_order(values, known)
    except Invalid as refused:
        error, status = error or refused, 422
        order = PrintOrder()
    contents, unknown = find_contents(codes[:MAX_THINGS], owner=order.owner, now=g.now)
    with reading() as db:
        printers = list_printers(db, only_active=True)
        printed = load_printed(db, [(one.kind, one.code) for one in contents])
        asked = count_asked(db)
    is_sample = not contents
    laid = lay_all(contents or [sample_content(owner=order.owner)], order, fonts=label_fonts())
    return page(
        "labels/print.html",
        block="work",
        status=status,
        codes=codes[:MAX_THINGS],
        asked=asked,
        more=max(len(codes) - MAX_THINGS, 0),
        unknown=unknown,
        values=order.to_texts() | values if error else values | order.to_texts(),
        errors=error.errors if error else {},
        problem=error.message if error else "",
        order=order,
        is_sample=is_sample,
        printed=sorted(printed.values(), key=lambda one: one.at, reverse=True),
        reasons=[(reason.value, reason.facts.label) for reason in ASKED],
        reason=values.get("reason") or PrintReason.DAMAGED.value,
        printers=[(one.id, f"{one.name}, {one.dpi} dpi") for one in printers],
        stocks=list_stock_groups(),
        contents=[(key.value, facts.label) for key, facts in CONTENTS.items()],
        designs=_show_designs(
            contents[0] if contents else sample_content(owner=order.owner), order, known
        ),
        **_describe(laid, order, is_sample=is_sample),
    )


def _describe(laid: Laid, order: PrintOrder, *, is_sample: bool) -> dict[str, Any]:
    """Return what the preview shows."""
    fonts = label_fonts()
    count = 0 if is_sample else len(laid.labels) * order.copies
    first = laid.labels[0] if laid.labels else None
    symbol = first[1].symbols[0] if first else None
    return {
        "label": inline(show_label(first[1], fonts=fonts)) if first else "",
        "first": first[0] if first else None,
        "says": symbol.text if symbol else "",
        "module": to_mm(symbol.module_width, order.dpi) if symbol else 0,
        "sheet": (
            inline(show_sheet(laid, order, fonts=fonts))
            if first and order.stock.form is StockForm.SHEET
            else ""
        ),
        "problems": laid.problems,
        "cut": laid.cut,
        "is_boxed": is_boxed(laid, fonts=fonts),
        "count": count,
        "pages": count_pages(count, order),
        "is_roll": order.stock.form is StockForm.ROLL,
    }


def _load_designs() -> Designs:
    with reading() as db:
        return known_designs(db)


def _show_designs(content: LabelContent, order: PrintOrder, known: Designs) -> list[dict[str, Any]]:
    """Return each design as it would be on the chosen stock, or why it cannot be."""
    shown = []
    for design in known.values():
        is_other = isinstance(design, OwnDesign) and not design.suits(content, order.stock)
        if is_other and design.key != order.design.key:
            continue
        said = order.content if design.key == order.design.key else None
        tried = replace(order, design=design, content=said, dpi=min(order.dpi, 300))
        laid = lay_all([content], tried, fonts=label_fonts())
        shown.append(
            {
                "key": design.key,
                "label": design.label,
                "hint": design.hint,
                "picture": inline(show_label(laid.labels[0][1], fonts=label_fonts()))
                if laid.labels
                else "",
                "problem": laid.problems[0].partition(": ")[2] if laid.problems else "",
            }
        )
    return shown


def inline(png: bytes) -> str:
    """Return a picture as an address, so that it always belongs to the form that is shown."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"

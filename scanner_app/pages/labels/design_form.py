"""The page on which an admin makes a design: a form of its elements, with a preview that prints.

Every element is in the form, so the page works without a script: *Update* and the buttons that add
and remove send it to itself. A script asks for the preview after each change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.labels.bodies import (
    ELEMENTS,
    MAX_ELEMENTS,
    SIDES,
    ElementType,
    Weight,
    add_element,
    is_placed,
    write_body,
)
from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.designs import DESIGN_BY_KEY, DESIGNS
from scanner_app.domain.labels.order import PrintOrder
from scanner_app.domain.labels.own_designs import MAX_NAME, OwnDesign, draw_logo
from scanner_app.domain.labels.parts import ALIGNS, FIELDS, KINDS, Box, Fit, LogoPart
from scanner_app.domain.labels.stock import STOCK_BY_KEY, STOCKS, LabelStock
from scanner_app.domain.labels.symbols import CONTENTS, SYMBOLOGIES
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.labels.contents import find_contents, label_fonts, sample_content
from scanner_app.edge.web import page
from scanner_app.pages.labels._blueprint import blueprint
from scanner_app.pages.labels.printing import inline
from scanner_app.pages.labels.stocks import list_stock_groups
from scanner_app.queries.labels.designs import get_design_row, list_versions
from scanner_app.queries.register.assets import list_custom_names
from scanner_app.queries.settings import load_logo
from scanner_app.services.labels.design_map import draw_map
from scanner_app.services.labels.designs import DesignDraft, check_draft, save_design
from scanner_app.services.labels.prints import is_boxed, lay_all, show_label
from scanner_app.storage.database import reading, transact

NUMBERS = (*SIDES, "size")
# Millimetres that the preview can still draw, so that a person sees what is wrong.
MAX_SHOWN = 10_000
WORDS: Mapping[str, list[tuple[str, str]]] = {
    "symbology": [(key.value, facts.label) for key, facts in SYMBOLOGIES.items()],
    "content": [(key.value, facts.label) for key, facts in CONTENTS.items()],
    "weight": [(one.value, one.value.capitalize()) for one in Weight],
    "align": [(key.value, facts.label) for key, facts in ALIGNS.items()],
    "fit": [(Fit.SHRINK, "Make it smaller"), (Fit.WRAP, "Go on below"), (Fit.CUT, "Cut it")],
}


@blueprint.get("/designs/new")
@allow(Action.MANAGE_PRINTERS)
def show_new_design() -> Response:
    """Show a new design that begins as one that comes with the program."""
    args = request.args
    stock = STOCK_BY_KEY.get(args.get("stock", ""), STOCKS[1])
    kind = args.get("kind", "asset")
    kind = kind if kind in KINDS else "asset"
    shipped = DESIGN_BY_KEY.get(args.get("from", ""), DESIGNS[0])
    if own := args.get("copy", ""):
        with reading() as session:
            row = get_design_row(session, own)
        kind, stock, body = row.kind, STOCK_BY_KEY.get(row.stock, stock), row.body
    else:
        body = write_body(shipped.build(stock), kind)
    if kind == "blank":
        for element in body["elements"]:
            if element["type"] == ElementType.SYMBOL:
                element["content"] = "code"
    return _show(DesignDraft("", kind, stock.key, body))


@blueprint.get("/designs/<key>")
@allow(Action.MANAGE_PRINTERS)
def show_design(key: str) -> Response:
    """Show the newest version of a design, or an older one to go back to."""
    with reading() as session:
        row = get_design_row(session, key, read_id(request.args.get("version")))
    return _show(DesignDraft(row.name, row.kind, row.stock, row.body, row.key))


@blueprint.post("/designs/draft")
@allow(Action.MANAGE_PRINTERS)
def show_draft() -> Response:
    """Show the form as it is sent, with an element more or less, and its preview."""
    draft = _read_form()
    elements, act = draft.body["elements"], request.form.get("act", "")
    verb, _, what = act.partition("-")
    if verb == "add" and what in set(ElementType) and len(elements) < MAX_ELEMENTS:
        stock = STOCK_BY_KEY.get(draft.stock, STOCKS[1])
        elements.append(add_element(elements, ElementType(what), stock))
    elif verb == "remove" and what.isdecimal() and int(what[:3]) < len(elements):
        del elements[int(what[:3])]
    return _show(draft)


@blueprint.post("/designs/save")
@allow(Action.MANAGE_PRINTERS)
def save() -> Response:
    """Save the design as its next version."""
    draft, actor, now = _read_form(), require_actor(), g.now
    try:
        sample = sample_content(draft.kind if draft.kind in KINDS else "asset")
        body = check_draft(draft, sample=sample, fonts=label_fonts())
        saved = transact(lambda s: save_design(s, draft, body, actor=actor, now=now))
    except Invalid as error:
        return _show(draft, error, status=422)
    except Conflict as error:
        return _show(draft, Invalid(error.message), status=409)
    flash(f"Saved as version {saved.version} of “{draft.name.strip()}”.", "ok")
    return redirect(f"/labels/designs/{saved.key}", 303)


def _read_form() -> DesignDraft:
    form = request.form
    elements: list[dict[str, Any]] = []
    while (type_ := form.get(f"e{len(elements)}-type")) is not None and len(
        elements
    ) <= 2 * MAX_ELEMENTS:
        names = ELEMENTS[ElementType(type_)].usual if type_ in set(ElementType) else ()
        at = f"e{len(elements)}-"
        element: dict[str, Any] = {"type": type_}
        for name in (*SIDES, *names):
            given = form.get(at + name, "").strip()
            element[name] = _read_number(given) if name in NUMBERS else given
        elements.append(element)
    body = {"margin": _read_number(form.get("margin", "1")), "elements": elements}
    named = {name: form.get(name, "").strip() for name in ("name", "kind", "stock", "key")}
    return DesignDraft(body=body, **named)


def _read_number(text: str) -> float | str:
    """Return the number that a field holds; its text, to be refused, if that is not one."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    return number if abs(number) < MAX_SHOWN else text


@dataclass(frozen=True, slots=True)
class _Preview:
    """What the form looks like when it is printed, and what keeps it from that."""

    label: str = ""
    of: str = ""
    map: str = ""
    problems: tuple[str, ...] = ()
    is_cut: bool = False
    is_boxed: bool = False
    lacks_logo: bool = False


def _show(draft: DesignDraft, error: Invalid | None = None, status: int = 200) -> Response:
    stock = STOCK_BY_KEY.get(draft.stock, STOCKS[1])
    kind = draft.kind if draft.kind in KINDS else "asset"
    versions, custom = [], []
    with reading() as session:
        if draft.key:
            versions = list_versions(session, draft.key)
        if kind == "asset":
            custom = list_custom_names(session)
    fields = [*FIELDS[kind].items(), *((f"custom.{name}", name) for name in custom)]
    preview, found = _preview(draft, kind, stock)
    errors = {**found, **(error.errors if error else {})}
    return page(
        "labels/design.html",
        block="work",
        status=status,
        draft=draft,
        kind=kind,
        stock=stock,
        kinds=list(KINDS.items()),
        stocks=list_stock_groups(),
        elements=draft.body["elements"],
        facts={type_.value: facts for type_, facts in ELEMENTS.items()},
        words=WORDS,
        fields=fields,
        errors=errors,
        problem=error.message if error and not error.errors else "",
        preview=preview,
        versions=versions,
        show=request.values.get("show", ""),
        max_name=MAX_NAME,
        is_full=len(draft.body["elements"]) >= MAX_ELEMENTS,
    )


def _preview(
    draft: DesignDraft, kind: str, stock: LabelStock
) -> tuple[_Preview, dict[str, list[str]]]:
    """Return the preview of a draft, and what is wrong with its elements by field."""
    fonts = label_fonts()
    thing = _find_thing(kind)
    # A design without a name is shown; only to save it takes one.
    named = replace(draft, name=draft.name or "New", key="")
    under: bytes | None = None
    preview, errors = _Preview(), {}
    try:
        body = check_draft(named, sample=sample_content(kind), fonts=fonts)
        with reading() as session:
            logo = load_logo(session) or b""
        design = draw_logo(OwnDesign("new", named.name, kind, stock, 0, body.parts), logo)
        order = PrintOrder(stock=stock, design=design, dpi=stock.dpis[0])
        laid = lay_all([thing], order, fonts=fonts)
        lacks_logo = not logo and any(isinstance(part, LogoPart) for part in body.parts)
        preview = _Preview(
            of=thing.code,
            problems=laid.problems,
            is_cut=bool(laid.cut),
            is_boxed=is_boxed(laid, fonts=fonts),
            lacks_logo=lacks_logo,
        )
        if laid.labels:
            under = show_label(laid.labels[0][1], fonts=fonts)
    except Invalid as error:
        errors = error.errors
        preview = _Preview(problems=tuple(_name_place(*one) for one in errors.items()))
    boxes = [
        (number, Box(*(element[side] for side in SIDES)))
        for number, element in enumerate(draft.body["elements"], start=1)
        if is_placed(element)
    ]
    drawn = inline(draw_map(boxes, stock, under))
    return replace(preview, label=inline(under) if under else "", map=drawn), errors


def _find_thing(kind: str) -> LabelContent:
    """Return the thing that the form names, or a sample."""
    code = request.values.get("show", "").strip()
    if code:
        found, _ = find_contents([code[:255]], owner="", now=g.now)
        if found and found[0].kind == kind and found[0].code:
            return found[0]
    return sample_content(kind)


def _name_place(name: str, texts: list[str]) -> str:
    """Return what is wrong as a sentence that names the element and the field."""
    _, _, rest = name.partition("elements.")
    number, _, field = rest.partition(".")
    if not number.isdecimal():
        return texts[0]
    names = {"x": "from the left", "y": "from the top", "w": "width", "h": "height"}
    return f"Element {int(number) + 1}, {names.get(field, field)}: {texts[0]}"

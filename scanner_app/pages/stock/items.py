"""The list of stock, an item's page with its moves, and its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import read_money, show_money
from scanner_app.domain.numbers import read_id
from scanner_app.domain.stock.acts import FORM_ACTS, name_unit
from scanner_app.domain.stock.items import MAX_QUANTITY, STOCK_CLASSES, StockClass
from scanner_app.domain.stock.plots import list_day_ends, plot_level
from scanner_app.domain.text import is_storable
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.tag_rules import hide_secrets
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem, errors_of
from scanner_app.pages.register.asset_list import query_text
from scanner_app.pages.stock._blueprint import blueprint, item_path
from scanner_app.queries.register.assets import list_categories
from scanner_app.queries.register.known_values import list_suppliers
from scanner_app.queries.register.locations import find_location_id, list_choices
from scanner_app.queries.stock.items import ItemRow, get_item, load_cards
from scanner_app.queries.stock.list import StockFilter, count_stock, list_stock
from scanner_app.queries.stock.moves import (
    list_levels,
    list_moves,
    list_rules,
    load_legs_since,
    show_account,
    sum_held,
)
from scanner_app.services.stock.by_hand import change_rule, correct, read_codes, read_reason
from scanner_app.services.stock.items import create_item, edit_item
from scanner_app.storage.database import reading, transact

PAGE = 50
MAX_COUNTED = 10_000
MOVES = 30
HOLDERS = 200
TEXTS = (
    *("name", "stock_class", "category", "manufacturer", "unit", "supplier", "supplier_code"),
    *("currency", "notes"),
)
NUMBERS = ("lead_days", "safety_quantity", "pack_quantity")


@blueprint.get("")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show stock items, or those that match a search."""
    given = {name: query_text(name) for name in ("q", "show", "class", "location", "sort")}
    sort, cursor = given["sort"] or "name", request.args.get("cursor")
    with reading() as session:
        wanted = _read_filter(session, given)
        found = list_stock(session, wanted=wanted, sort=sort, cursor=cursor, limit=PAGE)
        total = count_stock(session, wanted, most=MAX_COUNTED + 1)
        low = count_stock(session, StockFilter(is_low=True))
        contested = count_stock(session, StockFilter(is_contested=True))
        places = dict(list_choices(session))

    def link(**parts: str) -> str:
        kept = {**given, **parts}
        text = urlencode({name: value for name, value in kept.items() if value})
        return f"/stock?{text}".rstrip("?")

    first = (read_id(request.args.get("from")) if cursor else None) or 1
    following = {"cursor": found.next or "", "from": str(first + len(found.rows))}
    return page(
        "stock/list.html",
        name_unit=name_unit,
        block="rows",
        rows=found.rows,
        given=given,
        sort=sort,
        link=link,
        first=first,
        total=min(total, MAX_COUNTED),
        is_cut=total > MAX_COUNTED,
        next_page=link(**following) if found.next else None,
        low=low,
        contested=contested,
        classes=[(one.value, facts.plural) for one, facts in STOCK_CLASSES.items()],
        place_name=places.get(given["location"], given["location"]),
        acts=FORM_ACTS,
    )


def _read_filter(session: Session, given: Mapping[str, str]) -> StockFilter:
    known = {one.value: one for one in StockClass}
    place = given["location"]
    return StockFilter(
        query=given["q"] if is_storable(given["q"]) else "",
        stock_class=known.get(given["class"]),
        # A location that does not exist has nothing.
        location_id=(find_location_id(session, place) or 0) if place else None,
        is_low=given["show"] == "low",
        is_contested=given["show"] == "count",
        with_ended=given["show"] == "all",
    )


@blueprint.get("/items/<path:code>")
@allow(Action.READ_REGISTER)
def show_item(code: str) -> Response:
    """Show one item: where its pieces are, its minimums, its moves."""
    return _show_item(code)


def _show_item(
    code: str, *, errors: Mapping[str, str] | None = None, form: Any = None, status: int = 200
) -> Response:
    cursor = request.args.get("cursor")
    ends = list_day_ends(g.now, current_organisation().zone)
    with reading() as session:
        item = get_item(session, code)
        levels = list_levels(session, item_id=item.id, limit=HOLDERS)
        moves = list_moves(session, item.id, cursor=cursor, limit=MOVES)
        rules = list_rules(session, item.id)
        choices = list_choices(session)
        legs = load_legs_since(session, item.id, ends[0])
    at_places = sum_held(levels.rows, is_place=True)
    return page(
        "stock/item.html",
        name_unit=name_unit,
        status=status,
        item=item,
        path=item_path(item.code),
        cost=show_money(item.unit_cost_cents) if item.unit_cost_cents is not None else "",
        levels=levels.rows,
        at_places=at_places,
        line=plot_level(at_places, legs, ends) if legs else None,
        held=sum_held(levels.rows, is_place=False),
        rules=rules,
        is_low=any(rule.is_low for rule in rules),
        is_contested=any(level.contested_at for level in levels.rows),
        moves=moves.rows,
        next_moves=f"{item_path(item.code)}?cursor={moves.next}#moves" if moves.next else None,
        is_first=not cursor,
        show_account=show_account,
        acts=FORM_ACTS,
        places=choices,
        errors=errors or {},
        form=form or {},
        move_id=uuid4(),
    )


@blueprint.post("/items/<path:code>/rules")
@allow(Action.MANAGE_STOCK)
def set_minimum(code: str) -> Response:
    """Set a minimum and a target of an item."""
    form = request.form
    errors: dict[str, list[str]] = {}
    least = _read_number(form.get("min_quantity", ""), "min_quantity", errors)
    target = _read_number(form.get("target_quantity", ""), "target_quantity", errors)
    try:
        if errors:
            raise Invalid("Some fields cannot be used.", errors=errors)
        transact(
            lambda s: change_rule(
                s,
                code=code,
                location=form.get("location", "").strip() or None,
                least=least,
                target=target,
                now=g.now,
            )
        )
    except Invalid as error:
        return _show_item(code, errors=errors_of(error), form=form, status=422)
    flash("The minimum is set.", "ok")
    return redirect(f"{item_path(code)}#minimums", 303)


@blueprint.post("/items/<path:code>/adjustments")
@allow(Action.MANAGE_STOCK)
def adjust(code: str) -> Response:
    """Correct a level with a reason."""
    form, actor = request.form, require_actor()
    try:
        difference, reason = _read_correction(form)
        transact(
            lambda s: correct(
                s,
                code=code,
                move_id=_read_uuid(form.get("move_id", "")),
                location=form.get("at", "").strip(),
                difference=difference,
                reason=reason,
                by=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        errors = errors_of(error)
        errors["at"] = errors.pop("location", errors.get("at", ""))
        status = 422 if isinstance(error, Invalid) else 409
        return _show_item(code, errors=errors, form=hide_secrets(form), status=status)
    flash("Corrected.", "ok")
    return redirect(item_path(code), 303)


def _read_correction(form: Mapping[str, str]) -> tuple[int, str]:
    text = form.get("difference", "").strip().replace("\N{MINUS SIGN}", "-").removeprefix("+")
    errors: dict[str, list[str]] = {}
    try:
        reason = read_reason(form.get("reason", ""))
    except Invalid as error:
        reason, errors = "", dict(error.errors)
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(MAX_QUANTITY))
    if not (is_number and 1 <= int(digits) <= MAX_QUANTITY):
        errors["difference"] = ["Give the difference: 3, or -3."]
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    return int(text), reason


def _read_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


@blueprint.get("/new")
@allow(Action.MANAGE_STOCK)
def show_new() -> Response:
    """Show the empty form."""
    form = {
        "stock_class": StockClass.CONSUMABLE.value,
        "currency": current_organisation().currency,
        "codes": query_text("code"),
    }
    return _show_form(None, form)


@blueprint.post("/new")
@allow(Action.MANAGE_STOCK)
def create() -> Response:
    """Add an item."""
    try:
        values, codes = _read_form()
        item_id = transact(
            lambda s: create_item(s, values={**values, "codes": read_codes(s, codes)}, now=g.now)
        )
    except (Invalid, Conflict) as error:
        return _show_form(None, hide_secrets(request.form), error)
    with reading() as session:
        code = load_cards(session, [item_id])[item_id].code
    flash(f"{code} is added. Receive or count it to say how many there are.", "ok")
    return redirect(item_path(code), 303)


@blueprint.get("/items/<path:code>/edit")
@allow(Action.MANAGE_STOCK)
def show_edit(code: str) -> Response:
    """Show the form of an item."""
    with reading() as session:
        item = get_item(session, code)
    return _show_form(item, _texts(item))


@blueprint.post("/items/<path:code>/edit")
@allow(Action.MANAGE_STOCK)
def edit(code: str) -> Response:
    """Change an item."""
    with reading() as session:
        item = get_item(session, code)
    try:
        values, codes = _read_form()
        values["is_active"] = request.form.get("is_active") == "on"
        item_id = transact(
            lambda s: edit_item(
                s, code=item.code, values={**values, "codes": read_codes(s, codes)}, now=g.now
            )
        )
    except (Invalid, Conflict) as error:
        return _show_form(item, hide_secrets(request.form), error)
    with reading() as session:
        after = load_cards(session, [item_id])[item_id].code
    flash("Saved.", "ok")
    return redirect(item_path(after), 303)


def _texts(item: ItemRow) -> dict[str, str]:
    texts = {name: getattr(item, name) or "" for name in TEXTS}
    texts |= {name: str(getattr(item, name) or "") for name in NUMBERS}
    codes = [
        " ".join(filter(None, (one.value, str(one.quantity), one.bin_code))) for one in item.codes
    ]
    cost = item.unit_cost_cents
    return {
        **texts,
        "code": item.code,
        "stock_class": item.stock_class.value,
        "returns": "on" if item.returns else "",
        "unit_cost": show_money(cost) if cost is not None else "",
        "codes": "\n".join(codes),
        "is_active": "on" if item.is_active else "",
    }


def _read_form() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the values of the form, and the codes of its lines.

    :raises Invalid: a number cannot be read.
    """
    form = request.form
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {name: form.get(name, "") for name in TEXTS}
    if form.get("code", "").strip():
        values["code"] = form["code"]
    for name in NUMBERS:
        values[name] = _read_number(form.get(name, ""), name, errors)
    values["returns"] = form.get("returns") == "on"
    cost = form.get("unit_cost", "").strip()
    try:
        values["unit_cost_cents"] = read_money(cost) if cost else None
    except ValueError as error:
        errors["unit_cost"] = [str(error)]
    codes = [_read_code_line(line, errors) for line in form.get("codes", "").splitlines()]
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    return values, [one for one in codes if one]


def _read_code_line(line: str, errors: dict[str, list[str]]) -> dict[str, Any]:
    """Return one code: alone, with its number of pieces, or with the location of its bin too."""
    parts = line.split(maxsplit=2)
    if not parts:
        return {}
    number = _read_number(parts[1], "codes", errors) if len(parts) > 1 else 1
    if "codes" in errors:
        errors["codes"] = ["Write the code, then the number of pieces: 4006381333931 10"]
    place = parts[2] if len(parts) > 2 else None  # noqa: PLR2004 - the third part
    return {"code": parts[0], "quantity": number or 1, "location": place}


def _read_number(text: str, name: str, errors: dict[str, list[str]]) -> int | None:
    """Return a whole number of a form, None if the field is empty."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_QUANTITY))):
        errors[name] = [f"Enter a whole number up to {MAX_QUANTITY}."]
        return None
    return int(text)


def _show_form(
    item: ItemRow | None, form: Any, error: Invalid | Conflict | None = None
) -> Response:
    field = "codes" if form.get("codes") and not form.get("code") else "code"
    with reading() as session:
        return page(
            "stock/form.html",
            item=item,
            path=item_path(item.code) if item else "/stock",
            form=form,
            classes=[(one.value, f"{f.label}: {f.hint}") for one, f in STOCK_CLASSES.items()],
            categories=list_categories(session),
            suppliers=list_suppliers(session),
            **describe_problem(error, conflict_field=field),
        )

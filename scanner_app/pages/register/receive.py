"""Receive a delivery: what all have once, then serial after serial, and tags that are free."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.tag_rules import hide_secrets
from scanner_app.edge.web import page
from scanner_app.pages.register.asset_form import read_form
from scanner_app.pages.register.asset_list import offer_many
from scanner_app.queries.register.assets import list_categories, list_models, load_assets
from scanner_app.queries.register.code_lists import split_codes
from scanner_app.queries.register.known_values import list_suppliers, suggest_category
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.register.next_tag import suggest_tag
from scanner_app.services.register.receive import (
    MAX_RECEIVED,
    find_known_serials,
    find_last_tag,
    propose_tags,
    receive_assets,
)
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("receive", __name__, url_prefix="/receive")

# What all assets of a delivery have; the names are those of the form of one asset.
SHARED = (
    *("name", "category", "manufacturer", "model", "model_number", "status", "location"),
    *("supplier", "order_number", "purchase_date", "purchase_cost", "currency", "warranty_months"),
)


@blueprint.get("")
@allow(Action.EDIT_REGISTER)
def show() -> Response:
    """Show the empty form."""
    return _show({"status": "in_stock"})


@blueprint.post("")
@allow(Action.EDIT_REGISTER)
def receive() -> Response:
    """Show which assets would be registered, or register them."""
    form, actor = request.form, require_actor()
    try:
        values = read_form(form, was=None)
        values = {name: value for name, value in values.items() if name != "custom"}
        serials = _read_serials()
        if not form.get("model", "").strip():
            raise Invalid("Say what was delivered.", errors={"model": ["Enter the model."]})
        with reading() as session:
            pairs = _pair(session, serials)
            unsure = _find_doubts(session, serials)
        if form.get("step") != "apply" or (unsure.get("category") and "new_category" not in form):
            return _show(form, pairs=pairs, **unsure)
        ids = transact(
            lambda session: receive_assets(
                session, values=values, pairs=pairs, actor=actor, now=g.now
            )
        )
    except (Invalid, Conflict) as error:
        return _show(hide_secrets(form), error=error)
    with reading() as session:
        rows = load_assets(session, ids)
    return page("register/receive/done.html", assets=rows, many=offer_many())


def _read_serials() -> list[str]:
    """Return the serial numbers of the form, or as many empty ones as were delivered without."""
    serials = split_codes(request.form.get("serials", ""))
    count = read_id(request.form.get("quantity", "").strip()) or len(serials)
    if len(set(serials)) < len(serials):
        twice = next(one for one in serials if serials.count(one) > 1)
        raise Invalid(
            "A serial number is in the list twice.",
            errors={"serials": [f"“{twice}” was scanned twice. Remove one."]},
        )
    if len(serials) > count:
        raise Invalid(
            "More were scanned than were delivered.",
            errors={"serials": [f"{len(serials)} serial numbers for {count} assets."]},
        )
    if not 1 <= count <= MAX_RECEIVED:
        raise Invalid(
            f"Receive 1 to {MAX_RECEIVED} at once.",
            errors={"serials": ["Scan the serial numbers, or enter how many there are."]},
        )
    return serials + [""] * (count - len(serials))


def _pair(session: Session, serials: list[str]) -> list[tuple[str, str]]:
    """Return a free tag for each serial number.

    They go on from the tag of the form, else from the model's last one, else in the pattern of the
    settings.
    """
    organisation = current_organisation()
    first = (
        request.form.get("first_tag", "").strip()
        or find_last_tag(session, model=request.form.get("model", ""))
        or suggest_tag(session, organisation.tag_prefix, digits=organisation.tag_digits)
    )
    if not first:
        raise Invalid(
            "No asset has this model yet, so no tag can be proposed.",
            errors={"first_tag": ["Enter the first tag, such as LT-0661."]},
        )
    return list(zip(propose_tags(session, first=first, count=len(serials)), serials, strict=True))


def _find_doubts(session: Session, serials: list[str]) -> dict[str, Any]:
    """Return what should be looked at before the delivery is registered."""
    known = find_known_serials(session, [one for one in serials if one])
    name = request.form.get("category", "").strip()
    known_names = {one.casefold() for one in list_categories(session)}
    is_new = bool(name) and name.casefold() not in known_names
    return {
        "known": known,
        "category": name if is_new else "",
        "meant": suggest_category(session, name) if is_new else None,
    }


def _show(
    form: Any,
    *,
    pairs: list[tuple[str, str]] | None = None,
    known: dict[str, str] | None = None,
    category: str = "",
    meant: str | None = None,
    error: Invalid | Conflict | None = None,
) -> Response:
    errors = (
        {name: texts[0] for name, texts in error.errors.items()}
        if isinstance(error, Invalid)
        else {}
    )
    with reading() as session:
        return page(
            "register/receive/form.html",
            status=422 if isinstance(error, Invalid) else 409 if error else 200,
            form=form,
            pairs=pairs,
            known=known or {},
            new_category=category,
            meant=meant,
            problem=error.message if error else "",
            errors=errors,
            most=MAX_RECEIVED,
            categories=list_categories(session),
            models=list_models(session),
            suppliers=list_suppliers(session),
            places=list_choices(session),
        )

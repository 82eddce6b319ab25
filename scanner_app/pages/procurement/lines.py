"""The lines of an order, as its page adds, changes and removes them."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.pages.procurement._blueprint import blueprint, read_amount, read_count
from scanner_app.pages.procurement.orders import show_with
from scanner_app.services.procurement.lines import remove_line, save_line
from scanner_app.storage.database import transact


@blueprint.post("/orders/<number>/lines")
@allow(Action.PURCHASE)
def add_line(number: str) -> Response:
    """Add a line."""
    actor, base, today = require_actor(), current_organisation().currency, today_here()
    try:
        values = _read_line()
        transact(
            lambda session: save_line(
                session,
                number=number,
                values=values,
                actor=actor,
                now=g.now,
                base=base,
                today=today,
            )
        )
    except (Invalid, Conflict) as error:
        return show_with(number, error, open_form="new")
    return redirect(f"/orders/{number}#lines", 303)


@blueprint.post("/orders/<number>/lines/<id:position>")
@allow(Action.PURCHASE)
def change_line(number: str, position: int) -> Response:
    """Change a line, or remove it."""
    actor, base, today = require_actor(), current_organisation().currency, today_here()
    try:
        if request.form.get("step") == "remove":
            transact(
                lambda session: remove_line(
                    session,
                    number=number,
                    position=position,
                    actor=actor,
                    now=g.now,
                    base=base,
                    today=today,
                )
            )
            flash("Removed.", "ok")
        else:
            values = _read_line()
            transact(
                lambda session: save_line(
                    session,
                    number=number,
                    values=values,
                    position=position,
                    actor=actor,
                    now=g.now,
                    base=base,
                    today=today,
                )
            )
            flash("Saved.", "ok")
    except (Invalid, Conflict) as error:
        return show_with(number, error, open_form=str(position))
    return redirect(f"/orders/{number}#lines", 303)


def _read_line() -> dict[str, Any]:
    form = request.form
    months = form.get("warranty_months", "").strip()
    values = {name: form.get(name, "") for name in ("kind", "model", "manufacturer", "stock_item")}
    kind = values["kind"]
    return {
        **values,
        "text": form.get("text", "") if kind not in {"hardware", "stock"} else "",
        "model_code": form.get("model_code", ""),
        "quantity": read_count(form.get("quantity", "")),
        "unit_price_cents": read_amount(form.get("unit_price", ""), "unit_price"),
        # A text that is not a number is refused as a number of months that is too large.
        "warranty_months": -1 if months and read_count(months) is None else read_count(months),
    }

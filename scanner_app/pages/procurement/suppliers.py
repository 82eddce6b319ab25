"""Suppliers: who sells, repairs, recycles or leases out."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.procurement.events import BuyingKind
from scanner_app.domain.procurement.suppliers import SCHEMES, SUPPLIER_ROLES
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.procurement._blueprint import blueprint, read_day
from scanner_app.queries.procurement.events import list_events
from scanner_app.queries.procurement.orders import list_orders
from scanner_app.queries.procurement.suppliers import get_supplier, list_suppliers
from scanner_app.services.procurement.suppliers import NewScheme, save_supplier
from scanner_app.storage.database import reading, transact

LEAST_SCHEMES = 2


@blueprint.get("/suppliers")
@allow(Action.READ_REGISTER)
def show_suppliers() -> Response:
    """Show all suppliers by name, and the form for a new one."""
    return _show_all()


@blueprint.post("/suppliers")
@allow(Action.PURCHASE)
def add_supplier() -> Response:
    """Add a supplier."""
    return _save(None)


@blueprint.get("/suppliers/<id:supplier_id>")
@allow(Action.READ_REGISTER)
def show_supplier(supplier_id: int) -> Response:
    """Show one supplier with its schemes and orders."""
    return _show_one(supplier_id)


@blueprint.post("/suppliers/<id:supplier_id>")
@allow(Action.PURCHASE)
def change_supplier(supplier_id: int) -> Response:
    """Change a supplier."""
    return _save(supplier_id)


def _save(supplier_id: int | None) -> Response:
    actor, form = require_actor(), request.form
    try:
        values = {
            "name": form.get("name", ""),
            "roles": form.getlist("roles"),
            "contact": form.get("contact", ""),
            "notes": form.get("notes", ""),
            "schemes": _read_schemes(),
        }
        id_ = transact(
            lambda session: save_supplier(
                session, values=values, actor=actor, now=g.now, supplier_id=supplier_id
            )
        )
    except (Invalid, Conflict) as error:
        return _show_all(error) if supplier_id is None else _show_one(supplier_id, error)
    flash("Saved.", "ok")
    return redirect(f"/suppliers/{id_}", 303)


def _read_schemes() -> list[NewScheme]:
    form = request.form
    rows = zip(
        form.getlist("scheme"),
        form.getlist("scheme_number"),
        form.getlist("scheme_ends_on"),
        strict=False,
    )
    return [
        NewScheme(" ".join(name.split()), " ".join(number.split()), read_day(ends, "schemes"))
        for name, number, ends in rows
        if name.strip() or number.strip()
    ]


def _show_all(error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        return page(
            "procurement/suppliers.html",
            suppliers=list_suppliers(session, by_name=True),
            **_form(error),
        )


def _show_one(supplier_id: int, error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        return page(
            "procurement/supplier.html",
            supplier=get_supplier(session, supplier_id),
            events=list_events(session, BuyingKind.SUPPLIER, supplier_id),
            orders=list_orders(session, supplier_id=supplier_id, limit=20),
            today=today_here(),
            **_form(error),
        )


def _form(error: Invalid | Conflict | None) -> dict[str, Any]:
    return {
        "form": request.form,
        "role_choices": [(role.value, row.label) for role, row in SUPPLIER_ROLES.items()],
        "known_schemes": SCHEMES,
        "blank_schemes": LEAST_SCHEMES,
        **describe_problem(error),
    }

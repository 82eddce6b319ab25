"""Add a contract, and change one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.contracts.states import (
    CONTRACT_KINDS,
    PERIODS,
    RENEWALS,
    ContractState,
    Period,
    Renewal,
)
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import show_money
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.web import page
from scanner_app.pages.contracts._blueprint import blueprint
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.contracts.contracts import TermRow, list_owners, list_terms
from scanner_app.queries.register.known_values import list_suppliers
from scanner_app.services.contracts.fields import read_contract
from scanner_app.services.contracts.write import add_contract, change_contract
from scanner_app.storage.database import reading, transact

EMPTY = {"renewal": Renewal.NONE.value, "period": Period.YEAR.value}


@blueprint.get("/new/contract")
@allow(Action.PURCHASE)
def show_new() -> Response:
    """Show the empty form."""
    return _show_form(None, EMPTY)


@blueprint.post("/contracts")
@allow(Action.PURCHASE)
def create() -> Response:
    """Add a contract: as a draft, or active at once."""
    actor, form = require_actor(), request.form
    is_draft = form.get("state") == ContractState.DRAFT.value
    state = ContractState.DRAFT if is_draft else ContractState.ACTIVE
    currency = current_organisation().currency
    try:
        number = transact(
            lambda s: add_contract(
                s,
                fields=read_contract(s, form, currency=currency),
                actor=actor,
                now=g.now,
                state=state,
            )
        )
    except (Invalid, Conflict) as error:
        return _show_form(None, form, error)
    flash(f"{number} is added.", "ok")
    return redirect(f"/contracts/{number}", 303)


@blueprint.get("/contracts/<number>/edit")
@allow(Action.PURCHASE)
def show_edit(number: str) -> Response:
    """Show the form of a contract and its newest term."""
    with reading() as session:
        [row, *_] = list_terms(session, number)
    return _show_form(row, _texts(row))


@blueprint.post("/contracts/<number>/edit")
@allow(Action.PURCHASE)
def change(number: str) -> Response:
    """Change a contract and its newest term."""
    actor, form = require_actor(), request.form
    with reading() as session:
        [row, *_] = list_terms(session, number)
    currency = current_organisation().currency
    try:
        transact(
            lambda s: change_contract(
                s,
                number=row.number,
                fields=read_contract(s, form, currency=currency),
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return _show_form(row, form, error)
    flash("Saved.", "ok")
    return redirect(f"/contracts/{row.number}", 303)


def _show_form(
    row: TermRow | None, form: Mapping[str, str], error: Invalid | Conflict | None = None
) -> Response:
    with reading() as session:
        owners, suppliers = list_owners(session), list_suppliers(session)
    return page(
        "contracts/form.html",
        contract=row,
        form=form,
        kinds=[(one.value, label) for one, label in CONTRACT_KINDS.items()],
        renewals=[(one.value, one_row.label) for one, one_row in RENEWALS.items()],
        periods=[(one.value, one_row.label) for one, one_row in PERIODS.items()],
        owners=owners,
        suppliers=suppliers,
        currency=current_organisation().currency,
        **describe_problem(error, conflict_field="number" if row is None else "starts_on"),
    )


def _texts(row: TermRow) -> dict[str, str]:
    """Return what the form of a term shows."""
    found = {
        "number": row.number,
        "name": row.name,
        "kind": row.kind.value,
        "supplier": row.supplier,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "notice_days": row.notice_days,
        "renewal": row.renewal.value,
        "renewal_months": row.renewal_months,
        "price": None if row.price_cents is None else show_money(row.price_cents),
        "period": row.period.value,
        "currency": row.currency,
        "sla_response_hours": row.sla_response_hours,
        "sla_resolution_hours": row.sla_resolution_hours,
        "owner": row.owner_email,
        "notes": row.notes,
    }
    return {name: "" if value is None else str(value) for name, value in found.items()}

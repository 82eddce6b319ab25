"""What a contract has cost, and what each asset bears of it."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.costs.expenses import say_left_out
from scanner_app.domain.money import say_money
from scanner_app.edge.guard import allow
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.pages.register.assets import asset_path
from scanner_app.queries.contracts.contracts import list_terms
from scanner_app.queries.costs.contracts import load_contract_costs
from scanner_app.storage.database import reading

blueprint = Blueprint("contract_costs", __name__)


@blueprint.get("/contracts/<number>/costs")
@allow(Action.READ_REGISTER)
def show(number: str) -> Response:
    """Show what a contract has cost by term, with the share of each asset."""
    base = current_organisation().currency
    with reading() as session:
        contract = list_terms(session, number)[0]
        terms = load_contract_costs(session, number, base=base, today=today_here())
    return page(
        "costs/contract.html",
        contract=contract,
        terms=terms,
        base=base,
        say_money=say_money,
        say_left_out=say_left_out,
        path_of=lambda tag: f"{asset_path(tag)}/costs",
    )

"""The list of contracts."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.contracts.states import (
    CONTRACT_KINDS,
    PERIODS,
    RUNNING_STATES,
    ContractKind,
    ContractState,
)
from scanner_app.domain.money import say_money
from scanner_app.edge.guard import allow
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.contracts._blueprint import blueprint
from scanner_app.pages.register.asset_list import query_text
from scanner_app.queries.contracts.contracts import ContractFilter, list_contracts
from scanner_app.storage.database import reading

PAGE = 50
OVER = (ContractState.ENDED, ContractState.CANCELLED)
VIEWS = {
    "": ("Running", RUNNING_STATES),
    "drafts": ("Drafts", (ContractState.DRAFT,)),
    "over": ("Over", OVER),
}


@blueprint.get("/contracts")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show contracts by number, or those that match a search."""
    view = query_text("view") if query_text("view") in VIEWS else ""
    kind, query = query_text("kind"), query_text("q")
    wanted = ContractFilter(
        query=query,
        kind=ContractKind(kind) if kind in set(ContractKind) else None,
        states=VIEWS[view][1],
    )

    def link(**parts: str) -> str:
        kept = {"view": view, "q": query, "kind": kind, **parts}
        text = urlencode({name: value for name, value in kept.items() if value})
        return f"/contracts?{text}".rstrip("?")

    with reading() as session:
        found = list_contracts(
            session, wanted=wanted, cursor=request.args.get("cursor"), limit=PAGE
        )
    return page(
        "contracts/list.html",
        block="rows",
        contracts=found.rows,
        query=query,
        kind=kind,
        view=view,
        kinds=[(one.value, label) for one, label in CONTRACT_KINDS.items()],
        kind_labels=CONTRACT_KINDS,
        periods=PERIODS,
        tabs=[(label, link(view=name), name == view) for name, (label, _) in VIEWS.items()],
        next_page=link(cursor=found.next) if found.next else None,
        today=today_here(),
        say_money=say_money,
    )

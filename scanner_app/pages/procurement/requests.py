"""Requests: the list, a new one of three fields, and one with its approvals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import say_money, show_money
from scanner_app.domain.numbers import read_id
from scanner_app.domain.procurement.approved import say_amount
from scanner_app.domain.procurement.events import BuyingKind
from scanner_app.domain.procurement.orders import LINE_KINDS, OrderState
from scanner_app.domain.procurement.quotes import rank, say_score
from scanner_app.domain.procurement.requests import (
    APPROVALS,
    PURPOSES,
    REQUEST_STEPS,
    Coverage,
    RequestState,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.procurement._blueprint import blueprint, read_amount, read_count, read_day
from scanner_app.queries.procurement.budgets import list_running
from scanner_app.queries.procurement.events import list_events
from scanner_app.queries.procurement.orders import list_orders
from scanner_app.queries.procurement.quotes import list_quotes, score_quotes
from scanner_app.queries.procurement.requests import RequestRow, get_request, list_requests
from scanner_app.queries.register.assets import list_model_names
from scanner_app.queries.register.known_values import list_suppliers
from scanner_app.queries.stock.choices import list_item_choices
from scanner_app.services.procurement.asking.write import add_request, change_request
from scanner_app.services.procurement.look_at_request import Look, look_at_request
from scanner_app.storage.database import reading, transact

SHOWN = 50
DRAFTS = (OrderState.DRAFT,)
_S = RequestState
VIEWS: dict[str, tuple[str, tuple[RequestState, ...]]] = {
    "": ("To do", (_S.SUBMITTED, _S.APPROVED, _S.ORDERED)),
    "mine": ("Yours", tuple(RequestState)),
    "over": ("Over", (_S.FULFILLED, _S.REJECTED, _S.CANCELLED)),
}


@blueprint.get("/requests")
@allow(Action.READ_REGISTER)
def show_requests() -> Response:
    """Show requests that wait or are on their way, one's own, or those that are over."""
    actor = require_actor()
    view = request.args.get("view", "")
    view = view if view in VIEWS else ""
    before = read_id(request.args.get("before"))
    asked_by = actor.doer_key if view == "mine" else None
    with reading() as session:
        rows = list_requests(
            session, states=VIEWS[view][1], asked_by=asked_by, before_id=before, limit=SHOWN + 1
        )
    return page(
        "procurement/requests.html",
        requests=rows[:SHOWN],
        more=f"/requests?view={view}&before={rows[SHOWN - 1].id}" if len(rows) > SHOWN else "",
        tabs=[
            (label, f"/requests?view={name}" if name else "/requests", name == view)
            for name, (label, _) in VIEWS.items()
        ],
        view=view,
        say_money=say_money,
    )


@blueprint.get("/requests/new")
@allow(Action.REQUEST)
def show_new_request() -> Response:
    """Show the form by which somebody asks for something."""
    return _show_form({"quantity": "1", "model": request.args.get("model", "")})


@blueprint.post("/requests/new")
@allow(Action.REQUEST)
def ask() -> Response:
    """Ask for something, or keep it as a draft."""
    actor, today, base = require_actor(), today_here(), current_organisation().currency
    is_sent = request.form.get("step") != "draft"
    try:
        values = read_request()
        id_ = transact(
            lambda session: add_request(
                session,
                values=values,
                base=base,
                today=today,
                actor=actor,
                now=g.now,
                is_sent=is_sent,
            )
        )
    except (Invalid, Conflict) as error:
        return _show_form(request.form, error)
    flash(
        "Asked for. You get a notice when it is decided." if is_sent else "Kept as a draft.", "ok"
    )
    return redirect(f"/requests/{id_}", 303)


@blueprint.get("/requests/<id:request_id>")
@allow(Action.READ_REGISTER)
def show_request(request_id: int) -> Response:
    """Show one request."""
    return show_one(request_id)


@blueprint.post("/requests/<id:request_id>")
@allow(Action.REQUEST)
def edit_request(request_id: int) -> Response:
    """Change a draft."""
    actor, today, base = require_actor(), today_here(), current_organisation().currency
    try:
        values = read_request()
        transact(
            lambda session: change_request(
                session,
                request_id=request_id,
                values=values,
                base=base,
                today=today,
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return show_one(request_id, error, open_form="request")
    flash("Saved.", "ok")
    return redirect(f"/requests/{request_id}", 303)


def read_request() -> dict[str, Any]:
    """Return what the form of a request says.

    :raises Invalid: a day or an amount cannot be read.
    """
    form = request.form
    names = ("title", "justification", "purpose", "requested_for", "kind", "model")
    estimate = form.get("estimate", "").strip()
    return {
        **{name: form.get(name, "") for name in names},
        "manufacturer": form.get("manufacturer", ""),
        "quantity": read_count(form.get("quantity", "")),
        "needed_on": read_day(form.get("needed_on", ""), "needed_on"),
        "estimate_cents": read_amount(estimate, "estimate") if estimate else None,
        "currency": form.get("currency", "").strip().upper(),
        "budget": form.get("budget", ""),
        "replaces": form.get("replaces", ""),
    }


def _show_form(form: Mapping[str, Any], error: Invalid | Conflict | None = None) -> Response:
    return page(
        "procurement/request_new.html",
        form=form,
        **_choices(),
        **describe_problem(error, conflict_field="budget"),
    )


def show_one(
    request_id: int, error: Invalid | Conflict | None = None, open_form: str = ""
) -> Response:
    """Show a request, and what is wrong with a form of its page."""
    actor, base, today = require_actor(), current_organisation().currency, today_here()
    with reading() as session:
        row = get_request(session, request_id)
        look = look_at_request(session, request_id, base=base, today=today, actor=actor)
        quotes = list_quotes(session, request_id)
        scores = score_quotes(session, quotes, base=base, today=today)
        places = rank(scores)
        events = list_events(session, BuyingKind.REQUEST, request_id)
        drafts = [
            (one.number, one.number) for one in list_orders(session, states=DRAFTS, limit=SHOWN)
        ]
        suppliers = list_suppliers(session)
    return page(
        "procurement/request.html",
        request_row=row,
        look=look,
        amount=say_amount(look.amount),
        quotes=[(quotes[index], scores[index]) for index in places],
        say_score=say_score,
        events=events,
        drafts=drafts,
        suppliers=suppliers,
        decisions=APPROVALS,
        may=_list_steps(row, look),
        said=_write_form(row),
        say_money=say_money,
        show_money=show_money,
        today=today,
        open_form=open_form,
        form=request.form,
        **_choices(),
        **describe_problem(error, conflict_field="form"),
    )


def _list_steps(row: RequestRow, look: Look) -> dict[str, bool]:
    """Return which forms the page of a request has, by name."""
    actor = require_actor()
    buys = actor.can(Action.PURCHASE)
    can_change = actor.can(Action.REQUEST) and (look.is_asker or buys)
    follows = REQUEST_STEPS[row.state]
    is_approved = row.state in {_S.APPROVED, _S.ORDERED}
    coverage: Coverage = look.coverage
    return {
        "decide": (_S.REJECTED in follows or look.is_short)
        and actor.can(Action.APPROVE)
        and look.may_decide,
        "edit": can_change and row.state is _S.DRAFT,
        "submit": can_change and _S.SUBMITTED in follows,
        "draft": can_change and _S.DRAFT in follows,
        "cancel": can_change and _S.CANCELLED in follows,
        "stock": buys and is_approved and coverage.left > 0,
        "order": buys and is_approved and coverage.left > 0,
        "quote": buys and row.state in {_S.DRAFT, _S.SUBMITTED, _S.APPROVED, _S.ORDERED},
    }


def _write_form(row: RequestRow) -> dict[str, Any]:
    return {
        "title": row.title,
        "quantity": str(row.quantity),
        "justification": row.justification,
        "purpose": row.purpose.value,
        "requested_for": row.requested_for_number,
        "kind": row.kind.value,
        "model": row.model,
        "manufacturer": row.manufacturer,
        "needed_on": row.needed_on.isoformat() if row.needed_on else "",
        "estimate": "" if row.estimate_cents is None else show_money(row.estimate_cents),
        "currency": row.currency,
        "budget": row.budget,
        "replaces": row.replaces,
    }


def _choices() -> dict[str, Any]:
    with reading() as session:
        return {
            "models": list_model_names(session),
            "budgets": [(name, name) for name in list_running(session, today_here())],
            "stock_items": list_item_choices(session),
            "purposes": [(one.value, label) for one, label in PURPOSES.items()],
            "kinds": [(one.value, row.label) for one, row in LINE_KINDS.items()],
            "base": current_organisation().currency,
        }

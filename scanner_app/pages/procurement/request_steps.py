"""What becomes of a request: decisions, quotes, pieces from stock, an order."""

from __future__ import annotations

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.numbers import read_id
from scanner_app.domain.procurement.requests import ApprovalDecision, RequestState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.pages.procurement._blueprint import blueprint, read_amount, read_count, read_day
from scanner_app.pages.procurement.requests import show_one
from scanner_app.services.procurement.asking.approve import decide_request
from scanner_app.services.procurement.asking.cover import give_from_stock
from scanner_app.services.procurement.asking.quotes import add_quote, choose_quote
from scanner_app.services.procurement.asking.write import submit_request, withdraw_request
from scanner_app.services.procurement.order_requests import order_request
from scanner_app.storage.database import transact


@blueprint.post("/requests/<id:request_id>/decision")
@allow(Action.APPROVE)
def decide_about(request_id: int) -> Response:
    """Approve or refuse a request."""
    actor, today, base = require_actor(), today_here(), current_organisation().currency
    form = request.form
    try:
        if form.get("decision") not in set(ApprovalDecision):
            text = "Choose whether to approve it."
            raise Invalid(text, errors={"decision": [text]})
        done = transact(
            lambda session: decide_request(
                session,
                request_id=request_id,
                decision=ApprovalDecision(form["decision"]),
                reason=form.get("reason", ""),
                base=base,
                today=today,
                actor=actor,
                now=g.now,
                seen=form.get("amount"),
            )
        )
    except (Invalid, Conflict) as error:
        return show_one(request_id, error, open_form="decision")
    if done.given < done.needed:
        flash(f"{done.given} of {done.needed} approvals are given.", "ok")
    else:
        flash(f"The request is {done.state.value}.", "ok")
    return redirect(f"/requests/{request_id}", 303)


@blueprint.post("/requests/<id:request_id>/state")
@allow(Action.REQUEST)
def take_request_step(request_id: int) -> Response:
    """Send a request, make it a draft again, or cancel it."""
    actor, today, base = require_actor(), today_here(), current_organisation().currency
    wanted = request.form.get("state", "")
    try:
        if wanted == RequestState.SUBMITTED:
            transact(
                lambda session: submit_request(
                    session, request_id=request_id, base=base, today=today, actor=actor, now=g.now
                )
            )
        elif wanted in {RequestState.DRAFT, RequestState.CANCELLED}:
            transact(
                lambda session: withdraw_request(
                    session,
                    request_id=request_id,
                    wanted=RequestState(wanted),
                    reason=request.form.get("reason", ""),
                    actor=actor,
                    now=g.now,
                )
            )
        else:
            text = "Choose what becomes of the request."
            raise Invalid(text, errors={"form": [text]})
    except (Invalid, Conflict) as error:
        return show_one(request_id, error)
    flash("Done.", "ok")
    return redirect(f"/requests/{request_id}", 303)


@blueprint.post("/requests/<id:request_id>/quotes")
@allow(Action.PURCHASE)
def quote(request_id: int) -> Response:
    """Add a quote, or choose one."""
    actor, today, base = require_actor(), today_here(), current_organisation().currency
    form = request.form
    chosen = read_id(form.get("quote"))
    try:
        if chosen is not None:
            transact(
                lambda session: choose_quote(
                    session,
                    request_id=request_id,
                    quote_id=chosen,
                    reason=form.get("reason", ""),
                    base=base,
                    today=today,
                    actor=actor,
                    now=g.now,
                )
            )
        else:
            values = _read_quote()
            transact(
                lambda session: add_quote(
                    session, request_id=request_id, values=values, actor=actor, now=g.now
                )
            )
    except (Invalid, Conflict) as error:
        return show_one(request_id, error, open_form=f"quote-{chosen or 'new'}")
    flash("The quote is chosen." if chosen is not None else "The quote is added.", "ok")
    return redirect(f"/requests/{request_id}#quotes", 303)


@blueprint.post("/requests/<id:request_id>/stock")
@allow(Action.PURCHASE)
def take_from_stock(request_id: int) -> Response:
    """Note pieces that are given from stock."""
    actor, quantity = require_actor(), read_count(request.form.get("from_stock", "")) or 0
    try:
        coverage = transact(
            lambda session: give_from_stock(
                session, request_id=request_id, quantity=quantity, actor=actor, now=g.now
            )
        )
    except (Invalid, Conflict) as error:
        return show_one(request_id, error, open_form="stock")
    flash(f"{quantity:,} from stock. {coverage.left:,} left to order.", "ok")
    return redirect(f"/requests/{request_id}", 303)


@blueprint.post("/requests/<id:request_id>/order")
@allow(Action.PURCHASE)
def order_it(request_id: int) -> Response:
    """Make an order for what is left, and go to its page."""
    actor, today, form = require_actor(), today_here(), request.form
    base = current_organisation().currency
    price = form.get("unit_price", "").strip()
    names = ("order", "supplier", "currency", "model", "stock_item", "model_code")
    try:
        values = {
            **{name: form.get(name, "").strip() for name in names},
            "quantity": read_count(form.get("quantity", "")),
            "unit_price_cents": read_amount(price, "unit_price") if price else None,
        }
        number = transact(
            lambda session: order_request(
                session,
                request_id=request_id,
                values=values,
                base=base,
                today=today,
                actor=actor,
                now=g.now,
            )
        )
    except NotFound as error:
        again = Invalid(error.message, errors={"order": [error.message]})
        return show_one(request_id, again, open_form="order")
    except (Invalid, Conflict) as error:
        return show_one(request_id, error, open_form="order")
    flash("A draft is written. Place it with the supplier.", "ok")
    return redirect(f"/orders/{number}", 303)


def _read_quote() -> dict[str, object]:
    form = request.form
    price = form.get("price", "").strip()
    numbers = ("quality", "warranty_months", "sla_hours", "delivery_days")
    return {
        "supplier": form.get("supplier", ""),
        "price_cents": read_amount(price, "price") if price else None,
        "currency": form.get("currency", "").strip().upper(),
        "ends_on": read_day(form.get("ends_on", ""), "ends_on"),
        # A text that is not a number is refused as one that is too small.
        **{
            name: -1 if form.get(name, "").strip() and read_count(form[name]) is None
            else read_count(form.get(name, ""))
            for name in numbers
        },
    }  # fmt: skip

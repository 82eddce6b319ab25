"""Orders: the list, a new one, and one with its lines, deliveries and steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import say_money
from scanner_app.domain.numbers import read_id
from scanner_app.domain.procurement.events import BuyingKind
from scanner_app.domain.procurement.orders import LINE_KINDS, ORDER_STEPS, OrderState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.procurement._blueprint import blueprint, read_amount, read_day
from scanner_app.queries.procurement.events import list_events
from scanner_app.queries.procurement.orders import get_order, list_deliveries_of, list_orders
from scanner_app.queries.register.assets import list_model_names
from scanner_app.queries.register.known_values import list_suppliers
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.stock.choices import list_item_choices
from scanner_app.services.procurement.deliveries import start_delivery
from scanner_app.services.procurement.orders import add_order, change_order, step_order
from scanner_app.storage.database import reading, transact

SHOWN = 50
VIEWS: dict[str, tuple[str, tuple[OrderState, ...]]] = {
    "": ("Running", (OrderState.DRAFT, OrderState.PLACED)),
    "over": ("Over", (OrderState.CLOSED, OrderState.CANCELLED)),
}


@blueprint.get("/orders")
@allow(Action.READ_REGISTER)
def show_orders() -> Response:
    """Show orders that run, or those that are over."""
    view = request.args.get("view", "")
    view = view if view in VIEWS else ""
    before = read_id(request.args.get("before"))
    with reading() as session:
        rows = list_orders(session, states=VIEWS[view][1], before_id=before, limit=SHOWN + 1)
    return page(
        "procurement/orders.html",
        orders=rows[:SHOWN],
        more=f"/orders?view={view}&before={rows[SHOWN - 1].id}" if len(rows) > SHOWN else "",
        tabs=[
            (label, f"/orders?view={name}" if name else "/orders", name == view)
            for name, (label, _) in VIEWS.items()
        ],
        view=view,
        today=today_here(),
        say_money=say_money,
    )


@blueprint.get("/orders/new")
@allow(Action.PURCHASE)
def show_new_order() -> Response:
    """Show the form for a new order."""
    return _show_form({"currency": current_organisation().currency})


@blueprint.post("/orders/new")
@allow(Action.PURCHASE)
def write_order() -> Response:
    """Write an order, and go to its page, where lines are added."""
    actor = require_actor()
    try:
        values = _read_order()
        number = transact(lambda session: add_order(session, values=values, actor=actor, now=g.now))
    except (Invalid, Conflict) as error:
        return _show_form(request.form, error)
    return redirect(f"/orders/{number}#lines", 303)


@blueprint.get("/orders/<number>")
@allow(Action.READ_REGISTER)
def show_order(number: str) -> Response:
    """Show one order."""
    return show_with(number)


@blueprint.post("/orders/<number>")
@allow(Action.PURCHASE)
def edit_order(number: str) -> Response:
    """Change what is said about an order."""
    actor, today = require_actor(), today_here()
    try:
        values = _read_order()
        now_called = transact(
            lambda session: change_order(
                session,
                number=number,
                values=values,
                actor=actor,
                now=g.now,
                base=current_organisation().currency,
                today=today,
            )
        )
    except (Invalid, Conflict) as error:
        return show_with(number, error, open_form="order")
    flash("Saved.", "ok")
    return redirect(f"/orders/{now_called}", 303)


@blueprint.post("/orders/<number>/state")
@allow(Action.PURCHASE)
def take_step(number: str) -> Response:
    """Place, close or cancel an order."""
    actor, form = require_actor(), request.form
    if form.get("state") not in set(OrderState):
        raise Invalid("Choose what becomes of the order.")
    wanted = OrderState(form["state"])
    try:
        base = current_organisation().currency
        warnings = transact(
            lambda session: step_order(
                session,
                number=number,
                wanted=wanted,
                reason=form.get("reason", ""),
                today=today_here(),
                actor=actor,
                now=g.now,
                base=base,
            )
        )
    except (Invalid, Conflict) as error:
        return show_with(number, error)
    for text in warnings:
        flash(text, "warn")
    flash(f"The order is {wanted.facts.label.lower()}.", "ok")
    return redirect(f"/orders/{number}", 303)


@blueprint.post("/orders/<number>/deliveries")
@allow(Action.RECEIVE)
def begin_delivery(number: str) -> Response:
    """Start a delivery and go to its page."""
    actor, form = require_actor(), request.form
    try:
        delivery = transact(
            lambda session: start_delivery(
                session,
                order_number=number,
                location=form.get("location", ""),
                key=form.get("key", "")[:64] or str(uuid4()),
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return show_with(number, error, open_form="delivery")
    return redirect(f"/deliveries/{delivery}", 303)


def show_with(
    number: str, error: Invalid | Conflict | None = None, *, open_form: str = ""
) -> Response:
    """Show an order, and what was wrong with what its page sent.

    :param open_form: the form that was refused: it keeps what was typed.
    """
    with reading() as session:
        order = get_order(session, number)
        return page(
            "procurement/order.html",
            order=order,
            deliveries=list_deliveries_of(session, order.id),
            events=list_events(session, BuyingKind.ORDER, order.id),
            steps=[one for one in OrderState if one in ORDER_STEPS[order.state]],
            places=list_choices(session),
            kinds=[(kind.value, row.label) for kind, row in LINE_KINDS.items()],
            models=list_model_names(session),
            items=list_item_choices(session),
            suppliers=list_suppliers(session),
            open_form=open_form,
            form=request.form,
            new_key=uuid4,
            today=today_here(),
            say_money=say_money,
            **describe_problem(error, conflict_field="state"),
        )


def _show_form(form: Mapping[str, Any], error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        return page(
            "procurement/order_new.html",
            form=form,
            suppliers=list_suppliers(session),
            **describe_problem(error, conflict_field="number"),
        )


def _read_order() -> dict[str, Any]:
    form = request.form
    return {
        "number": form.get("number", ""),
        "supplier": form.get("supplier", ""),
        "currency": form.get("currency", "").strip().upper(),
        "promised_on": read_day(form.get("promised_on", ""), "promised_on"),
        "delivery_cents": read_amount(form.get("delivery_cost", ""), "delivery_cost"),
        "notes": form.get("notes", ""),
    }

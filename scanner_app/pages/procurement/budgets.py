"""Budgets: the list with what is left, and one with its form and history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import say_money, show_money
from scanner_app.domain.procurement.events import BuyingKind
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.procurement._blueprint import blueprint, read_amount, read_day
from scanner_app.queries.procurement.budgets import get_budget, list_budgets
from scanner_app.queries.procurement.events import list_events
from scanner_app.queries.register.assets import list_categories
from scanner_app.services.procurement.asking.budgets import save_budget
from scanner_app.storage.database import reading, transact


@blueprint.get("/budgets")
@allow(Action.READ_REGISTER)
def show_budgets() -> Response:
    """Show all budgets, and the form for a new one."""
    return _show_all()


@blueprint.post("/budgets")
@allow(Action.PURCHASE)
def add_budget() -> Response:
    """Add a budget."""
    return _save(None)


@blueprint.get("/budgets/<id:budget_id>")
@allow(Action.READ_REGISTER)
def show_budget(budget_id: int) -> Response:
    """Show one budget."""
    return _show_one(budget_id)


@blueprint.post("/budgets/<id:budget_id>")
@allow(Action.PURCHASE)
def edit_budget(budget_id: int) -> Response:
    """Change a budget."""
    return _save(budget_id)


def _save(budget_id: int | None) -> Response:
    actor, form = require_actor(), request.form
    try:
        amount = form.get("amount", "").strip()
        values = {
            "name": form.get("name", ""),
            "starts_on": read_day(form.get("starts_on", ""), "starts_on"),
            "ends_on": read_day(form.get("ends_on", ""), "ends_on"),
            "amount_cents": read_amount(amount, "amount") if amount else None,
            "currency": form.get("currency", "").strip().upper(),
            "category": form.get("category", ""),
            "owner": form.get("owner", ""),
        }
        id_ = transact(
            lambda session: save_budget(
                session, values=values, actor=actor, now=g.now, budget_id=budget_id
            )
        )
    except (Invalid, Conflict) as error:
        return _show_all(error) if budget_id is None else _show_one(budget_id, error)
    flash("Saved.", "ok")
    return redirect(f"/budgets/{id_}", 303)


def _show_all(error: Invalid | Conflict | None = None) -> Response:
    base, today = current_organisation().currency, today_here()
    form: Mapping[str, Any] = request.form if error else {"currency": base}
    with reading() as session:
        return page(
            "procurement/budgets.html",
            budgets=list_budgets(session, base=base, today=today),
            categories=[(name, name) for name in list_categories(session)],
            form=form,
            today=today,
            say_money=say_money,
            **describe_problem(error),
        )


def _show_one(budget_id: int, error: Invalid | Conflict | None = None) -> Response:
    base, today = current_organisation().currency, today_here()
    with reading() as session:
        row = get_budget(session, budget_id, base=base, today=today)
        events = list_events(session, BuyingKind.BUDGET, budget_id)
        categories = [(name, name) for name in list_categories(session)]
    said = {
        "name": row.name,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "amount": show_money(row.usage.amount),
        "currency": row.currency,
        "category": row.category,
        "owner": row.owner,
    }
    return page(
        "procurement/budget.html",
        budget=row,
        events=events,
        categories=categories,
        form=request.form if error else said,
        is_open=error is not None,
        today=today,
        say_money=say_money,
        **describe_problem(error),
    )

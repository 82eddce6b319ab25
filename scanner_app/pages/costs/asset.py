"""What one asset costs, and whether to keep, upgrade or replace it."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.asset_page import Tab
from scanner_app.domain.costs.choices import (
    CHOICES,
    MAX_YEARS,
    Choice,
    Outlook,
    Plan,
    advise,
    check_plan,
    count_years_to_keep,
    look_ahead,
)
from scanner_app.domain.costs.depreciation import METHODS, Rule
from scanner_app.domain.costs.expenses import EXPENSE_KINDS, say_left_out
from scanner_app.domain.costs.plots import plot_value, plot_years
from scanner_app.domain.costs.shares import Share
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money, say_money, show_money
from scanner_app.domain.months import MONTHS_A_YEAR, add_months
from scanner_app.domain.settings import Organisation
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.register.assets import asset_path
from scanner_app.queries.costs.asset import find_rule, list_decisions
from scanner_app.queries.costs.ownership import load_ownership
from scanner_app.queries.costs.value import find_value, say_why_no_value
from scanner_app.queries.register.asset_rows import AssetRow
from scanner_app.queries.register.assets import get_asset
from scanner_app.services.costs.decisions import decide
from scanner_app.services.costs.expenses import add_expense, read_expense, withdraw_expense
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("asset_costs", __name__)

SHOWN_YEARS = 6


@blueprint.get("/assets/<path:asset_tag>/costs")
@allow(Action.READ_REGISTER)
def show(asset_tag: str) -> Response:
    """Show the value, the total cost and the expenses of an asset."""
    return _show(asset_tag)


@blueprint.post("/assets/<path:asset_tag>/costs")
@allow(Action.EDIT_REGISTER)
def change(asset_tag: str) -> Response:
    """Add an expense, or withdraw one."""
    actor, form = require_actor(), request.form
    path = asset_path(asset_tag)
    try:
        number = UUID(form.get("id", ""))
    except ValueError:
        raise Invalid("This form is out of date. Open the page again.") from None
    if form.get("step") == "withdraw":
        transact(
            lambda s: withdraw_expense(s, asset_tag=asset_tag, uuid=number, actor=actor, now=g.now)
        )
        flash("The expense is withdrawn.", "ok")
        return redirect(f"{path}/costs", 303)
    try:
        expense, note = read_expense(form)
        transact(
            lambda s: add_expense(
                s, asset_tag=asset_tag, uuid=number, expense=expense, note=note,
                actor=actor, now=g.now,
            )
        )  # fmt: skip
    except Invalid as error:
        return _show(asset_tag, error)
    flash(f"{show_money(expense.cents)} {expense.currency} is added.", "ok")
    return redirect(f"{path}/costs", 303)


def _show(asset_tag: str, error: Invalid | None = None) -> Response:
    organisation, today = current_organisation(), today_here()
    with reading() as session:
        asset = get_asset(session, asset_tag)
        rule = find_rule(session, asset.id)
        found = load_ownership(
            session, asset, base=organisation.currency, today=today, zone=organisation.zone
        )
        decisions = list_decisions(session, asset.id)
    form: Any = request.form if error else {}
    return page(
        "costs/asset.html",
        **_frame(asset, "costs"),
        rows=found.expenses,
        shares=[*found.contracts, *found.licences],
        share_path=_share_path,
        kinds=EXPENSE_KINDS,
        kind_options=[(row.kind.value, row.label) for row in EXPENSE_KINDS.values()],
        choices=CHOICES,
        rule=rule,
        method=METHODS[rule.method] if rule else None,
        why_no_value=say_why_no_value(asset, rule, on=today),
        value=_find_value(asset, rule, today, organisation),
        plot=_plot_value(asset, rule, today, organisation),
        total=found.total,
        left_out=say_left_out(found.total.without_rate),
        decisions=decisions,
        form=form or {"on": today.isoformat(), "currency": organisation.currency},
        number=uuid.uuid4(),
        base=organisation.currency,
        currency=asset.currency or organisation.currency,
        say_money=say_money,
        **describe_problem(error),
    )


def _share_path(share: Share) -> str:
    """Return where the figures are that a share follows from."""
    if share.term is None:
        return f"/licences/{quote(share.ref, safe='')}"
    return f"/contracts/{share.ref}/costs"


def _frame(asset: AssetRow, here: str) -> dict[str, Any]:
    path = asset_path(asset.asset_tag)
    tabs = [(t.label, f"{path}?tab={t.value}" if t.value else path, False) for t in Tab]
    return {
        "asset": asset,
        "path": path,
        "tabs": [
            *tabs,
            ("Costs", f"{path}/costs", here == "costs"),
            ("Health", f"{path}/health", False),
        ],
    }


def _find_value(
    asset: AssetRow, rule: Rule | None, on: date, organisation: Organisation
) -> int | None:
    return find_value(asset, rule, on=on, fiscal_month=organisation.fiscal_month)


def _plot_value(asset: AssetRow, rule: Rule | None, today: date, organisation: Organisation) -> Any:
    """Return the value after each year from the purchase on, while it still falls."""
    if asset.purchase_date is None or _find_value(asset, rule, today, organisation) is None:
        return None
    ends: list[tuple[str, int]] = []
    for year in range(SHOWN_YEARS + 1):
        on = add_months(asset.purchase_date, year * MONTHS_A_YEAR)
        value = _find_value(asset, rule, on, organisation) or 0
        if ends and ends[-1][1] == value:
            break
        ends.append((f"{on.year}", value))
    currency = asset.currency or organisation.currency
    return plot_value(ends, f"{asset.purchase_date:%-d %B}", currency)


@blueprint.get("/assets/<path:asset_tag>/choices")
@allow(Action.READ_REGISTER)
def show_choices(asset_tag: str) -> Response:
    """Show what keeping, upgrading and replacing an asset cost a year."""
    with reading() as session:
        asset = get_asset(session, asset_tag)
    return _show_choices(asset)


@blueprint.post("/assets/<path:asset_tag>/choices")
@allow(Action.EDIT_REGISTER)
def record_choice(asset_tag: str) -> Response:
    """Record what was decided about an asset."""
    form, actor = request.form, require_actor()
    with reading() as session:
        asset = get_asset(session, asset_tag)

    def save(session: Session) -> int:
        return decide(
            session,
            asset_tags=[asset_tag],
            decision=choice,
            until_on=until_on,
            reason=form.get("reason", ""),
            actor=actor,
            now=g.now,
        )

    try:
        choice, until_on = read_decision(form.get("decision", ""), form.get("until_on", ""))
        transact(save)
    except Invalid as error:
        return _show_choices(asset, error)
    flash("The decision is recorded.", "ok")
    return redirect(f"{asset_path(asset_tag)}/costs", 303)


def read_decision(decision: str, until_on: str) -> tuple[Choice, date | None]:
    """Return what a form decides.

    :raises Invalid: the choice or the day cannot be used.
    """
    if decision not in set(Choice):
        message = "Choose what to do."
        raise Invalid(message, errors={"decision": [message]})
    try:
        return Choice(decision), date.fromisoformat(until_on) if until_on else None
    except ValueError:
        message = "Enter a date."
        raise Invalid(message, errors={"until_on": [message]}) from None


def _read_plans(asset: AssetRow) -> dict[Choice, Plan]:
    """Return the plans that the address says; a choice without a price is left out."""
    plans = {}
    for choice in Choice:
        price = request.args.get(f"{choice}_price", "").strip()
        if not price:
            continue
        try:
            plan = Plan(
                read_money(price),
                _read_amounts(f"{choice}_costs"),
                _read_amounts(f"{choice}_resales"),
            )
        except ValueError as error:
            raise Invalid(
                f"{CHOICES[choice].label}: {error}", errors={choice: [str(error)]}
            ) from None
        check_plan(plan, choice)
        plans[choice] = plan
    if not plans:
        raise Invalid(f"Enter what at least one choice costs for {asset.asset_tag}.")
    return plans


def _read_amounts(name: str) -> tuple[int, ...]:
    words = request.args.get(name, "").replace(";", " ").split()
    return tuple(map(read_money, words[: MAX_YEARS + 1]))


def _show_choices(asset: AssetRow, error: Invalid | None = None) -> Response:
    """Show the comparison that the address says. A decision that is refused leaves it there."""
    organisation, plans = current_organisation(), {}
    try:
        plans = _read_plans(asset) if request.args else {}
    except Invalid as wrong:
        error = error or wrong
    percent = Decimal(organisation.discount_percent)
    currency = asset.currency or organisation.currency
    outlooks: dict[Choice, Outlook] = {c: look_ahead(p, percent) for c, p in plans.items()}
    advice = advise(outlooks, currency) if len(outlooks) > 1 else None
    keep, new = outlooks.get(Choice.KEEP), outlooks.get(Choice.REPLACE)
    return page(
        "costs/choices.html",
        **_frame(asset, "costs"),
        choices=CHOICES,
        decision_options=[(row.choice.value, row.label) for row in CHOICES.values()],
        outlooks=outlooks,
        plots={c: plot_years(o.yearly, o.best_years, currency) for c, o in outlooks.items()},
        advice=advice,
        keep_years=count_years_to_keep(keep, new) if keep and new else None,
        percent=organisation.discount_percent,
        currency=currency,
        given=request.args,
        form=request.form,
        most=MAX_YEARS,
        query=request.query_string.decode(errors="replace"),
        say_money=say_money,
        **describe_problem(error),
    )

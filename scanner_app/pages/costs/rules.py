"""Rules of book values and exchange rates, for admins."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.costs.depreciation import MACRS, MAX_MONTHS, METHODS, YearKind
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import say_money
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.costs.rules import list_prices, list_rate_currencies, list_rules
from scanner_app.queries.register.assets import list_categories
from scanner_app.services.costs.decisions import set_replacement_price
from scanner_app.services.costs.rates import MAX_BYTES, keep_rates, read_rates
from scanner_app.services.costs.rules import read_rule, remove_rule, save_rule
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("cost_rules", __name__, url_prefix="/admin/costs")


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def show() -> Response:
    """Show the rules and the exchange rates."""
    return _show()


@blueprint.post("")
@allow(Action.MANAGE_SETTINGS)
def change() -> Response:
    """Save or remove a rule, or take exchange rates from a file."""
    step = request.form.get("step", "")
    try:
        if step == "rates":
            message = _take_rates()
        elif step == "price":
            message = _set_price()
        elif step == "remove":
            name = transact(_remove_rule)
            message = f"“{name}” is gone. What it stood for has no book value now."
        else:
            message = _save_rule()
    except Invalid as error:
        return _show(error, step)
    flash(message, "ok")
    return redirect("/admin/costs", 303)


def _save_rule() -> str:
    actor, form = require_actor(), request.form
    rule = read_rule(form)

    def save(session: Session) -> int:
        note_change(session, Thing.COST_RULE, Step.CHANGED if _read_id() else Step.ADDED, rule.name)
        return save_rule(
            session,
            rule=rule,
            rule_id=_read_id(),
            categories=form.getlist("categories"),
            models=[name.strip() for name in form.get("models", "").splitlines() if name.strip()],
            actor=actor,
            now=g.now,
        )

    transact(save)
    return f"“{rule.name}” is saved."


def _remove_rule(session: Session) -> str:
    name = remove_rule(session, rule_id=_read_id() or 0)
    note_change(session, Thing.COST_RULE, Step.REMOVED, name)
    return name


def _set_price() -> str:
    actor, form = require_actor(), request.form
    model, amount = form.get("model", ""), form.get("amount", "")

    def save(session: Session) -> str:
        name = set_replacement_price(session, model=model, amount=amount, actor=actor, now=g.now)
        note_change(session, Thing.PRICE, Step.MADE, name, {"price": ("", amount.strip())})
        return name

    name = transact(save)
    return f"The price of a new “{name}” is {'set' if amount.strip() else 'taken away'}."


def _take_rates() -> str:
    file, base = request.files.get("file"), current_organisation().currency
    data = file.read(MAX_BYTES + 1) if file and file.filename else b""
    try:
        rows = read_rates(data.decode("utf-8-sig"), base)
    except UnicodeDecodeError:
        message = "This file is not text. Save it as CSV in UTF-8."
        raise Invalid(message, errors={"file": [message]}) from None
    actor = require_actor()

    def save(session: Session) -> int:
        changed = keep_rates(session, base=base, rows=rows, actor=actor, now=g.now)
        note_change(session, Thing.RATES, Step.ADDED, f"{changed:,} of {len(rows):,} rates")
        return changed

    changed = transact(save)
    return f"{len(rows):,} rates are read; {changed:,} are new or changed."


def _read_id() -> int | None:
    text = request.form.get("id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - a row's number


def _show(error: Invalid | None = None, step: str = "") -> Response:
    base = current_organisation().currency
    with reading() as session:
        rules, categories = list_rules(session), list_categories(session)
        rates, prices = list_rate_currencies(session, base), list_prices(session)
    asked = request.args.get("rule", "") or (request.form.get("id", "") if error else "")
    chosen = next((rule for rule in rules if str(rule.id) == asked), None)
    form: Any = request.form if error and step == "save" else (chosen.texts if chosen else {})
    picked = (
        request.form.getlist("categories")
        if error and step == "save"
        else (chosen.categories if chosen else [])
    )
    return page(
        "costs/rules.html",
        rules=rules,
        chosen=chosen,
        form=form,
        picked=picked,
        step=step,
        categories=[(name, name) for name in categories],
        methods=METHODS,
        method_options=[(row.method.value, row.label) for row in METHODS.values()],
        year_options=[
            (YearKind.FROM_START.value, "A year after the purchase, and so on"),
            (YearKind.FISCAL.value, "With the budget year"),
        ],
        tables={years: " ".join(map(str, percents)) for years, percents in MACRS.items()},
        rates=rates,
        prices=prices,
        price_form=request.form if step == "price" else {},
        say_money=say_money,
        base=base,
        most=MAX_MONTHS,
        **describe_problem(error),
    )

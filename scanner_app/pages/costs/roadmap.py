"""The roadmap: what falls due in which budget year, and what was decided about it."""

from __future__ import annotations

from datetime import MAXYEAR
from typing import Any

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.costs.plots import plot_roadmap
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import say_money
from scanner_app.domain.months import fiscal_year
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.kept.roadmap import load_kept_roadmap
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.web import page
from scanner_app.pages.costs.asset import read_decision
from scanner_app.pages.form_errors import describe_problem
from scanner_app.services.costs.decisions import decide
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("roadmap", __name__, url_prefix="/roadmap")

MAX_SHOWN = 50


@blueprint.get("")
@allow(Action.READ_REGISTER)
def show() -> Response:
    """Show the years ahead, and what falls due in one of them."""
    return _show()


@blueprint.post("")
@allow(Action.EDIT_REGISTER)
def keep() -> Response:
    """Keep the chosen things until another day."""
    actor, form = require_actor(), request.form
    try:
        decision, until_on = read_decision("keep", form.get("until_on", ""))
        count = transact(
            lambda s: decide(
                s,
                asset_tags=form.getlist("assets"),
                decision=decision,
                until_on=until_on,
                reason=form.get("reason", ""),
                actor=actor,
                now=g.now,
            )
        )
    except Invalid as error:
        return _show(error)
    flash(f"{count:,} {'thing is' if count == 1 else 'things are'} kept until {until_on}.", "ok")
    return redirect(f"/roadmap?year={_read_year()}", 303)


def _show(error: Invalid | None = None) -> Response:
    organisation, today = current_organisation(), g.now.date()
    year = _read_year()
    with reading(fresh=False) as session:
        found, made_at = load_kept_roadmap(session, organisation, today=today, year=year)
    form: Any = request.form if error else {}
    categories = sorted({name for by_category in found.years.values() for name in by_category})
    return page(
        "costs/roadmap.html",
        roadmap=found,
        made_at=made_at,
        rows=found.rows[:MAX_SHOWN],
        hidden=max(0, found.counts.get(year, 0) - MAX_SHOWN),
        categories=categories,
        plot=plot_roadmap(found.years, organisation.currency) if found.years else None,
        year=year,
        this_year=fiscal_year(today, organisation.fiscal_month),
        currency=organisation.currency,
        inflation=organisation.inflation_percent,
        form=form,
        chosen=set(request.form.getlist("assets")) if error else set(),
        say_money=say_money,
        **describe_problem(error),
    )


def _read_year() -> int:
    text = request.values.get("year", "")
    if text.isascii() and text.isdigit() and len(text) <= len(str(MAXYEAR)):
        return int(text)
    return fiscal_year(g.now.date(), current_organisation().fiscal_month)

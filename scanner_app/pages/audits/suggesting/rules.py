"""The rules of suggestions: all of them, the form of one, and what past decisions would teach."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.suggesting.fields import FIELDS, OPS
from scanner_app.domain.audits.suggesting.rules import MAX_NAME, MAX_REASON, SUGGESTS
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.suggesting._rule_form import (
    read_conditions,
    show_conditions,
    show_rule,
)
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.audits.suggesting.learned import list_learned
from scanner_app.queries.audits.suggesting.rules import get_rule, list_rules, list_versions
from scanner_app.services.audits.suggesting.rules import add_rule, change_rule, set_rule_active
from scanner_app.storage.database import reading, transact

PATH = "/audits/suggestion-rules"


@blueprint.get("/suggestion-rules")
@allow(Action.READ_AUDITS)
def show_rules() -> Response:
    """Show the rules, and those that past decisions would make."""
    with reading() as session:
        rules, learned = list_rules(session), list_learned(session)
    return page("audits/rules/rules.html", rules=rules, learned=learned, suggests=SUGGESTS)


@blueprint.get("/suggestion-rules/new")
@allow(Action.RUN_AUDITS)
def show_new_rule() -> Response:
    """Show the form of a new rule, empty or filled with what decisions teach."""
    form: dict[str, Any] = {"suggest": "accept", "rows": show_conditions([])}
    with reading() as session:
        for number, one in enumerate(list_learned(session)):
            if request.args.get("learned") == str(number):
                text = f"{one.alike} of {one.decisions} such findings were decided so."
                rows = show_conditions(one.conditions)
                form = {"name": one.name, "suggest": one.decision, "reason": text, "rows": rows}
    return _show_form(None, form)


@blueprint.post("/suggestion-rules/new")
@allow(Action.RUN_AUDITS)
def add_new_rule() -> Response:
    """Add a rule. It suggests nothing until it is turned on."""
    return _save(None)


@blueprint.get("/suggestion-rules/<id:rule_id>")
@allow(Action.READ_AUDITS)
def show_one_rule(rule_id: int) -> Response:
    """Show a rule with its versions."""
    with reading() as session:
        row = get_rule(session, rule_id)
    return _show_form(rule_id, show_rule(row.rule))


@blueprint.post("/suggestion-rules/<id:rule_id>")
@allow(Action.RUN_AUDITS)
def change_one_rule(rule_id: int) -> Response:
    """Add the next version of a rule."""
    return _save(rule_id)


@blueprint.post("/suggestion-rules/<id:rule_id>/active")
@allow(Action.RUN_AUDITS)
def turn_rule(rule_id: int) -> Response:
    """Turn a rule on or off."""
    actor, now = require_actor(), g.now
    is_active = request.form.get("active") == "yes"
    row = transact(
        lambda s: set_rule_active(s, rule_id=rule_id, is_active=is_active, actor=actor, now=now)
    )
    flash(f"{row.rule.label} is {'on' if row.is_active else 'off'}.", "ok")
    return redirect(PATH, 303)


def _save(rule_id: int | None) -> Response:
    actor, now = require_actor(), g.now
    form = {name: request.form.get(name, "").strip() for name in ("name", "suggest", "reason")}
    conditions = read_conditions(request.form)
    said: dict[str, Any] = {
        "conditions": conditions, "suggest": form["suggest"], "reason": form["reason"],
        "actor": actor, "now": now,
    }  # fmt: skip
    try:
        row = transact(
            lambda s: (
                add_rule(s, name=form["name"], **said)
                if rule_id is None
                else change_rule(s, rule_id=rule_id, **said)
            )
        )
    except (Invalid, Conflict) as error:
        return _show_form(rule_id, {**form, "rows": show_conditions(conditions)}, error)
    flash(f"{row.rule.label} is saved{'' if row.is_active else ', and off'}.", "ok")
    return redirect(PATH, 303)


def _show_form(
    rule_id: int | None, form: dict[str, Any], error: Invalid | Conflict | None = None
) -> Response:
    with reading() as session:
        row = get_rule(session, rule_id) if rule_id is not None else None
        versions = list_versions(session, row.rule.name) if row else []
    return page(
        "audits/rules/form.html",
        row=row,
        versions=versions,
        form=form,
        fields=FIELDS,
        ops=OPS,
        suggests=SUGGESTS,
        limits={"name": MAX_NAME, "reason": MAX_REASON},
        **describe_problem(error),
    )

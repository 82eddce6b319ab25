"""The rules of lending: all of them, the form of one, which one decides, and closed days."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.circulation.rule_columns import RULE_COLUMNS
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.web import page
from scanner_app.models import Location
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.circulation.explain import Explanation, explain
from scanner_app.queries.circulation.rule_rows import get_rule, list_closed_days, list_rules
from scanner_app.queries.register.assets import list_categories
from scanner_app.queries.register.known_values import list_departments
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.register.people import get_person, list_people
from scanner_app.services.circulation.rules import (
    close_days,
    open_day,
    remove_rule,
    save_rule,
    set_zone,
)
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("lending", __name__, url_prefix="/lending")

OFFERED_PEOPLE = 200
ASKED = ("place", "person", "asset")
SELECTORS = ("place", "person_group", "category")


@blueprint.get("")
@allow(Action.MANAGE_LENDING)
def show() -> Response:
    """Show all rules, which of them decides for what is asked, and the closed days."""
    return _show()


def _show(error: Invalid | Conflict | None = None) -> Response:
    asked = {name: request.args.get(name, "").strip()[:255] for name in ASKED}
    organisation = current_organisation()
    with reading() as session:
        person = None
        unknown = ""
        if asked["person"]:
            try:
                person = get_person(session, asked["person"])
            except NotFound as problem:
                unknown = problem.message
        explained: Explanation | None = None
        if any(asked.values()):
            explained = explain(
                session,
                place=asked["place"],
                person=person,
                asset_tag=asked["asset"],
                zone=organisation.time_zone,
                now=g.now,
            )
        zones = session.execute(
            select(Location.code, Location.full_name, Location.time_zone)
            .where(Location.time_zone.is_not(None))
            .order_by(Location.full_name)
        ).all()
        return page(
            "circulation/rules.html",
            rules=list_rules(session),
            asked=asked,
            unknown=unknown,
            explained=explained,
            closed_days=list_closed_days(session, since=g.now.date()),
            zones=[tuple(row) for row in zones],
            default_zone=organisation.time_zone,
            due_days=organisation.due_days,
            form=request.form,
            places=list_choices(session),
            people=list_people(session, limit=OFFERED_PEOPLE).rows,
            today=g.now.date(),
            **describe_problem(error),
        )


@blueprint.get("/new")
@allow(Action.MANAGE_LENDING)
def show_new() -> Response:
    """Show the empty form of a rule."""
    return _show_form(None, {})


@blueprint.get("/<id:rule_id>")
@allow(Action.MANAGE_LENDING)
def show_rule(rule_id: int) -> Response:
    """Show the form of a rule."""
    with reading() as session:
        rule = get_rule(session, rule_id)
    return _show_form(rule_id, rule.texts())


@blueprint.post("/new")
@allow(Action.MANAGE_LENDING)
def add() -> Response:
    """Add a rule."""
    return _save(None)


@blueprint.post("/<id:rule_id>")
@allow(Action.MANAGE_LENDING)
def change(rule_id: int) -> Response:
    """Change a rule."""
    return _save(rule_id)


@blueprint.post("/<id:rule_id>/removal")
@allow(Action.MANAGE_LENDING)
def remove(rule_id: int) -> Response:
    """Delete a rule."""
    actor = require_actor()
    try:
        transact(lambda s: remove_rule(s, rule_id=rule_id, actor=actor, now=g.now))
    except Conflict as error:
        return _show(error)
    flash("The rule is deleted. Loans that run keep their dates.", "ok")
    return redirect("/lending", 303)


@blueprint.post("/closed-days")
@allow(Action.MANAGE_LENDING)
def add_closed_days() -> Response:
    """Close a place, or all, on one day or several."""
    actor = require_actor()
    texts = {name: request.form.get(name, "")[:255] for name in ("first", "last", "place", "name")}
    try:
        count = transact(lambda s: close_days(s, **texts, actor=actor, now=g.now))
    except Invalid as error:
        return _show(error)
    flash(f"{count} day{'' if count == 1 else 's'} added. Loans that run keep their dates.", "ok")
    return redirect("/lending#closed", 303)


@blueprint.post("/closed-days/<id:day_id>/removal")
@allow(Action.MANAGE_LENDING)
def remove_closed_day(day_id: int) -> Response:
    """Take a closed day off the list."""
    actor = require_actor()
    transact(lambda s: open_day(s, day_id=day_id, actor=actor, now=g.now))
    return redirect("/lending#closed", 303)


@blueprint.post("/zones")
@allow(Action.MANAGE_LENDING)
def change_zone() -> Response:
    """Set the time zone of a place."""
    actor = require_actor()
    place, zone = (request.form.get(name, "")[:255] for name in ("zone_place", "zone"))
    try:
        transact(lambda s: set_zone(s, place=place, zone=zone, actor=actor, now=g.now))
    except Invalid as error:
        return _show(error)
    flash("Saved.", "ok")
    return redirect("/lending#zones", 303)


def _save(rule_id: int | None) -> Response:
    actor = require_actor()
    names = (*SELECTORS, *RULE_COLUMNS)
    texts = {name: request.form.get(name, "").strip()[:255] for name in names}
    try:
        transact(lambda s: save_rule(s, texts=texts, actor=actor, now=g.now, rule_id=rule_id))
    except (Invalid, Conflict) as error:
        return _show_form(rule_id, texts, error)
    flash("Saved. Loans that run keep their dates.", "ok")
    return redirect("/lending", 303)


def _show_form(rule_id: int | None, form: Any, error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        return page(
            "circulation/rule_form.html",
            rule=get_rule(session, rule_id) if rule_id is not None else None,
            form=form,
            groups=[
                (group.value, list(rows))
                for group, rows in groupby(RULE_COLUMNS.items(), key=lambda item: item[1].group)
            ],
            places=list_choices(session),
            categories=list_categories(session),
            departments=list_departments(session),
            **describe_problem(error, conflict_field="place"),
        )

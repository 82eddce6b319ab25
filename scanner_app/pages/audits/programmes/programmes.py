"""Programmes: all of them, one with its rounds, and the form of one."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.policy import PLACES, offer_policy, show_policy
from scanner_app.domain.audits.programmes.plan import MAX_NAME, SIGNED_OFF, say_every
from scanner_app.domain.audits.programmes.rolling import CLASSES, DAYS_A_YEAR, YEAR, ask_for
from scanner_app.domain.audits.programmes.schedule import EVERY, Every
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.domain.register.lifecycle import LABELS
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.setup import read_policy_form, read_scope_form
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.audits.approval.requests import list_closers
from scanner_app.queries.audits.choices import list_choices, name_scope
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.programmes.list import (
    ProgrammeRow,
    get_programme,
    list_newest_rounds,
    list_programmes,
    list_rounds,
)
from scanner_app.queries.audits.programmes.units import Coverage, load_coverage
from scanner_app.services.audits.programmes.rounds import make_next
from scanner_app.services.audits.programmes.write import (
    add_programme,
    change_programme,
    pause_programme,
)
from scanner_app.storage.database import reading, transact

PATH = "/audits/programmes"
MAX_ROUNDS = 26
MAX_PLACES = 200
PLAIN = ("name", "every", "anchor_on", "period_days", "days_to_count")


@blueprint.get("/programmes")
@allow(Action.READ_AUDITS)
def show_programmes() -> Response:
    """Show all programmes, each with its newest round."""
    with reading() as session:
        rows, _ = list_programmes(session, limit=500)
        newest = list_newest_rounds(session, [row.id for row in rows])
    return page("audits/programmes/list.html", rows=rows, newest=newest, say_every=say_every)


@blueprint.get("/programmes/<id:programme_id>")
@allow(Action.READ_AUDITS)
def show_programme(programme_id: int) -> Response:
    """Show a programme: its next round, its rounds so far, and how far its locations are."""
    coverage, problem = None, None
    with reading() as session:
        row = get_programme(session, programme_id)
        rounds, _ = list_rounds(session, programme_id, limit=MAX_ROUNDS)
        scope = name_scope(session, row.plan.scope, now=g.now)
        if row.plan.is_rolling:
            try:
                coverage = load_coverage(session, programme_id, row.plan, at=g.now)
            except Invalid as error:
                problem = " ".join(error.texts)
    return page(
        "audits/programmes/one.html",
        row=row,
        every=say_every(row.plan.schedule),
        rounds=rounds,
        scope=scope,
        audit=row.plan,
        problem=row.problem or problem,
        classes=CLASSES,
        **(_show_coverage(row, coverage) if coverage else {}),
    )


def _show_coverage(row: ProgrammeRow, coverage: Coverage) -> dict[str, Any]:
    """Return how far the locations of a rolling programme are, the most urgent first."""
    counts = row.plan.counts
    ranked = sorted(coverage.places, key=lambda p: -p.waiting.measure(counts, g.now))
    late = [one for one in ranked if one.waiting.measure(counts, g.now) > YEAR]
    counted = [
        one
        for one in ranked
        if one.counted_at and g.now - one.counted_at <= YEAR / counts[one.waiting.place_class]
    ]
    a_year = ask_for(coverage.covered.units, coverage.classes, counts)
    return {
        "coverage": coverage,
        "places": ranked[:MAX_PLACES],
        "late": late,
        "counted": counted,
        "quota": round(a_year * row.plan.schedule.period_days / DAYS_A_YEAR, 1),
        "a_year": a_year,
        "by_class": {one: sum(c is one for c in coverage.classes.values()) for one in CLASSES},
    }


@blueprint.get("/programmes/new")
@allow(Action.RUN_AUDITS)
def show_new_programme() -> Response:
    """Show the form of a new programme, empty or with the scope and the rules of an audit."""
    form = MultiDict({"every": "quarter", "anchor_on": today_here().isoformat()})
    policy: dict[str, Any] = {}
    with reading() as session:
        if audit_id := read_id(request.args.get("audit")):
            audit = get_audit(session, audit_id)
            policy = audit.policy
            form.update({"name": audit.name, **({"blind": "1"} if audit.is_blind else {})})
            _fill_scope(form, audit.scope)
    return _show_form(None, form, policy=policy)


@blueprint.post("/programmes/new")
@allow(Action.RUN_AUDITS)
def add_new_programme() -> Response:
    """Add a programme."""
    return _save(None)


@blueprint.get("/programmes/<id:programme_id>/edit")
@allow(Action.RUN_AUDITS)
def edit_programme(programme_id: int) -> Response:
    """Show the form of a programme."""
    with reading() as session:
        row = get_programme(session, programme_id)
    plan = row.plan
    form = MultiDict(
        {
            "name": plan.name,
            "every": plan.schedule.every.value,
            "anchor_on": plan.schedule.anchor_on.isoformat(),
            "period_days": str(plan.schedule.period_days),
            "days_to_count": str(plan.days_to_count or ""),
            **{f"count_{one.value}": str(count) for one, count in plan.counts.items()},
            **({"blind": "1"} if plan.is_blind else {}),
        }
    )
    _fill_scope(form, plan.scope)
    return _show_form(programme_id, form, policy=show_policy(plan.policy))


@blueprint.post("/programmes/<id:programme_id>/edit")
@allow(Action.RUN_AUDITS)
def save_programme(programme_id: int) -> Response:
    """Change a programme."""
    return _save(programme_id)


@blueprint.post("/programmes/<id:programme_id>/pause")
@allow(Action.RUN_AUDITS)
def pause(programme_id: int) -> Response:
    """Pause a programme, or go on with it."""
    is_paused = request.form.get("paused") == "yes"
    who: dict[str, Any] = {"actor": require_actor(), "today": today_here(), "now": g.now}
    transact(lambda s: pause_programme(s, programme_id, is_paused=is_paused, **who).id)
    flash("It is paused." if is_paused else "It goes on with its next round.", "ok")
    return redirect(f"{PATH}/{programme_id}", 303)


@blueprint.post("/programmes/<id:programme_id>/rounds")
@allow(Action.RUN_AUDITS)
def make_round(programme_id: int) -> Response:
    """Set up the audit of the next round now, and go there."""
    who: dict[str, Any] = {
        "actor": require_actor(), "today": today_here(), "now": g.now,
        "zone": current_organisation().zone,
    }  # fmt: skip

    try:
        audit_id = make_next(transact, programme_id, **who).audit_id
    except Conflict as error:
        flash(error.message, "error")
    except Invalid as error:
        flash(f"Not set up: {' '.join(error.texts)}", "error")
    else:
        if audit_id is not None:
            return redirect(f"/audits/{audit_id}", 303)
        flash("Every location was counted lately enough, so this round counts nothing.", "ok")
    return redirect(f"{PATH}/{programme_id}", 303)


def _save(programme_id: int | None) -> Response:
    form = request.form
    given: dict[str, Any] = {
        **{name: form.get(name, "") for name in PLAIN},
        "blind": "blind" in form,
        "scope": read_scope_form(form),
        "policy": read_policy_form(form),
        "counts": {one.value: form.get(f"count_{one.value}", "") for one in CLASSES},
    }
    if given["every"] == Every.ROLLING:
        given["policy"][PLACES.key] = SIGNED_OFF
    who: dict[str, Any] = {"actor": require_actor(), "today": today_here(), "now": g.now}

    def save(session: Session) -> int:
        if programme_id is None:
            return add_programme(session, given, **who).id
        # What the form does not show stays: a sample is written by the API.
        kept = get_programme(session, programme_id).plan.sample
        sample = kept if given["every"] != Every.ROLLING else None
        return change_programme(session, programme_id, {**given, "sample": sample}, **who).id

    try:
        saved = transact(save)
    except (Conflict, Invalid) as error:
        return _show_form(programme_id, form, policy=given["policy"], error=error)
    flash("The programme is saved.", "ok")
    return redirect(f"{PATH}/{saved}", 303)


def _fill_scope(form: MultiDict[str, str], scope: dict[str, Any] | Any) -> None:
    for key, value in scope.items():
        if isinstance(value, list):
            form.setlist(key, [str(one) for one in value])
        elif value:
            form[key] = str(value)


def _show_form(
    programme_id: int | None,
    form: MultiDict[str, str],
    *,
    policy: dict[str, Any],
    error: Conflict | Invalid | None = None,
) -> Response:
    with reading() as session:
        row = get_programme(session, programme_id) if programme_id is not None else None
        choices = list_choices(session)
        offered = offer_policy(others_may_close=len(list_closers(session)) > 1)
    described = describe_problem(error)
    return page(
        "audits/programmes/form.html",
        row=row,
        form=form,
        scope=read_scope_form(form),
        policy={**offered, **policy},
        choices=choices,
        stages=LABELS,
        every=EVERY,
        classes=CLASSES,
        max_name=MAX_NAME,
        problem=described["problem"],
        status=described.get("status", 200),
        errors=error.errors if isinstance(error, Invalid) else _beside_name(error),
    )


def _beside_name(error: Conflict | None) -> dict[str, list[str]]:
    return {"name": [error.message]} if error else {}

"""The locations of an audit: the list of all, and the steps on the page of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.rounds.second import WHY
from scanner_app.domain.audits.rounds.steps import PLACE_STATES
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.rounds.progress import load_places
from scanner_app.queries.audits.rounds.second import load_second_counts
from scanner_app.services.audits.blind import may_see_expected
from scanner_app.services.audits.rounds.places import ask_recount, assign_place, sign_off_place
from scanner_app.storage.database import reading, transact


@blueprint.get("/<id:audit_id>/places")
@allow(Action.READ_AUDITS)
def show_places(audit_id: int) -> Response:
    """Show the locations of an audit, each with its state and who counts it."""
    actor = require_actor()
    with reading() as session:
        audit = get_audit(session, audit_id)
        is_open = may_see_expected(audit, actor)
        places = load_places(session, audit_id, shows_expected=is_open)
        # Who counts must not know beforehand which locations are counted twice.
        second = load_second_counts(session, audit_id) if actor.can(Action.RUN_AUDITS) else None
    state, own = request.args.get("state", ""), "mine" in request.args
    counts = Counter(one.state.value for one in places)
    shown = [
        one
        for one in places
        if (not state or one.state.value == state)
        and (not own or actor.person_key in one.assignment.people)
    ]
    return page(
        "audits/places.html",
        audit=audit,
        places=shown,
        total=len(places),
        tabs=[(row, counts[row.state.value]) for row in PLACE_STATES.values()],
        given=sum(actor.person_key in one.assignment.people for one in places),
        state=state,
        own=own,
        is_open=is_open,
        second=second,
        why_second=WHY,
    )


@blueprint.post("/<id:audit_id>/rooms/<id:location_id>/sign-off")
@allow(Action.SCAN)
def sign_off(audit_id: int, location_id: int) -> Response:
    """Sign a location off as counted."""
    actor, now, form = require_actor(), g.now, request.form
    return _take(
        audit_id,
        location_id,
        lambda session: sign_off_place(
            session,
            audit_id=audit_id,
            location_id=location_id,
            statement=form.get("statement", ""),
            is_empty="is_empty" in form,
            actor=actor,
            now=now,
        ),
        "The location is signed off." if form.get("statement", "").strip() else "Counted.",
    )


@blueprint.post("/<id:audit_id>/rooms/<id:location_id>/assignment")
@allow(Action.RUN_AUDITS)
def assign_location(audit_id: int, location_id: int) -> Response:
    """Assign a location to counters."""
    actor, now, form = require_actor(), g.now, request.form
    people = [id_ for id_ in map(read_id, form.getlist("people")) if id_ is not None]
    try:
        due_on = date.fromisoformat(form["due_on"]) if form.get("due_on") else None
    except ValueError:
        flash("Enter the day by which it is counted as a date.", "error")
        return redirect(f"/audits/{audit_id}/rooms/{location_id}", 303)
    return _take(
        audit_id,
        location_id,
        lambda session: assign_place(
            session,
            audit_id=audit_id,
            location_id=location_id,
            people=people,
            due_on=due_on,
            actor=actor,
            now=now,
        ),
        "Kept. It is on the list of locations of who counts it.",
    )


@blueprint.post("/<id:audit_id>/rooms/<id:location_id>/recount")
@allow(Action.RUN_AUDITS)
def recount(audit_id: int, location_id: int) -> Response:
    """Ask for another count by somebody else."""
    actor, now, form = require_actor(), g.now, request.form
    return _take(
        audit_id,
        location_id,
        lambda session: ask_recount(
            session,
            audit_id=audit_id,
            location_id=location_id,
            reason=form.get("reason", ""),
            counter_id=read_id(form.get("counter", "")),
            actor=actor,
            now=now,
        ),
        "A second count is asked for.",
    )


def _take(audit_id: int, location_id: int, step: Callable[[Session], None], done: str) -> Response:
    try:
        transact(step)
    except (Conflict, Invalid) as error:
        flash(f"Not done: {error.message}", "error")
    else:
        flash(done, "ok")
    return redirect(f"/audits/{audit_id}/rooms/{location_id}", 303)

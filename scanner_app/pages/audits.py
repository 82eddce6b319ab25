"""Audits for people: list, set up, count, reconcile, close, read the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle import LABELS
from scanner_app.domain.reconciliation import AuditState, Decision, FindingState
from scanner_app.extensions.closing import close_and_seal, report_response
from scanner_app.extensions.database import reading, transact, unit_of_work
from scanner_app.extensions.guard import allow, current_settings, public, require_actor
from scanner_app.extensions.keys import load_signing_key
from scanner_app.extensions.web import page
from scanner_app.models import Seal
from scanner_app.queries import audits as queries
from scanner_app.queries import scans as scan_queries
from scanner_app.queries.audit_forms import list_choices
from scanner_app.queries.expected import load_expected
from scanner_app.services import audits as services

blueprint = Blueprint("audit_pages", __name__, url_prefix="/audits")

LARGEST = 2**31 - 1
SHOWN = 200
ORDER = (
    FindingState.MISPLACED,
    FindingState.MISSING,
    FindingState.UNEXPECTED,
    FindingState.UNREGISTERED,
    FindingState.VERIFIED,
)


@blueprint.get("")
@allow(Action.READ_AUDITS)
def show_list() -> WerkzeugResponse:
    """List audits, newest first."""
    with reading() as session:
        rows = [
            (audit, queries.load_tally(session, audit.id).show_counts())
            for audit in queries.list_audits(session, limit=50)
        ]
    return page("audits/list.html", rows=rows)


# -- setting up --------------------------------------------------------------------------------


def _read_scope(form: MultiDict[str, str]) -> dict[str, list[str]]:
    return {key: [v for v in form.getlist(key) if v] for key in services.SCOPE_KEYS}


def _show_form(
    form: MultiDict[str, str], *, errors: Mapping[str, Any] | None = None, status: int = 200
) -> WerkzeugResponse:
    scope = _read_scope(form)
    with reading() as session:
        try:
            covered = queries.count_scope(session, scope, now=g.now)
        except Invalid as error:
            covered, errors = 0, {**(errors or {}), **error.errors}
        choices = list_choices(session)
    return page(
        "audits/new.html",
        block="covered" if request.method == "GET" and "preview" in request.args else None,
        status=status,
        form=form,
        scope=scope,
        covered=covered,
        choices=choices,
        stages=LABELS,
        errors=errors or {},
    )


@blueprint.get("/new")
@allow(Action.RUN_AUDITS)
def show_new() -> WerkzeugResponse:
    """Show the form; by htmx, how many assets the scope covers."""
    return _show_form(request.args)


@blueprint.post("")
@allow(Action.RUN_AUDITS)
def create() -> WerkzeugResponse:
    """Set up an audit."""
    form, actor, now = request.form, require_actor(), g.now
    try:
        due_on = date.fromisoformat(form["due_on"]) if form.get("due_on") else None
    except ValueError:
        return _show_form(form, errors={"due_on": ["Give a date."]}, status=422)
    try:
        audit_id = transact(
            lambda session: (
                services.create_audit(
                    session,
                    name=form.get("name", ""),
                    scope=_read_scope(form),
                    is_blind="blind" in form,
                    due_on=due_on,
                    actor=actor,
                    now=now,
                ).id
            )
        )
    except Invalid as error:
        return _show_form(form, errors=error.errors, status=422)
    return redirect(f"/audits/{audit_id}", 303)


# -- one audit ---------------------------------------------------------------------------------


@blueprint.get("/<int:audit_id>")
@allow(Action.READ_AUDITS)
def show_one(audit_id: int) -> WerkzeugResponse:
    """Show an audit as its state asks for: to be started, counted, reconciled, read."""
    check_number(audit_id)
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        tally = queries.load_tally(session, audit_id)
        values: dict[str, Any] = {
            "audit": audit,
            "counts": tally.show_counts(),
            "accuracy": tally.show_accuracy(),
        }
        if audit.state is AuditState.DRAFT:
            values["covered"] = queries.count_scope(session, audit.scope, now=g.now)
            return page("audits/draft.html", **values)
        if audit.state is AuditState.COUNTING:
            values["rooms"] = queries.list_rooms(session, audit_id)
            values["scans"] = scan_queries.list_scans(session, audit_id=audit_id, limit=8)
            return page("audits/counting.html", block="live", **values)
        values["late"] = queries.list_late_scans(session, audit_id)
        if audit.state is AuditState.RECONCILING:
            decided, total = queries.count_undecided(session, audit_id)
            chosen = _chosen_state()
            values |= {
                "decided": decided,
                "total": total,
                "chosen": chosen,
                "states": ORDER,
                "findings": queries.list_findings(
                    session,
                    audit_id,
                    states=[chosen] if chosen else [s for s in ORDER if s.value != "verified"],
                    undecided="all" not in request.args and chosen is None,
                    limit=SHOWN,
                ),
            }
            return page("audits/reconciling.html", **values)
        values["rooms"] = [
            (name or "No place", part.show_counts(), part.show_accuracy())
            for name, part in queries.load_tallies(session, audit_id, by="location").items()
        ]
        values["findings"] = queries.list_findings(session, audit_id, limit=2000)
        values["counters"] = queries.list_counters(session, audit_id)
        seal = session.get(Seal, audit_id)
        values["seal"] = (seal.sha256, seal.key_id, seal.sealed_at) if seal else None
        return page("audits/report.html", **values)


def _chosen_state() -> FindingState | None:
    try:
        return FindingState(request.args.get("state", ""))
    except ValueError:
        return None


@blueprint.get("/<int:audit_id>/rooms/<int:location_id>")
@allow(Action.READ_AUDITS)
def show_room(audit_id: int, location_id: int) -> WerkzeugResponse:
    """Show what one place has and lacks."""
    check_number(audit_id)
    check_number(location_id)
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        rows = queries.list_findings(session, audit_id, location_id=location_id, limit=1000)
        rooms = {row.location_id: row for row in queries.list_rooms(session, audit_id)}
    if location_id not in rooms:
        raise NotFound("This place is not part of the audit.")
    return page(
        "audits/room.html",
        block="room",
        audit=audit,
        room=rooms[location_id],
        missing=[r for r in rows if r.is_expected and r.state is FindingState.MISSING],
        seen=[r for r in rows if r.state is not FindingState.MISSING],
    )


STEPS = {
    "counting": "Counting has started. The expected list is frozen.",
    "reconciliation": "Counting has ended. Decide what each finding proposes.",
    "cancellation": "The audit is cancelled; what was scanned stays.",
}


@blueprint.post("/<int:audit_id>/<any(counting, reconciliation, cancellation):step>")
@allow(Action.RUN_AUDITS)
def take_step(audit_id: int, step: str) -> WerkzeugResponse:
    """Start counting, end it, or give the audit up."""
    check_number(audit_id)
    actor, now = require_actor(), g.now
    with unit_of_work() as session:
        if step == "counting":
            services.start_counting(session, audit_id=audit_id, actor=actor, now=now)
        elif step == "reconciliation":
            services.start_reconciling(session, audit_id=audit_id, now=now)
        else:
            services.cancel_audit(session, audit_id=audit_id)
    flash(STEPS[step], "ok")
    return redirect(f"/audits/{audit_id}", 303)


@blueprint.post("/<int:audit_id>/decisions")
@allow(Action.DECIDE_FINDINGS)
def decide(audit_id: int) -> WerkzeugResponse:
    """Accept or reject proposals, one or many with one reason."""
    check_number(audit_id)
    form, actor, now = request.form, require_actor(), g.now
    ids = [int(i) for i in form.getlist("finding") if i.isdecimal() and int(i) <= LARGEST]
    back = f"/audits/{audit_id}" + (f"?{form['back']}" if form.get("back") else "")
    asset = {k: form[k].strip() for k in ("asset_tag", "name") if form.get(k, "").strip()}
    try:
        decision = Decision(form.get("decision", ""))
    except ValueError:
        flash("Choose accept or reject.", "error")
        return redirect(back, 303)
    if not ids:
        flash("Choose at least one finding.", "error")
        return redirect(back, 303)
    try:
        count = transact(
            lambda session: services.decide_findings(
                session,
                audit_id=audit_id,
                finding_ids=ids,
                decision=decision,
                reason=form.get("reason"),
                asset=asset or None,
                actor=actor,
                now=now,
            )
        )
    except Invalid as error:
        flash(" ".join(text for texts in error.errors.values() for text in texts), "error")
        return redirect(back, 303)
    flash(f"{count} {'proposal' if count == 1 else 'proposals'} {decision.value}ed.", "ok")
    return redirect(back, 303)


@blueprint.post("/<int:audit_id>/closure")
@allow(Action.CLOSE_AUDITS)
def close(audit_id: int) -> WerkzeugResponse:
    """Apply what was accepted, sign and seal."""
    check_number(audit_id)
    try:
        close_and_seal(audit_id, require_actor(), g.now)
    except (Conflict, Invalid) as error:
        flash(f"Not closed: {error.message}", "error")
    else:
        flash("The audit is closed and sealed.", "ok")
    return redirect(f"/audits/{audit_id}", 303)


@blueprint.post("/<int:audit_id>/revision")
@allow(Action.RUN_AUDITS)
def revise(audit_id: int) -> WerkzeugResponse:
    """Open the next audit of a closed one."""
    check_number(audit_id)
    actor, now = require_actor(), g.now
    fresh = transact(
        lambda session: services.open_revision(session, audit_id=audit_id, actor=actor, now=now).id
    )
    return redirect(f"/audits/{fresh}", 303)


# -- files -------------------------------------------------------------------------------------


@blueprint.get("/<int:audit_id>/report.<string:form>")
@allow(Action.READ_AUDITS)
def download(audit_id: int, form: str) -> Response:
    """Give the report as a file."""
    check_number(audit_id)
    return report_response(audit_id, form)


@blueprint.get("/key.pem")
@public
def show_key() -> Response:
    """Give the public key that seals the reports: anybody may check one."""
    key = load_signing_key(current_settings().instance_dir)
    return Response(key.public_pem, content_type="application/x-pem-file")


@blueprint.get("/<int:audit_id>/expected.json")
@allow(Action.SCAN)
def show_expected(audit_id: int) -> WerkzeugResponse:
    """Give what a phone needs to answer offline: what is expected where, and what was seen."""
    check_number(audit_id)
    with reading() as session:
        body = json.dumps(load_expected(session, audit_id), separators=(",", ":"))
    response = Response(body, content_type="application/json")
    response.set_etag(sha256(body.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def check_number(number: int) -> None:
    """Refuse a number in a path that no row can have."""
    if number > LARGEST:
        raise NotFound("There is no such thing.")

"""Audits for people: list, set up, count, read the report. Findings are decided elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.lifecycle import LABELS
from scanner_app.domain.reconciliation import AuditState, FindingState
from scanner_app.edge.guard import allow, public, require_actor
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.extensions.closing import report_response
from scanner_app.pages.audit_findings import check_number, show_findings
from scanner_app.queries import audits as queries
from scanner_app.queries import scans as scan_queries
from scanner_app.queries.audit_forms import list_choices, name_scope
from scanner_app.queries.audits import AuditRow
from scanner_app.queries.evidence import list_counters, list_late_scans
from scanner_app.queries.expected import load_expected
from scanner_app.queries.findings import list_findings
from scanner_app.queries.readers.readers import count_foreign
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.rooms import Here, list_rooms, load_here
from scanner_app.services import audits as services
from scanner_app.services.closures import find_seal
from scanner_app.services.reports import BY
from scanner_app.storage.database import reading, transact
from scanner_app.storage.keys import load_public_key, load_signing_key

blueprint = Blueprint("audit_pages", __name__, url_prefix="/audits")

SHOWN_AUDITS = 50
SHOWN_LATE = 200
# What the report's page lists; the files list everything.
SHOWN_FINDINGS = 2000
DISCREPANT = [state for state in FindingState if state is not FindingState.VERIFIED]


@blueprint.get("")
@allow(Action.READ_AUDITS)
def show_list() -> WerkzeugResponse:
    """List audits, newest first."""
    after = request.args.get("after", "")
    before_id = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else None  # noqa: PLR2004 - digits of a row's number
    with reading() as session:
        audits, following = queries.list_audits(session, before_id=before_id, limit=SHOWN_AUDITS)
        counts = queries.load_counts(session, [audit.id for audit in audits])
    actor = require_actor()
    rows = [
        (audit, counts[audit.id] if services.sees_expectation(audit, actor) else None)
        for audit in audits
    ]
    return page("audits/list.html", rows=rows, following=following)


# -- setting up --------------------------------------------------------------------------------


def _read_scope(form: MultiDict[str, str]) -> dict[str, list[str]]:
    return {key: [v for v in form.getlist(key) if v] for key in services.SCOPE_KEYS}


def _show_form(
    form: MultiDict[str, str], *, errors: Mapping[str, Any] | None = None, status: int = 200
) -> WerkzeugResponse:
    scope = _read_scope(form)
    is_preview = request.method == "GET" and "preview" in request.args
    with reading() as session:
        try:
            covered = queries.count_scope(session, scope, now=g.now)
        except Invalid as error:
            covered, errors = 0, {**(errors or {}), **error.errors}
        choices = None if is_preview else list_choices(session)
    return page(
        "audits/_covered.html" if is_preview else "audits/new.html",
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
    """Show the form; with `preview`, only how many assets the scope covers."""
    return _show_form(request.args)


@blueprint.post("")
@allow(Action.RUN_AUDITS)
def create() -> WerkzeugResponse:
    """Set up an audit."""
    form, actor, now = request.form, require_actor(), g.now
    if form.get("step") == "count":  # without script, a button shows what the scope covers
        return _show_form(form)
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
    if audit.state is AuditState.DRAFT:
        return _show_draft(audit)
    if audit.state is AuditState.COUNTING:
        return _show_counting(audit)
    if audit.state is AuditState.RECONCILING:
        return show_findings(audit)
    return _show_report(audit)


def _show_draft(audit: AuditRow) -> WerkzeugResponse:
    problems: list[str] = []
    covered = 0
    with reading() as session:
        scope = name_scope(session, audit.scope, now=g.now)
        try:
            covered = queries.count_scope(session, audit.scope, now=g.now)
        except Invalid as error:
            # A place may have got another code since: the draft is still there to be given up.
            problems = [text for texts in error.errors.values() for text in texts]
    return page("audits/draft.html", audit=audit, scope=scope, covered=covered, problems=problems)


def _show_counting(audit: AuditRow) -> WerkzeugResponse:
    with reading() as session:
        tally = queries.load_tally(session, audit.id)
        rooms = list_rooms(session, audit.id)
        scans = scan_queries.list_scans(session, audit_id=audit.id, without_strangers=True, limit=8)
        foreign = count_foreign(session, audit_id=audit.id)
    return page(
        "audits/counting.html",
        block="live",
        audit=audit,
        counts=tally.show_counts(),
        rooms=rooms,
        scans=scans,
        foreign=foreign,
        is_open=services.sees_expectation(audit, require_actor()),
    )


def _show_report(audit: AuditRow) -> WerkzeugResponse:
    with reading() as session:
        tally = queries.load_tally(session, audit.id)
        parts = {by: queries.load_tallies(session, audit.id, by=by) for by in BY}
        seal = find_seal(session, audit.id)
        coded = {"locations": [*parts["location"]], "custodians": [*parts["custodian"]]}
        named = name_scope(session, coded, now=g.now)
        names = {
            "location": {one.value: one.text for one in named["locations"]},
            "custodian": {one.value: one.text for one in named["custodians"]},
            "category": {},
        }
        discrepancies = list_findings(
            session, audit.id, states=DISCREPANT, by_room=True, limit=SHOWN_FINDINGS
        )
        return page(
            "audits/report.html",
            audit=audit,
            counts=tally.show_counts(),
            accuracy=tally.show_accuracy(),
            parts={
                by: [
                    (names[by].get(key, key), tally.show_counts(), tally.show_accuracy())
                    for key, tally in tallies.items()
                ]
                for by, tallies in parts.items()
            },
            discrepancies=discrepancies,
            verified=list_findings(
                session,
                audit.id,
                states=[FindingState.VERIFIED],
                by_room=True,
                limit=SHOWN_FINDINGS - len(discrepancies),
            )
            if len(discrepancies) < SHOWN_FINDINGS
            else [],
            counters=list_counters(session, audit.id),
            late=list_late_scans(session, audit.id, limit=SHOWN_LATE),
            foreign=count_foreign(session, audit_id=audit.id),
            seal=(seal.sha256, seal.key_id, seal.sealed_at) if seal else None,
            revision=queries.find_revision(session, audit.id),
            scope=name_scope(session, audit.scope, now=g.now),
        )


STEPS = {
    "counting": "Counting is on. The expected list is frozen.",
    "reconciliation": "Counting has ended. Decide what each finding proposes.",
    "cancellation": "The audit is cancelled; what was scanned stays.",
}


@blueprint.post("/<int:audit_id>/<any(counting, reconciliation, cancellation):step>")
@allow(Action.RUN_AUDITS)
def take_step(audit_id: int, step: str) -> WerkzeugResponse:
    """Start counting, end it, or give the audit up."""
    check_number(audit_id)
    actor, now = require_actor(), g.now

    def take(session: Any) -> None:
        if step == "counting":
            services.start_counting(session, audit_id=audit_id, actor=actor, now=now)
        elif step == "reconciliation":
            services.start_reconciling(session, audit_id=audit_id, now=now)
        else:
            services.cancel_audit(session, audit_id=audit_id)

    try:
        transact(take)
    except Invalid as error:
        flash(
            f"Not started: {' '.join(t for texts in error.errors.values() for t in texts)}", "error"
        )
    else:
        flash(STEPS[step], "ok")
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


# -- a place while it is counted ---------------------------------------------------------------


def _load_here(audit_id: int, location_id: int | None) -> tuple[AuditRow, Here, bool]:
    """Give the audit, the place, and whether whoever looks may see what is expected."""
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        here = load_here(session, audit_id, location_id) if location_id is not None else None
    if here is None:
        raise NotFound("There is no such place.")
    is_open = services.sees_expectation(audit, require_actor())
    if not is_open:
        # What belongs here and was seen elsewhere would tell who counts blind what is expected.
        found = [row for row in here.found if row.state is FindingState.VERIFIED]
        here = replace(here, found=found)
    return audit, here, is_open


@blueprint.get("/<int:audit_id>/rooms/<int:location_id>")
@allow(Action.READ_AUDITS)
def show_room(audit_id: int, location_id: int) -> WerkzeugResponse:
    """Show what one place, with all inside, has and lacks."""
    check_number(audit_id)
    check_number(location_id)
    audit, here, is_open = _load_here(audit_id, location_id)
    return page("audits/room.html", block="room", audit=audit, spot=here, is_open=is_open)


@blueprint.get("/<int:audit_id>/here")
@allow(Action.SCAN)
def show_here(audit_id: int) -> WerkzeugResponse:
    """Give, for the scan page, how far the place with a code is; the room's page without htmx."""
    check_number(audit_id)
    with reading() as session:
        location_id = find_location_id(session, request.args.get("place", "")[:255])
    audit, here, is_open = _load_here(audit_id, location_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(f"/audits/{audit_id}/rooms/{here.location_id}", 303)
    return page("audits/_here.html", audit=audit, spot=here, is_open=is_open)


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


# -- files -------------------------------------------------------------------------------------


@blueprint.get("/<int:audit_id>/report.<string:form>")
@allow(Action.READ_AUDITS)
def download(audit_id: int, form: str) -> Response:
    """Give the report as a file."""
    check_number(audit_id)
    return report_response(audit_id, form, require_actor())


@blueprint.get("/key.pem")
@public
def show_key() -> Response:
    """Give the public key that seals the reports: anybody may check one."""
    key = load_signing_key(current_settings().instance_dir)
    return Response(key.public_pem, content_type="application/x-pem-file")


@blueprint.get("/keys/<string:key_id>.pem")
@public
def show_old_key(key_id: str) -> Response:
    """Give the public key of an id, of an older key too."""
    pem = load_public_key(current_settings().instance_dir, key_id)
    return Response(pem, content_type="application/x-pem-file")

"""The reconciliation of an audit for people: findings with their evidence, decisions, closure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.reconciliation import AuditState, Decision, FindingState
from scanner_app.extensions.closing import close_and_seal, jsonable
from scanner_app.extensions.database import reading, transact
from scanner_app.extensions.guard import allow, current_settings, require_actor
from scanner_app.extensions.web import page
from scanner_app.pages.asset_form import read_form
from scanner_app.queries import audits as queries
from scanner_app.queries.audits import AuditRow
from scanner_app.queries.evidence import list_evidence, list_late_scans
from scanner_app.queries.findings import (
    count_findings,
    count_undecided,
    list_finding_ids,
    list_findings,
    load_targets,
)
from scanner_app.queries.readers import list_faint
from scanner_app.queries.rooms import list_rooms
from scanner_app.services.audits import check_sees_expectation
from scanner_app.services.proposals import decide_findings

blueprint = Blueprint("audit_findings", __name__, url_prefix="/audits")

LARGEST = 2**31 - 1
SHOWN = 100
ORDER = (
    FindingState.MISPLACED,
    FindingState.MISSING,
    FindingState.UNEXPECTED,
    FindingState.UNREGISTERED,
    FindingState.VERIFIED,
)
PROPOSALS = ("move", "mark_missing", "reassign", "reinstate", "register")


def show_findings(audit: AuditRow) -> Response:
    """Show what is to be decided, or all findings of a state, grouped by room."""
    chosen, room = _read_filter(request.args)
    with reading() as session:
        findings = list_findings(
            session,
            audit.id,
            states=[chosen] if chosen else [],
            location_id=room,
            undecided=chosen is None,
            by_room=True,
            limit=SHOWN,
        )
        matching = count_findings(
            session,
            audit.id,
            states=[chosen] if chosen else [],
            location_id=room,
            undecided=chosen is None,
        )
        decided, total = count_undecided(session, audit.id)
        values: dict[str, Any] = {
            "counts": queries.load_tally(session, audit.id).show_counts(),
            "late": list_late_scans(session, audit.id, limit=500),
            "rooms": list_rooms(session, audit.id),
            "targets": load_targets(session, findings),
        }
    return page(
        "audits/reconciling.html",
        audit=audit,
        findings=findings,
        matching=matching,
        decided=decided,
        total=total,
        chosen=chosen,
        room=room,
        states=ORDER,
        **values,
    )


def _read_filter(values: MultiDict[str, str]) -> tuple[FindingState | None, int | None]:
    try:
        chosen = FindingState(values.get("state", ""))
    except ValueError:
        chosen = None
    room = values.get("room", "")
    return chosen, int(room) if is_number(room) else None


def is_number(text: str) -> bool:
    """Tell whether a text is the number of a row."""
    return (
        text.isascii()
        and text.isdecimal()
        and len(text) <= len(str(LARGEST))
        and (0 < int(text) <= LARGEST)
    )


def check_number(number: int) -> None:
    """Refuse a number in a path that no row can have."""
    if number > LARGEST:
        raise NotFound("There is no such thing.")


@blueprint.get("/<int:audit_id>/findings/<int:finding_id>")
@allow(Action.READ_AUDITS)
def show_finding(audit_id: int, finding_id: int) -> Response:
    """Show one finding with the scans it stands on."""
    check_number(audit_id)
    check_number(finding_id)
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        check_sees_expectation(audit, require_actor())
        rows = list_findings(session, audit_id, ids=[finding_id])
        if not rows:
            raise NotFound("That finding is not one of this audit.")
        evidence = list_evidence(session, audit_id, rows[0])
        faint = list_faint(session, audit_id=audit_id, asset_id=rows[0].asset_id)
        targets = load_targets(session, rows)
    return page(
        "audits/finding.html",
        block="evidence",
        audit=audit,
        row=rows[0],
        evidence=evidence,
        faint=faint,
        targets=targets,
    )


# -- deciding ----------------------------------------------------------------------------------


@blueprint.post("/<int:audit_id>/decisions")
@allow(Action.DECIDE_FINDINGS)
def decide(audit_id: int) -> Response:
    """Accept or reject proposals, one or many with one reason."""
    check_number(audit_id)
    form, actor, now = request.form, require_actor(), g.now
    errors: list[str] = []
    count = 0
    ids = _read_ids(audit_id, form)
    try:
        decision = Decision(form.get("decision", ""))
        asset = _read_asset(form) if decision is Decision.ACCEPT else None
        if not ids:
            raise Invalid("Choose at least one finding.")
        count = transact(
            lambda session: decide_findings(
                session,
                audit_id=audit_id,
                finding_ids=ids,
                decision=decision,
                reason=form.get("reason"),
                asset=asset,
                actor=actor,
                now=now,
            )
        )
    except ValueError:
        errors = ["Choose accept or reject."]
    except Invalid as error:
        errors = [text for texts in error.errors.values() for text in texts] or [error.message]
    except Conflict as error:
        if error.code not in {"tag_taken", "identifier_taken"}:
            raise
        errors = [error.message]
    if request.headers.get("HX-Request") == "true" and len(ids) == 1:
        return _show_decided(audit_id, ids[0], errors)
    if errors:
        flash(" ".join(errors), "error")
    else:
        flash(f"{count} {'proposal' if count == 1 else 'proposals'} {decision.value}ed.", "ok")
    return redirect(_way_back(audit_id, form), 303)


def _read_ids(audit_id: int, form: MultiDict[str, str]) -> Sequence[int]:
    if form.get("all") != "on":
        return [int(text) for text in form.getlist("finding") if is_number(text)]
    chosen, room = _read_filter(form)
    states = [chosen] if chosen else list(ORDER)
    if form.get("decision") == Decision.ACCEPT.value and chosen is None:
        states.remove(FindingState.UNREGISTERED)  # each is registered with fields of its own
    with reading() as session:
        return list_finding_ids(
            session,
            audit_id,
            states=states,
            location_id=room,
            undecided=True,
        )


def _read_asset(form: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the fields of an asset to register, by the rules of the register's own form."""
    if not form.get("asset_tag", "").strip():
        return None
    return jsonable(read_form(form, was=None))


def _way_back(audit_id: int, form: MultiDict[str, str]) -> str:
    chosen, room = _read_filter(form)
    query = [f"state={chosen.value}"] if chosen else []
    query += [f"room={room}"] if room else []
    return f"/audits/{audit_id}" + (f"?{'&'.join(query)}" if query else "")


def _show_decided(audit_id: int, finding_id: int, errors: list[str]) -> Response:
    """Give, for htmx, the finding as it is now and how much is decided."""
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        rows = list_findings(session, audit_id, ids=[finding_id])
        if not rows:
            raise NotFound("That finding is not one of this audit.")
        decided, total = count_undecided(session, audit_id)
        targets = load_targets(session, rows)
    chosen, room = _read_filter(request.form)
    return page(
        "audits/_decided.html",
        status=422 if errors else 200,
        audit=audit,
        row=rows[0],
        targets=targets,
        decided=decided,
        total=total,
        chosen=chosen,
        room=room,
        errors=errors,
    )


# -- closing -----------------------------------------------------------------------------------


@blueprint.get("/<int:audit_id>/closure")
@allow(Action.READ_AUDITS)
def show_closure(audit_id: int) -> Response:
    """Show what closing would change, and what stands against it."""
    check_number(audit_id)
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        if audit.state is not AuditState.RECONCILING:
            return redirect(f"/audits/{audit_id}", 303)
        rows = list_findings(session, audit_id, with_proposal=True, by_room=True, limit=None)
        decided, total = count_undecided(session, audit_id)
        targets = load_targets(session, rows)
    accepted = {
        kind: [r for r in rows if r.decision == "accept" and r.proposal == kind]
        for kind in PROPOSALS
    }
    return page(
        "audits/closing.html",
        audit=audit,
        accepted={kind: found for kind, found in accepted.items() if found},
        rejected=[row for row in rows if row.decision == "reject"],
        decided=decided,
        total=total,
        targets=targets,
        needs_two=current_settings().closure_needs_two,
    )


@blueprint.post("/<int:audit_id>/closure")
@allow(Action.CLOSE_AUDITS)
def close(audit_id: int) -> Response:
    """Apply what was accepted, sign and seal."""
    check_number(audit_id)
    try:
        close_and_seal(audit_id, require_actor(), g.now)
    except (Conflict, Invalid) as error:
        flash(f"Not closed: {error.message}", "error")
    else:
        flash("The audit is closed and sealed.", "ok")
    return redirect(f"/audits/{audit_id}", 303)

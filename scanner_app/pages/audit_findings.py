"""The reconciliation of an audit for people: findings with their evidence, decisions, closure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.reconciliation import AuditState, Decision, FindingState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.extensions.closing import close_and_seal, jsonable
from scanner_app.pages.register.asset_form import read_form
from scanner_app.queries import audits as queries
from scanner_app.queries.audits import AuditRow
from scanner_app.queries.evidence import list_evidence, list_late_scans
from scanner_app.queries.findings import (
    count_by_state,
    count_findings,
    count_undecided,
    list_finding_ids,
    list_findings,
    load_targets,
    page_findings,
)
from scanner_app.queries.readers.readers import list_faint
from scanner_app.queries.rooms import list_rooms
from scanner_app.services.audits import check_sees_expectation
from scanner_app.services.proposals import decide_findings
from scanner_app.storage.database import reading, transact

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


@dataclass(frozen=True, slots=True)
class Which:
    """Which findings of an audit a page shows, and where in their list it is.

    :param is_open: only what is still to be decided; always so where no state is chosen.
    """

    state: FindingState | None = None
    room: int | None = None
    is_open: bool = True
    cursor: str | None = None

    @property
    def conditions(self) -> dict[str, Any]:
        """The filter as the queries take it."""
        states = [self.state] if self.state else []
        return {"states": states, "location_id": self.room, "undecided": self.is_open}

    @property
    def fields(self) -> dict[str, str]:
        """The filter as it stands in an address and in the forms of the page."""
        given = {
            "state": self.state.value if self.state else None,
            "room": str(self.room) if self.room else None,
            "open": "yes" if self.state and self.is_open else None,
            "cursor": self.cursor,
        }
        return {name: value for name, value in given.items() if value}

    def link(self, audit_id: int, **changes: str | None) -> str:
        """Give the address of the page with some of its filter changed, from the first page on."""
        fields = {**self.fields, "cursor": None, **changes}
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/audits/{audit_id}" + (f"?{query}" if query else "")


def show_findings(audit: AuditRow) -> Response:
    """Show what is to be decided, or all findings of a state, grouped by room."""
    which = _read_filter(request.args)
    with reading() as session:
        found = page_findings(
            session, audit.id, cursor=which.cursor, limit=SHOWN, **which.conditions
        )
        counts = count_by_state(session, audit.id, location_id=which.room)
        decided, total = count_undecided(session, audit.id)
        values: dict[str, Any] = {
            "late": list_late_scans(session, audit.id, limit=500),
            "rooms": list_rooms(session, audit.id),
            "targets": load_targets(session, found.rows),
        }
    wanted = [counts[which.state]] if which.state else list(counts.values())
    still_open = sum(count.undecided for count in wanted)
    return page(
        "audits/reconciling.html",
        audit=audit,
        findings=found.rows,
        groups=[(room, list(rows)) for room, rows in groupby(found.rows, lambda row: row.room)],
        matching=still_open if which.is_open else sum(count.total for count in wanted),
        still_open=still_open,
        next_page=which.link(audit.id, cursor=found.next) if found.next else None,
        decided=decided,
        total=total,
        which=which,
        counts=counts,
        states=ORDER,
        **values,
    )


def _read_filter(values: MultiDict[str, str]) -> Which:
    try:
        chosen = FindingState(values.get("state", ""))
    except ValueError:
        chosen = None
    room = values.get("room", "")
    return Which(
        chosen,
        int(room) if is_number(room) else None,
        chosen is None or values.get("open") == "yes",
        values.get("cursor") or None,
    )


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
    return _show_finding(audit_id, finding_id)


def _show_finding(audit_id: int, finding_id: int, errors: Sequence[str] = ()) -> Response:
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
        status=422 if errors else 200,
        errors=errors,
        given=request.form,
        which=_read_filter(request.form) if errors else None,
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
    which = _read_filter(form)
    errors: list[str] = []
    told = ""
    wants_all = form.get("all") == "on"
    picked = [] if wants_all else [int(t) for t in form.getlist("finding") if is_number(t)]
    is_many = wants_all or "many" in form

    def carry_out(session: Session) -> int:
        ids = _choose(session, audit_id, which, decision, picked) if is_many else picked
        if not ids:
            raise Invalid(
                "Nothing is left to decide here."
                if picked or wants_all
                else "Choose at least one finding."
            )
        return decide_findings(
            session,
            audit_id=audit_id,
            finding_ids=ids,
            decision=decision,
            reason=form.get("reason"),
            asset=asset,
            only_open=is_many,
            actor=actor,
            now=now,
        )

    try:
        decision = Decision(form.get("decision", ""))
        asset = _read_asset(form) if decision is Decision.ACCEPT and not is_many else None
        count = transact(carry_out)
        told = _tell(count, decision, left=len(set(picked)) - count if picked else 0)
    except ValueError:
        errors = ["Choose accept or reject."]
    except Invalid as error:
        errors = [text for texts in error.errors.values() for text in texts] or [error.message]
    except Conflict as error:
        if error.code not in {"tag_taken", "identifier_taken"}:
            raise
        errors = [error.message]
    if request.headers.get("HX-Request") == "true" and len(picked) == 1:
        return _show_decided(audit_id, picked[0], errors)
    if errors and len(picked) == 1 and not is_many:
        return _show_finding(audit_id, picked[0], errors)
    flash(" ".join(errors) or told, "error" if errors else "ok")
    return redirect(which.link(audit_id, cursor=which.cursor), 303)


def _choose(
    session: Session, audit_id: int, which: Which, decision: Decision, picked: Sequence[int]
) -> Sequence[int]:
    """Give what is still open of those picked, or of all that the filter leaves.

    What is unregistered is accepted one by one: each is registered with fields of its own.
    """
    states = list(ORDER) if picked or which.state is None else [which.state]
    if decision is Decision.ACCEPT:
        states = [state for state in states if state is not FindingState.UNREGISTERED]
        if not states:
            raise Invalid("What is unregistered is accepted one by one: give each a tag.")
    ids = list_finding_ids(
        session,
        audit_id,
        states=states,
        location_id=None if picked else which.room,
        undecided=True,
    )
    return sorted(set(ids).intersection(picked)) if picked else ids


def _tell(count: int, decision: Decision, *, left: int) -> str:
    told = f"{count:,} {'proposal' if count == 1 else 'proposals'} {decision.value}ed."
    if left > 0:
        told += f" {left:,} left as they are: decided by now, or to be registered one by one."
    return told


def _read_asset(form: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the fields of an asset to register, by the rules of the register's own form."""
    if not form.get("asset_tag", "").strip():
        return None
    return jsonable(read_form(form, was=None))


def _show_decided(audit_id: int, finding_id: int, errors: list[str]) -> Response:
    """Give, for htmx, the finding as it is now and how much is decided."""
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        rows = list_findings(session, audit_id, ids=[finding_id])
        if not rows:
            raise NotFound("That finding is not one of this audit.")
        which = _read_filter(request.form)
        decided, total = count_undecided(session, audit_id)
        still_open = count_findings(session, audit_id, **{**which.conditions, "undecided": True})
        targets = load_targets(session, rows)
    return page(
        "audits/_decided.html",
        status=422 if errors else 200,
        audit=audit,
        row=rows[0],
        targets=targets,
        decided=decided,
        total=total,
        which=which,
        still_open=still_open,
        errors=errors,
        given=request.form if errors else {},
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

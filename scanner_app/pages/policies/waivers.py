"""Waivers: an approver lets something pass a policy until a day, and takes that back."""

from __future__ import annotations

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.days import read_day
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import today_here
from scanner_app.edge.trail import note_change
from scanner_app.pages.policies._blueprint import blueprint
from scanner_app.pages.policies.one import show_policy
from scanner_app.queries.policies.policies import get_policy
from scanner_app.queries.policies.subjects import find_subject
from scanner_app.services.policies.waivers import add_waiver, withdraw_waiver
from scanner_app.storage.database import transact


@blueprint.post("/<code>/waivers")
@allow(Action.APPROVE)
def add(code: str) -> Response:
    """Waive a policy for one thing."""
    actor, form, today = require_actor(), request.form, today_here()

    def save(session: Session) -> None:
        errors: dict[str, list[str]] = {}
        until_on = read_day(form, "until_on", errors)
        if errors:
            raise Invalid("This waiver cannot be saved. Check the fields.", errors=errors)
        kind = form.get("subject_kind", "")
        if kind not in set(SubjectKind):
            text = "Choose one of the list."
            raise Invalid(text, errors={"subject_kind": [text]})
        name = form.get("subject", "")[:100]
        subject = find_subject(session, SubjectKind(kind), name)
        add_waiver(
            session,
            code=code,
            subject=subject,
            reason=form.get("reason", ""),
            until_on=until_on,
            today=today,
            actor=actor,
            now=g.now,
        )
        said = f"{get_policy(session, code).title}, {kind} {name.strip()}"
        note_change(session, Thing.WAIVER, Step.ADDED, said, {"until": ("", str(until_on))})

    try:
        transact(save)
    except (Invalid, Conflict, NotFound) as error:
        return show_policy(code, error, open_form="waiver")
    flash("Waived.", "ok")
    return redirect(f"/policies/{code}#waivers", 303)


@blueprint.post("/<code>/waivers/<id:waiver_id>/withdrawal")
@allow(Action.APPROVE)
def withdraw(code: str, waiver_id: int) -> Response:
    """Take a waiver back."""
    actor = require_actor()

    def save(session: Session) -> None:
        title = withdraw_waiver(session, code=code, waiver_id=waiver_id, actor=actor, now=g.now)
        note_change(session, Thing.WAIVER, Step.REVOKED, title)

    try:
        transact(save)
    except Conflict as error:
        return show_policy(code, error)
    flash("The waiver is withdrawn.", "ok")
    return redirect(f"/policies/{code}#waivers", 303)

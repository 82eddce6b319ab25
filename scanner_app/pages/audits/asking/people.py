"""Who is asked what they have, who answered, and asking them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from flask import flash, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.asking.attestation import ANSWERS, count_attested
from scanner_app.domain.audits.policy import attestation_of
from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.notices.asking import ask_with_settings, write_address
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.asking.attestation import list_answers, list_asked
from scanner_app.queries.audits.findings import list_findings
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.asking.attestation import Asked, revoke_link
from scanner_app.storage.database import reading, transact


@blueprint.get("/<id:audit_id>/attestations")
@allow(Action.RUN_AUDITS)
def show_people(audit_id: int) -> Response:
    """Show to whom something is assigned that the audit expects, and what they answered."""
    return _show(audit_id)


def _show(audit_id: int, *, links: Sequence[Asked] = (), errors: Sequence[str] = ()) -> Response:
    with reading() as session:
        audit = get_audit(session, audit_id)
        people = list_asked(session, audit_id)
        answers = list_answers(session, audit_id)
        findings = list_findings(session, audit_id, limit=None) if answers else []
    part, whole = count_attested(
        [(one.state.value, one.flags) for one in findings], attestation_of(audit.policy)
    )
    settings = current_settings()
    return page(
        "audits/attestations.html",
        status=422 if errors else 200,
        audit=audit,
        people=people,
        answers=answers,
        answer_rows=ANSWERS,
        part=part if audit.counting_ended_at else None,
        whole=whole,
        links=[(one, write_address(one.token)) for one in links if one.token],
        can_mail=bool(settings.smtp_url and settings.base_url),
        errors=errors,
        form=request.form,
    )


@blueprint.post("/<id:audit_id>/attestations")
@allow(Action.RUN_AUDITS)
def ask(audit_id: int) -> Response:
    """Ask people by e-mail, or show their links once, to be handed over."""
    form, actor, now = request.form, require_actor(), g.now
    try:
        chosen = [one for one in map(read_id, form.getlist("people")) if one is not None]
        asked = ask_with_settings(
            audit_id,
            people=None if form.get("who") == "all" else chosen,
            by_mail=form.get("by") == "mail",
            expires_at=_read_until(form),
            actor=actor,
            now=now,
        )
    except Invalid as error:
        return _show(audit_id, errors=error.texts)
    if form.get("by") != "mail":
        return _show(audit_id, links=asked)
    flash(f"{len(asked):,} {'person' if len(asked) == 1 else 'people'} asked by e-mail.", "ok")
    return redirect(f"/audits/{audit_id}/attestations", 303)


@blueprint.post("/<id:audit_id>/attestations/<id:person_id>/removal")
@allow(Action.RUN_AUDITS)
def withdraw(audit_id: int, person_id: int) -> Response:
    """End the link of a person; their answers stay."""
    actor, now = require_actor(), g.now
    transact(
        lambda session: revoke_link(
            session, audit_id=audit_id, person_id=person_id, actor=actor, now=now
        )
    )
    flash("The link does not work any more. What was answered stays.", "ok")
    return redirect(f"/audits/{audit_id}/attestations", 303)


def _read_until(form: MultiDict[str, str]) -> datetime | None:
    """Return the end of the last day on which answers are taken."""
    text = form.get("until", "").strip()
    if not text:
        return None
    try:
        last = date.fromisoformat(text)
        return datetime.combine(last + timedelta(days=1), time(), current_organisation().zone)
    except (ValueError, OverflowError):
        message = "Enter the day as 2026-12-31."
        raise Invalid(message, errors={"until": [message]}) from None

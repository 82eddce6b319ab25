"""Comments on a finding, and who clears up which findings until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits._page_filter import is_widened, read_filter
from scanner_app.pages.audits.reconciling import show_finding
from scanner_app.queries.audits.findings import list_finding_ids
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.reconciling.discuss import assign_findings, comment_on
from scanner_app.storage.database import reading, transact


@blueprint.post("/<id:audit_id>/findings/<id:finding_id>/comments")
@allow(Action.SCAN)
def comment(audit_id: int, finding_id: int) -> Response:
    """Add a comment to a finding."""
    actor, now = require_actor(), g.now
    with reading() as session:
        require_not_blind(get_audit(session, audit_id), actor)
    try:
        transact(
            lambda session: comment_on(
                session,
                audit_id=audit_id,
                finding_id=finding_id,
                text=request.form.get("text", ""),
                actor=actor,
                now=now,
            )
        )
    except Invalid as error:
        return show_finding(audit_id, finding_id, error.texts)
    return redirect(f"/audits/{audit_id}/findings/{finding_id}#comments", 303)


@blueprint.post("/<id:audit_id>/assignments")
@allow(Action.DECIDE_FINDINGS)
def assign(audit_id: int) -> Response:
    """Assign the chosen findings to somebody, or all that the filter leaves."""
    form, actor, now = request.form, require_actor(), g.now
    shown = read_filter(form)
    back = shown.link(audit_id, cursor=shown.cursor)
    if "one" in form:
        back = f"/audits/{audit_id}/findings/{read_id(form['one']) or 0}"

    def carry_out(session: Session) -> int:
        return assign_findings(
            session,
            audit_id=audit_id,
            finding_ids=_choose(session, audit_id, form),
            assignee_id=read_id(form.get("assignee")),
            due_on=_read_day(form.get("assign_due", "")),
            actor=actor,
            now=now,
        )

    try:
        count = transact(carry_out)
    except Invalid as error:
        flash(" ".join(error.texts), "error")
    else:
        what = "finding" if count == 1 else "findings"
        verb = "given" if form.get("assignee") else "given to nobody"
        flash(f"{count:,} {what} {verb}.", "ok")
    return redirect(back, 303)


def _choose(session: Session, audit_id: int, form: MultiDict[str, str]) -> Sequence[int]:
    """Return the findings that a form means.

    :raises Invalid: it means none, or all of a list that does not exist.
    """
    if "one" in form:
        return [read_id(form["one"]) or 0]
    if form.get("all") == "on":
        if is_widened(form):
            raise Invalid("This list does not exist. Open the audit again and choose from it.")
        return list_finding_ids(session, audit_id, read_filter(form).wanted)
    picked = [read_id(one) for one in form.getlist("finding")]
    if not picked:
        raise Invalid("Select at least one finding.")
    return [one or 0 for one in picked]


def _read_day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        message = "Enter the day as 2026-12-31."
        raise Invalid(message, errors={"due_on": [message]}) from None

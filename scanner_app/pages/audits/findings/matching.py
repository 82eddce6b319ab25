"""Match an unknown label with its asset, and undo a match."""

from __future__ import annotations

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits._page_filter import read_filter
from scanner_app.pages.audits.reconciling import show_finding
from scanner_app.services.audits.reconciling.match import match_label, unmatch_label
from scanner_app.storage.database import transact


@blueprint.post("/<id:audit_id>/findings/<id:finding_id>/match")
@allow(Action.DECIDE_FINDINGS)
def match(audit_id: int, finding_id: int) -> Response:
    """Match an unknown label with the asset that it belongs to."""
    form, actor, now = request.form, require_actor(), g.now
    try:
        transact(
            lambda session: match_label(
                session,
                audit_id=audit_id,
                finding_id=finding_id,
                asset_tag=form.get("asset", ""),
                becomes_code=form.get("becomes_code") == "on",
                note=form.get("note"),
                actor=actor,
                now=now,
            )
        )
    except Invalid as error:
        return show_finding(audit_id, finding_id, error.texts)
    flash("Matched. What was scanned of this label counts for the asset.", "ok")
    shown = read_filter(form)
    return redirect(shown.link(audit_id, cursor=shown.cursor), 303)


@blueprint.post("/<id:audit_id>/matches/<id:match_id>/removal")
@allow(Action.DECIDE_FINDINGS)
def undo_match(audit_id: int, match_id: int) -> Response:
    """Undo a match: the label is unknown again."""
    actor, now = require_actor(), g.now
    transact(
        lambda session: unmatch_label(
            session, audit_id=audit_id, match_id=match_id, actor=actor, now=now
        )
    )
    flash("Undone. The label is unknown again.", "ok")
    return redirect(f"/audits/{audit_id}", 303)

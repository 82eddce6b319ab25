"""Pictures for the record of an audit: added to a finding, and shown."""

from __future__ import annotations

from flask import Response, flash, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.edge.attachments.evidence import keep_evidence, send_evidence
from scanner_app.edge.audits.evidence import add_evidence_of
from scanner_app.edge.guard import allow, require_actor
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.reconciling import show_finding
from scanner_app.queries.audits.asking.pictures import require_picture
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.storage.database import reading, transact


@blueprint.post("/<id:audit_id>/findings/<id:finding_id>/evidence")
@allow(Action.SCAN)
def add_evidence(audit_id: int, finding_id: int) -> WerkzeugResponse:
    """Add a picture to a finding."""
    actor, now = require_actor(), g.now
    with reading() as session:
        require_not_blind(get_audit(session, audit_id), actor)
    upload = request.files.get("picture")
    data = upload.read() if upload is not None and upload.filename else b""
    try:
        if not data:
            raise Invalid("Choose a picture first.")
        picture, _symbols = keep_evidence(data, sender=actor.key)
        transact(
            lambda session: add_evidence_of(
                session,
                audit_id=audit_id,
                finding_id=finding_id,
                picture=picture,
                note=request.form.get("note", ""),
                condition=request.form.get("condition", ""),
                actor=actor,
                now=now,
            )
        )
    except Invalid as error:
        return show_finding(audit_id, finding_id, error.texts)
    flash("The picture is part of the record.", "ok")
    return redirect(f"/audits/{audit_id}/findings/{finding_id}#pictures", 303)


@blueprint.get("/<id:audit_id>/pictures/<string:sha256>.jpg")
@allow(Action.READ_AUDITS)
def show_picture(audit_id: int, sha256: str) -> Response:
    """Return a picture that was added to a finding or an answer of an audit."""
    with reading() as session:
        require_not_blind(get_audit(session, audit_id), require_actor())
        require_picture(session, audit_id, sha256)
    return send_evidence(sha256)

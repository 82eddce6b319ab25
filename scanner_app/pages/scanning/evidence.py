"""A picture of a thing whose label is unknown, sent by the scan page for the auditor."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from flask import Blueprint, Response, g, jsonify, request

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NoRoom, TooLarge, TooMany, Unavailable
from scanner_app.domain.numbers import read_id
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.state import current_settings
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.uploads import decode_upload
from scanner_app.pages.scanning.scan_form import check_scan, read_uuid
from scanner_app.pages.scanning.shelf import KEPT_SIDE, STATUS
from scanner_app.services.shelf.evidence import record_evidence
from scanner_app.storage.database import transact

blueprint = Blueprint("evidence", __name__, url_prefix="/scan/evidence")


@blueprint.post("")
@allow(Action.SCAN)
def record() -> tuple[Response, int]:
    """Record a sighting of an unknown label with its picture; the same picture only once."""
    actor, now, settings = require_actor(), g.now, current_settings()
    try:
        scan = _read_scan()
        upload = request.files["picture"].read() if "picture" in request.files else b""
        if not upload:
            raise Invalid("Take a picture first.")
        decoded = decode_upload(upload, keep_side=KEPT_SIDE)
        answer = transact(
            lambda session: record_evidence(
                session,
                shot_id=read_uuid(request.form.get("shot_id")) or uuid4(),
                upload=upload,
                decoded=decoded,
                scan=scan,
                actor=actor,
                now=now,
                skew=timedelta(seconds=settings.clock_skew_seconds),
                rules=tag_rules(),
                secret=settings.secret_key,
            )
        )
    except (Conflict, Invalid, TooLarge, NoRoom, TooMany, Unavailable) as error:
        return jsonify(message=error.message), STATUS.get(type(error), 409)
    if answer is not None:
        count_scans([answer])
    return jsonify(message="The auditor has the picture."), 200


def _read_scan() -> NewScan:
    """Return what the picture is of.

    :raises Invalid: a field cannot be used, or no audit is named: only an auditor looks at it.
    """
    form = request.form
    audit = read_id(form.get("audit"))
    if audit is None:
        raise Invalid("A picture of an unknown label belongs to an audit. Choose one.")
    return check_scan(
        {
            "scan_id": str(uuid4()),  # the picture's own id decides which scan this is
            "code": form.get("code", ""),
            "symbology": form.get("symbology") or None,
            "intent": Intent.SIGHTING.value,
            "scanned_at": g.now.isoformat(),
            "location": form.get("location", "").strip() or None,
            "audit": audit,
            "note": form.get("note", "").strip() or None,
        }
    )

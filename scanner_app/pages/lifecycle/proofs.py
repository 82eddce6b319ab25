"""What a form of a task's page sends as the proof of an item."""

from __future__ import annotations

from uuid import uuid4

from flask import g, request

from scanner_app.domain.errors import Conflict
from scanner_app.domain.lifecycle.checklists import Item, ItemType
from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.signatures.strokes import read_signature_form
from scanner_app.edge.attachments.keep import keep_upload
from scanner_app.edge.guard import require_actor
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.pages.scanning.scan_form import check_scan
from scanner_app.services.lifecycle.answers import Proof
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import transact


def read_proof(item: Item | None) -> Proof:
    """Return what this request sends to prove an item.

    :raises Invalid: the picture, the signature or the code cannot be used.
    :raises Conflict: the code was refused.
    """
    if item is None or request.form.get("tick") != "on":
        return Proof()
    match item.type:
        case ItemType.PHOTO:
            return Proof(picture=keep_upload(AttachmentKind.PICTURE))
        case ItemType.SIGNATURE:
            return Proof(signature=read_signature_form(request.form))
        case ItemType.SCAN:
            return _record_scan(request.form.get("code", ""))
        case _:
            return Proof(text=request.form.get("value", ""))


def _record_scan(code: str) -> Proof:
    """Record a look-up of a code that was scanned into the field, and return what it means."""
    now, actor = g.now, require_actor()
    scan = check_scan(
        {
            "scan_id": str(uuid4()),
            "code": code,
            "intent": Intent.LOOKUP.value,
            "scanned_at": now.isoformat(),
            "source": "wedge",
        }
    )
    rules = tag_rules()
    [answer] = transact(
        lambda session: record_scans(session, scans=[scan], actor=actor, now=now, rules=rules)
    )
    if answer.outcome is Outcome.REFUSED or answer.asset is None:
        raise Conflict(answer.message, code="not_the_asset")
    return Proof(scan_id=scan.scan_id, asset_tag=answer.asset.asset_tag)

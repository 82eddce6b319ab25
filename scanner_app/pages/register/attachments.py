"""Pictures and documents of an asset: adding them from its page, showing them, taking them off."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action, authorize
from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.register.attachments import ATTACHMENT_KINDS, AttachmentKind
from scanner_app.edge.attachments.keep import keep_upload, send_attachment
from scanner_app.edge.guard import allow, require_actor
from scanner_app.pages.register.assets import asset_path
from scanner_app.queries.register.assets import get_asset
from scanner_app.queries.register.attachments import get_attachment
from scanner_app.services.register.attachments import add_attachment, remove_attachment
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("attachments", __name__)


@blueprint.post("/assets/<path:asset_tag>/pictures")
@allow(Action.SCAN)
def add_picture(asset_tag: str) -> WerkzeugResponse:
    """Add a picture to an asset, or to its model."""
    to_model = request.form.get("of") == "model"
    if to_model:
        authorize(require_actor(), Action.EDIT_REGISTER)
    return _add(asset_tag, AttachmentKind.PICTURE, to_model=to_model, tab="")


@blueprint.post("/assets/<path:asset_tag>/documents")
@allow(Action.EDIT_REGISTER)
def add_document(asset_tag: str) -> WerkzeugResponse:
    """Add a document to an asset."""
    return _add(asset_tag, AttachmentKind.DOCUMENT, to_model=False, tab="?tab=documents")


def _add(asset_tag: str, kind: AttachmentKind, *, to_model: bool, tab: str) -> WerkzeugResponse:
    actor = require_actor()
    with reading() as session:
        tag = get_asset(session, asset_tag).asset_tag
    try:
        file = keep_upload(kind)
        transact(
            lambda s: add_attachment(
                s, asset_tag=tag, uuid=uuid4(), file=file, actor=actor, now=g.now, to_model=to_model
            )
        )
    except ScannerAppError as error:
        flash(error.message, "error")
    else:
        flash(f"{ATTACHMENT_KINDS[kind].label} added.", "ok")
    return redirect(f"{asset_path(tag)}{tab}", 303)


@blueprint.get("/attachments/<uuid:uuid>")
@allow(Action.READ_REGISTER)
def show(uuid: UUID) -> Response:
    """Return a picture, or a document as a download."""
    with reading() as session:
        row = get_attachment(session, uuid)
    return send_attachment(row)


@blueprint.get("/attachments/<uuid:uuid>/thumb.jpg")
@allow(Action.READ_REGISTER)
def show_thumb(uuid: UUID) -> Response:
    """Return the small picture of a file."""
    with reading() as session:
        row = get_attachment(session, uuid)
    return send_attachment(row, is_thumb=True)


@blueprint.post("/attachments/<uuid:uuid>/removal")
@allow(Action.EDIT_REGISTER)
def remove(uuid: UUID) -> WerkzeugResponse:
    """Take a file off its asset or model."""
    actor = require_actor()
    transact(lambda s: remove_attachment(s, uuid=uuid, actor=actor, now=g.now))
    flash("The file is removed.", "ok")
    tag = request.form.get("asset", "")
    return redirect(f"{asset_path(tag)}?tab=documents" if tag else "/assets", 303)

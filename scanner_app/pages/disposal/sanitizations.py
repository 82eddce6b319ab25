"""How a medium was erased: record it, verify it, accept it."""

from __future__ import annotations

from uuid import uuid4

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.disposal.levels import (
    DESTINATIONS,
    MEDIA,
    TECHNIQUES,
    Classification,
    Destination,
)
from scanner_app.domain.disposal.sanitizations import (
    RESULTS,
    VERIFICATIONS,
    SanitizationState,
)
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.edge.attachments.keep import keep_upload
from scanner_app.edge.disposal.accept import accept_and_certify
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.disposal._blueprint import blueprint
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.lifecycle.tasks import read_uuid
from scanner_app.pages.register.assets import asset_path
from scanner_app.queries.disposal.sanitizations import get_sanitization, list_sanitizations
from scanner_app.queries.register.assets import get_asset
from scanner_app.services.disposal.sanitizations import (
    list_unerased,
    read_sanitization,
    record_sanitization,
    verify_sanitization,
)
from scanner_app.storage.database import reading, transact


@blueprint.get("/assets/<path:asset_tag>/sanitizations/new")
@allow(Action.CHANGE_CUSTODY)
def show_new_sanitization(asset_tag: str) -> Response:
    """Show the form that records how a medium of an asset was erased."""
    return _show_new(asset_tag)


@blueprint.post("/assets/<path:asset_tag>/sanitizations/new")
@allow(Action.CHANGE_CUSTODY)
def record_new_sanitization(asset_tag: str) -> Response:
    """Record how a medium of an asset was erased."""
    actor, form = require_actor(), request.form
    try:
        new = read_sanitization(form)
        sent = request.files.get("file")
        picture = keep_upload(AttachmentKind.PICTURE) if sent and sent.filename else None
        number = transact(
            lambda s: record_sanitization(
                s,
                new,
                asset_tag=asset_tag,
                uuid=read_uuid(form.get("uuid", "")),
                actor=actor,
                now=g.now,
                picture=picture,
            )
        )
    except (Invalid, Conflict) as error:
        return _show_new(asset_tag, error)
    flash("Recorded. Another person verifies it.", "ok")
    return redirect(f"/sanitizations/{number}", 303)


def _show_new(asset_tag: str, error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        asset = get_asset(session, asset_tag)
        rows = list_sanitizations(session, asset.id)
        left = list_unerased(session, asset.id, Destination.REUSE)
    return page(
        "disposal/new_sanitization.html",
        asset=asset,
        path=asset_path(asset.asset_tag),
        rows=rows,
        left=left,
        media=[(medium.value, label) for medium, label in MEDIA.items()],
        techniques=[(one.value, row.label) for one, row in TECHNIQUES.items()],
        destinations=[(one.value, row.label) for one, row in DESTINATIONS.items()],
        needs=DESTINATIONS.values(),
        classifications=[(one.value, one.value.capitalize()) for one in Classification],
        new_uuid=uuid4,
        form=request.form,
        **describe_problem(error, conflict_field="form"),
    )


@blueprint.get("/sanitizations/<id:sanitization_id>")
@allow(Action.READ_REGISTER)
def show_sanitization(sanitization_id: int) -> Response:
    """Show one record: how a medium was erased, and who has to look at it next."""
    return _show(sanitization_id)


@blueprint.post("/sanitizations/<id:sanitization_id>/verification")
@allow(Action.CHANGE_CUSTODY)
def verify(sanitization_id: int) -> Response:
    """Verify that the technique was completed as it was meant."""
    actor, form = require_actor(), request.form
    try:
        state = transact(
            lambda s: verify_sanitization(
                s, form, sanitization_id=sanitization_id, actor=actor, now=g.now
            )
        )
    except (Invalid, Conflict) as error:
        return _show(sanitization_id, error)
    flash(f"{state.facts.label}. {state.facts.next_step}", "ok")
    return redirect(f"/sanitizations/{sanitization_id}", 303)


@blueprint.post("/sanitizations/<id:sanitization_id>/validation")
@allow(Action.CLOSE_DISPOSAL)
def validate(sanitization_id: int) -> Response:
    """Accept a verified record, or reject it with a reason."""
    actor, form = require_actor(), request.form
    try:
        transact(lambda s: accept_and_certify(s, sanitization_id, form, actor=actor))
    except (Invalid, Conflict) as error:
        return _show(sanitization_id, error)
    flash("Saved.", "ok")
    return redirect(f"/sanitizations/{sanitization_id}", 303)


def _show(sanitization_id: int, error: Invalid | Conflict | None = None) -> Response:
    actor = require_actor()
    with reading() as session:
        row = get_sanitization(session, sanitization_id)
    own = actor.doer_key
    is_own = own in {row.performed_by, row.verified_by}
    return page(
        "disposal/sanitization.html",
        row=row,
        path=asset_path(row.asset_tag),
        may_verify=row.state is SanitizationState.PERFORMED
        and actor.can(Action.CHANGE_CUSTODY)
        and not is_own,
        may_validate=row.state is SanitizationState.VERIFIED
        and actor.can(Action.CLOSE_DISPOSAL)
        and not is_own,
        is_own=is_own,
        verifications=[(one.value, label) for one, label in VERIFICATIONS.items()],
        results=[(one.value, facts.label) for one, facts in RESULTS.items()],
        form=request.form,
        **describe_problem(error, conflict_field="form"),
    )

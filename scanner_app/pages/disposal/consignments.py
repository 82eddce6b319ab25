"""Consignments: open one, sign its list, hand it over, compare the recipient's list, close it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.disposal.consignments import (
    CONSIGNMENT_STATES,
    ITEM_DECISIONS,
    MAX_LIST_BYTES,
    METHODS,
    NEEDS_PAPER,
    Confirmed,
    ConsignmentState,
    ListRefused,
    decode_list,
)
from scanner_app.domain.disposal.levels import Destination
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import say_money
from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.edge.attachments.keep import keep_upload
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.report_files import make_sealing
from scanner_app.edge.web import page
from scanner_app.pages.disposal._blueprint import blueprint
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.lifecycle.tasks import read_uuid
from scanner_app.queries.disposal.consignments import (
    get_consignment,
    list_consigned,
    list_papers,
    list_transfers,
)
from scanner_app.queries.disposal.lost import find_held_data, list_lost
from scanner_app.services.disposal.closing import close_consignment
from scanner_app.services.disposal.confirmation import add_document, confirm_list, decide_item
from scanner_app.services.disposal.consignments import (
    add_transfer,
    cancel_consignment,
    hand_over,
    open_consignment,
    reopen_list,
    sign_list,
    take_off,
)
from scanner_app.services.disposal.writing_off import add_lost
from scanner_app.storage.database import reading, transact


@blueprint.get("/consignments/new")
@allow(Action.DISPOSE)
def show_new_consignment() -> Response:
    """Show the form that opens a consignment."""
    return _show_new()


@blueprint.post("/consignments/new")
@allow(Action.DISPOSE)
def open_new_consignment() -> Response:
    """Open a consignment, and go to its page to pack it."""
    actor, form = require_actor(), request.form
    uuid = read_uuid(form.get("uuid", ""))
    try:
        number = transact(lambda s: open_consignment(s, form, uuid=uuid, actor=actor, now=g.now))
    except Invalid as error:
        return _show_new(error)
    return redirect(f"/consignments/C{number}", 303)


def _show_new(error: Invalid | None = None) -> Response:
    return page(
        "disposal/new_consignment.html",
        methods=[(one.value, label) for one, label in METHODS.items()],
        new_uuid=uuid4,
        form=request.form,
        **describe_problem(error),
    )


@blueprint.get("/consignments/<task>")
@allow(Action.READ_REGISTER)
def show_consignment(task: str) -> Response:
    """Show a consignment: what is in it, how far it is, and its next step."""
    return _show(task)


def _show(number: str, error: Invalid | Conflict | None = None) -> Response:
    actor = require_actor()
    with reading() as session:
        row = get_consignment(session, number)
        items = list_consigned(session, row.id)
        transfers = list_transfers(session, row.id)
        papers = list_papers(session, row.id)
        is_loss = row.method is Destination.WRITE_OFF
        lost = list_lost(session) if is_loss and row.state is ConsignmentState.PACKING else []
        held = find_held_data(session, [one.code for one in items]) if is_loss else {}
    own = actor.doer_key
    return page(
        "disposal/consignment.html",
        row=row,
        items=items,
        out=sum(one.out_at is not None for one in items),
        open_count=sum(
            one.confirmed in {Confirmed.MISSING, Confirmed.EXTRA}
            and not (one.decision and one.decision.facts.is_final)
            for one in items
        ),
        transfers=transfers,
        papers=papers,
        needs_paper=row.method in NEEDS_PAPER,
        is_packer=any(one.packed_by == own for one in items),
        is_loss=is_loss,
        lost=lost,
        held=held,
        has_sensitive=any(one.is_sensitive for kept in held.values() for one in kept),
        states=CONSIGNMENT_STATES,
        decisions=[(one.value, facts.label) for one, facts in ITEM_DECISIONS.items()],
        currency=current_organisation().currency,
        say_money=say_money,
        form=request.form,
        **describe_problem(error, conflict_field="form"),
    )


def _do(number: str, step: Callable[[Session], Any], said: str) -> Response:
    """Take a step and go back to the page; show what was wrong if it is refused."""
    try:
        transact(step)
    except (Invalid, Conflict) as error:
        return _show(number, error)
    flash(said, "ok")
    return redirect(f"/consignments/{number}", 303)


@blueprint.post("/consignments/<task>/readiness")
@allow(Action.APPROVE)
def sign(task: str) -> Response:
    """Freeze the list, as somebody who packed nothing of it."""
    actor, form = require_actor(), request.form
    return _do(task, lambda s: sign_list(s, task, actor=actor, now=g.now, values=form), "Signed.")


@blueprint.post("/consignments/<task>/losses")
@allow(Action.DISPOSE)
def list_losses(task: str) -> Response:
    """Put what two audits missed on the list of a write-off."""
    actor, tags = require_actor(), request.form.getlist("asset")
    return _do(task, lambda s: add_lost(s, task, tags, actor=actor, now=g.now), "Listed.")


@blueprint.post("/consignments/<task>/reopening")
@allow(Action.DISPOSE)
def reopen(task: str) -> Response:
    """Take a signed consignment back to packing."""
    actor = require_actor()
    return _do(
        task,
        lambda s: reopen_list(s, task, actor=actor, now=g.now),
        "It is being packed again, and has to be signed again.",
    )


@blueprint.post("/consignments/<task>/cancellation")
@allow(Action.DISPOSE)
def cancel(task: str) -> Response:
    """Cancel a consignment that has not left."""
    actor = require_actor()
    return _do(task, lambda s: cancel_consignment(s, task, actor=actor, now=g.now), "Cancelled.")


@blueprint.post("/consignments/<task>/items/<id:item_id>/removal")
@allow(Action.DISPOSE)
def remove_item(task: str, item_id: int) -> Response:
    """Take one thing off the list before it leaves."""
    actor, reason = require_actor(), request.form.get("reason", "")
    return _do(
        task,
        lambda s: take_off(s, task, item_id=item_id, reason=reason, actor=actor, now=g.now),
        "Taken off the list.",
    )


@blueprint.post("/consignments/<task>/handover")
@allow(Action.DISPOSE)
def give(task: str) -> Response:
    """Hand a signed consignment over."""
    actor, form = require_actor(), request.form
    return _do(task, lambda s: hand_over(s, task, form, actor=actor, now=g.now), "Handed over.")


@blueprint.post("/consignments/<task>/transfers")
@allow(Action.DISPOSE)
def pass_on(task: str) -> Response:
    """Add a further step of the chain of custody."""
    actor, form = require_actor(), request.form
    return _do(task, lambda s: add_transfer(s, task, form, actor=actor, now=g.now), "Added.")


@blueprint.post("/consignments/<task>/list")
@allow(Action.DISPOSE)
def compare(task: str) -> Response:
    """Compare the list that the recipient sent, as a file or as text."""
    actor, text = require_actor(), request.form.get("list", "")
    file = request.files.get("file")
    if file and file.filename:
        try:
            text = decode_list(file.read(MAX_LIST_BYTES + 1))
        except ListRefused as error:
            return _show(task, Invalid(str(error), errors={"list": [str(error)]}))
    return _do(task, lambda s: confirm_list(s, task, text, actor=actor, now=g.now), "Compared.")


@blueprint.post("/consignments/<task>/items/<id:item_id>")
@allow(Action.DISPOSE)
def decide(task: str, item_id: int) -> Response:
    """Decide a difference, or set what a thing brought."""
    actor, form = require_actor(), request.form
    return _do(
        task,
        lambda s: decide_item(s, task, item_id=item_id, values=form, actor=actor, now=g.now),
        "Saved.",
    )


@blueprint.post("/consignments/<task>/documents")
@allow(Action.DISPOSE)
def add_paper(task: str) -> Response:
    """Add a paper of the recipient: a PDF or a picture of it."""
    actor = require_actor()
    try:
        file = keep_upload(AttachmentKind.DOCUMENT)
    except Invalid as error:
        return _show(task, error)
    return _do(task, lambda s: add_document(s, task, file, actor=actor, now=g.now), "Added.")


@blueprint.post("/consignments/<task>/closure")
@allow(Action.CLOSE_DISPOSAL)
def close(task: str) -> Response:
    """Close a confirmed consignment, and seal its certificate."""
    actor, form = require_actor(), request.form
    organisation = current_organisation()
    return _do(
        task,
        lambda s: close_consignment(
            s,
            task,
            form,
            organization=organisation.organisation_name,
            currency=organisation.currency,
            today=today_here(),
            sealing=make_sealing(actor, g.now),
        ),
        f"{ConsignmentState.CLOSED.facts.label}. The certificate is sealed.",
    )

"""One hand-over at /h/NUMBER: what it says, what happened since, and its undo; and the list."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.circulation.terms import ACCEPTANCES
from scanner_app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from scanner_app.domain.numbers import read_id
from scanner_app.domain.stock.acts import name_unit, say_pieces
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.report_files import make_sealing
from scanner_app.edge.stockroom.links import write_link_url
from scanner_app.edge.stockroom.receipts import acceptance_json, receipt_json, receipt_pdf
from scanner_app.edge.stockroom.recording import void_now
from scanner_app.edge.web import page
from scanner_app.pages.register.labels import draw_code
from scanner_app.queries.register.assets import AssetFilter, list_assets
from scanner_app.queries.register.people import get_person
from scanner_app.queries.stock.moves import list_levels
from scanner_app.queries.stockroom.contested import list_contested
from scanner_app.queries.stockroom.handovers import (
    find_person,
    get_handover_by_number,
    list_handovers,
)
from scanner_app.queries.stockroom.kits import find_incomplete_of
from scanner_app.queries.stockroom.links import find_open_link
from scanner_app.services.files.signatures import load_signature
from scanner_app.services.stockroom.links import make_link, may_ask, withdraw_link
from scanner_app.services.stockroom.settle import settle_contested
from scanner_app.services.stockroom.void import may_void
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("handover_pages", __name__)

PAGE = 50
HELD = 500


@blueprint.get("/handovers")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show hand-overs, newest first, and what waits for a person."""
    before = read_id(request.args.get("before"))
    is_waiting = request.args.get("waiting") == "yes"
    at = g.now if is_waiting else None
    with reading() as session:
        rows = list_handovers(session, before_id=before, waiting_at=at, limit=PAGE + 1)
        contested = list_contested(session) if before is None and not is_waiting else []
    more = "waiting=yes&" if is_waiting else ""
    return page(
        "stockroom/list.html",
        handovers=rows[:PAGE],
        contested=contested,
        is_waiting=is_waiting,
        say_pieces=say_pieces,
        next_page=f"/handovers?{more}before={rows[PAGE - 1].id}" if len(rows) > PAGE else None,
    )


@blueprint.get("/h/<number>")
@allow(Action.READ_REGISTER)
def show(number: str) -> Response:
    """Show one hand-over. The address is printed on its receipt."""
    with reading() as session:
        row = get_handover_by_number(session, number)
        body = row.body
        person = find_person(session, row.person_id)
        signed = body.get("signature")
        signature = load_signature(session, signed["sha256"]) if signed else None
        link = find_open_link(session, row.id)
        answer = row.answer
        by_link = (answer.detail.get("signature") if answer else None) or {}
        answer_signature = load_signature(session, by_link["sha256"]) if by_link else None
    return page(
        "stockroom/handover.html",
        row=row,
        body=body,
        name_unit=name_unit,
        person=person,
        signature=signature,
        may_void=may_void(row, require_actor(), g.now),
        is_next=request.args.get("next") == "counter",
        link=link,
        link_url=write_link_url(link.id, row.handover_id) if link and link.is_open(g.now) else "",
        may_ask=may_ask(row),
        answer=answer,
        answer_by=by_link.get("by", ""),
        answer_signature=answer_signature,
        acceptances=ACCEPTANCES,
    )


@blueprint.get("/h/<number>/receipt.json")
@allow(Action.READ_REGISTER)
def send_json(number: str) -> Response:
    """Return the sealed document as a file."""
    with reading() as session:
        return receipt_json(get_handover_by_number(session, number))


@blueprint.get("/h/<number>/receipt.pdf")
@allow(Action.READ_REGISTER)
def send_pdf(number: str) -> Response:
    """Return the receipt as a PDF, on A4 unless `paper` says another."""
    with reading() as session:
        row = get_handover_by_number(session, number)
        return receipt_pdf(session, row, request.args.get("paper", "a4"))


@blueprint.get("/h/<number>/answer.json")
@allow(Action.READ_REGISTER)
def send_answer(number: str) -> Response:
    """Return the sealed answer of who got the things, as a file."""
    with reading() as session:
        return acceptance_json(get_handover_by_number(session, number))


@blueprint.get("/h/<number>/link.svg")
@allow(Action.CHANGE_CUSTODY)
def draw_link(number: str) -> WerkzeugResponse:
    """Draw the code that opens the link on the phone of who got the things.

    :raises NotFound: no link is open.
    """
    with reading() as session:
        row = get_handover_by_number(session, number)
        link = find_open_link(session, row.id)
    if link is None:
        raise NotFound("No link is open. Make one on the page of the hand-over.")
    return draw_code(write_link_url(link.id, row.handover_id))


@blueprint.post("/h/<number>/link")
@allow(Action.CHANGE_CUSTODY)
def change_link(number: str) -> WerkzeugResponse:
    """Make a link to accept the hand-over, or withdraw the open one."""
    sealing = make_sealing(require_actor(), g.now)
    with reading() as session:
        row = get_handover_by_number(session, number)
    try:
        if request.form.get("act") == "withdraw":
            transact(lambda session: withdraw_link(session, row.id, sealing))
            flash("The link opens nothing any more.", "ok")
        else:
            transact(lambda session: make_link(session, row.id, sealing).id)
            flash("The link is ready. It is sent by e-mail where an address is known.", "ok")
    except Conflict as error:
        flash(error.message, "error")
    return redirect(f"/h/{row.number}", 303)


@blueprint.get("/people/<path:ref>/statement")
@allow(Action.READ_REGISTER)
def show_statement(ref: str) -> Response:
    """Show all that a person holds, and every hand-over of theirs, to print or to keep."""
    with reading() as session:
        person = get_person(session, ref)
        held = list_assets(session, wanted=AssetFilter(custodian_id=person.id), limit=HELD)
        pieces = list_levels(session, person_id=person.id, limit=HELD).rows
        rows = list_handovers(session, person=person.id, limit=PAGE)
        kits = find_incomplete_of(session, person.id)
    return page(
        "stockroom/statement.html",
        person=person,
        assets=held.rows,
        kits=kits,
        has_more=held.next is not None,
        pieces=[level for level in pieces if level.quantity],
        name_unit=name_unit,
        handovers=rows,
        now=g.now,
    )


@blueprint.post("/contested/<id:contested_id>")
@allow(Action.CHANGE_CUSTODY)
def settle(contested_id: int) -> WerkzeugResponse:
    """Settle a scan whose answer does not hold: somebody found out who has the thing."""
    actor, note = require_actor(), request.form.get("note", "")
    try:
        transact(lambda s: settle_contested(s, contested_id, note=note, actor=actor, now=g.now))
    except (Invalid, Conflict) as error:
        flash(error.message, "error")
    else:
        flash("Settled.", "ok")
    return redirect("/handovers", 303)


@blueprint.post("/h/<number>/undo")
@allow(Action.CHANGE_CUSTODY)
def undo(number: str) -> WerkzeugResponse:
    """Undo a hand-over, but for things that changed hands again since."""
    with reading() as session:
        row = get_handover_by_number(session, number)
    try:
        lines = void_now(row.handover_id, require_actor(), g.now)
    except (Conflict, NotAllowed) as error:
        flash(error.message, "error")
        return redirect(f"/h/{row.number}", 303)
    kept = [one.message for one in lines if not one.is_voided]
    flash(f"{len(lines) - len(kept)} of {len(lines)} are undone.", "error" if kept else "ok")
    for message in kept:
        flash(message, "error")
    return redirect(f"/h/{row.number}", 303)

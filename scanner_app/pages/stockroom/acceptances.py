"""The page behind a link: a person reads what they got and its terms, and accepts or declines.

It opens without an account, and shows nothing but this one hand-over.
"""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from scanner_app.domain.signatures.strokes import read_signature_form
from scanner_app.domain.stock.acts import name_unit
from scanner_app.domain.stockroom.acceptance import LinkAnswer, list_asked
from scanner_app.domain.stockroom.new_handover import read_ticked
from scanner_app.edge.guard import allow, current_actor, public, require_actor
from scanner_app.edge.report_files import SOFTWARE
from scanner_app.edge.state import current_settings
from scanner_app.edge.stockroom.links import read_link, write_link_path
from scanner_app.edge.stockroom.receipts import receipt_json, receipt_pdf
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.stockroom.handovers import EventRow, HandoverRow, get_handover_by_row
from scanner_app.queries.stockroom.links import LinkRow, find_person_of, get_link
from scanner_app.services.files.signatures import load_signature
from scanner_app.services.stockroom.links import AnswerSealing, answer_link
from scanner_app.storage.database import reading, transact
from scanner_app.storage.keys import load_signing_key

blueprint = Blueprint("acceptances", __name__)


@blueprint.get("/accept/<token>")
@public
def show(token: str) -> Response:
    """Show the hand-over of a link. Opening it answers nothing: mail programs look ahead."""
    return _show(token)


@blueprint.post("/accept/<token>")
@public
def answer(token: str) -> WerkzeugResponse:
    """Accept or decline the hand-over of a link."""
    actor = current_actor()
    with reading() as session:
        link_id = _find(session, token)[0].id
    try:
        given = _read(actor.name if actor else "")
        sealing = AnswerSealing(g.now, load_signing_key(current_settings().instance_dir), SOFTWARE)
        transact(lambda session: answer_link(session, link_id, given, sealing))
    except (Invalid, Conflict) as error:
        return _show(token, error)
    return redirect(request.path, 303)


def _read(account: str) -> LinkAnswer:
    form = request.form
    if form.get("answer") == "decline":
        return LinkAnswer(False, reason=form.get("reason", ""), account=account)
    ticked = read_ticked(form.getlist("terms"))
    return LinkAnswer(True, read_signature_form(form), ticked, account=account)


def _show(token: str, error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        link, row = _find(session, token)
        body, told = row.body, _find_answer(link, row)
        signed = (told.detail.get("signature") if told else None) or {}
        signature = load_signature(session, signed["sha256"]) if signed else None
    return page(
        "stockroom/accept.html",
        token=token,
        row=row,
        body=body,
        name_unit=name_unit,
        link=link,
        asked=list_asked(body),
        is_open=link.is_open(g.now),
        answer=told,
        signed=signed,
        signature=signature,
        form=request.form,
        ticked=request.form.getlist("terms"),
        **describe_problem(error),
    )


@blueprint.get("/accept/<token>/receipt.pdf")
@public
def send_pdf(token: str) -> Response:
    """Return the receipt to who got the things."""
    with reading() as session:
        return receipt_pdf(session, _find_shown(session, token), "a4")


@blueprint.get("/accept/<token>/receipt.json")
@public
def send_json(token: str) -> Response:
    """Return the sealed hand-over to who got the things."""
    with reading() as session:
        return receipt_json(_find_shown(session, token))


def _find(session: Session, token: str) -> tuple[LinkRow, HandoverRow]:
    """Return a link and its hand-over.

    :raises NotFound: it is not one of our links.
    """
    link_id, handover_id = read_link(token)
    link = get_link(session, link_id)
    row = get_handover_by_row(session, link.handover_id)
    if row.handover_id != handover_id:
        raise NotFound("This link does not exist.")
    return link, row


def _find_answer(link: LinkRow, row: HandoverRow) -> EventRow | None:
    """Return what was answered by this link."""
    told = row.answer
    return told if told is not None and told.detail.get("link") == link.id else None


def _find_shown(session: Session, token: str) -> HandoverRow:
    """Return the hand-over of a link that shows it: an open one, or one that was answered.

    :raises NotFound: the link was withdrawn, or is too old. It may have reached the wrong person.
    """
    link, row = _find(session, token)
    if not link.is_open(g.now) and _find_answer(link, row) is None:
        raise NotFound("This link does not take an answer any more.")
    return row


@blueprint.get("/acceptances/<id:link_id>")
@allow(Action.READ_REGISTER)
def open_own(link_id: int) -> WerkzeugResponse:
    """Open the link of a hand-over to this account's person, from the bell.

    :raises NotAllowed: the hand-over is to somebody else.
    """
    actor = require_actor()
    with reading() as session:
        link = get_link(session, link_id)
        row = get_handover_by_row(session, link.handover_id)
        own = find_person_of(session, actor.user_id)
    if own is None or own != row.person_id:
        raise NotAllowed("This was handed to somebody else. Only they can accept it.")
    return redirect(write_link_path(link.id, row.handover_id), 303)

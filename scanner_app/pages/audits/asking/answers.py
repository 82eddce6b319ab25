"""The page on which a person says what they have. It works signed out, by a link that is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.audits.asking.attestation import ANSWERS, MAX_NOTE, Answered, make_token
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.numbers import read_id
from scanner_app.edge.attachments.evidence import keep_evidence
from scanner_app.edge.guard import public, require_actor, signed_in
from scanner_app.edge.state import current_settings, current_state
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.web import page
from scanner_app.pages.audits.holdings.reading import read_answer
from scanner_app.queries.audits.asking.attestation import find_user_link
from scanner_app.queries.audits.asking.labels import find_assets_of
from scanner_app.services.audits.asking.attestation import (
    GONE,
    Answer,
    OpenLink,
    answer_for,
    open_link,
)
from scanner_app.services.audits.asking.holdings import answer_held
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("attest", __name__, url_prefix="/attest")


@blueprint.get("/mine/<id:audit_id>")
@signed_in
def find_mine(audit_id: int) -> Response:
    """Go to the page of the person whose account this is."""
    with reading() as session:
        link = find_user_link(session, audit_id, require_actor().user_id)
    if link is None:
        raise NotFound(GONE)
    secret = current_settings().secret_key
    return redirect(f"/attest/{make_token(secret, audit_id, link.person_id, link.salt)}", 303)


@blueprint.get("/<token>")
@public
def show(token: str) -> Response:
    """Show a person's own things. A GET changes nothing: mail programs look ahead at links."""
    with reading() as session:
        opened = open_link(session, token=token, now=g.now)
    return _show(opened, token)


def _show(
    opened: OpenLink,
    token: str,
    *,
    errors: Sequence[str] = (),
    about: int | None = None,
    held_about: int | None = None,
) -> Response:
    answer = page(
        "audits/attest.html",
        status=422 if errors else 200,
        opened=opened,
        token=token,
        rows=list(ANSWERS.values()),
        answer_rows=ANSWERS,
        max_note=MAX_NOTE,
        errors=errors,
        about=about,
        held_about=held_about,
        form=request.form,
    )
    # The address is a secret: no other page is told of it, and nobody keeps a copy.
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<token>")
@public
def answer(token: str) -> Response:
    """Take the answer about one thing, or about all that are left."""
    with reading() as session:
        opened = open_link(session, token=token, now=g.now)
    current_state().answer_rates.spend(f"link:{opened.link_id}", 1)
    form, now = request.form, g.now
    if "holding" in form:
        return _answer_held(opened, token)
    about = read_id(form.get("thing"))
    is_all = form.get("thing") == "all"
    chosen = [one.finding_id for one in opened.left] if is_all else [about or 0]
    try:
        given = _read_answer(opened)
        count = transact(
            lambda session: answer_for(
                session, token=token, finding_ids=chosen, given=given, now=now
            )
        )
    except Invalid as error:
        return _show(opened, token, errors=error.texts, about=about)
    flash("Saved. Thank you." if count == 1 else f"Saved for {count:,} things. Thank you.", "ok")
    return redirect(f"/attest/{token}", 303)


def _answer_held(opened: OpenLink, token: str) -> Response:
    """Take the answer about what has no label: a licence, a cloud account, a data set."""
    now, about = g.now, read_id(request.form.get("holding")) or 0
    try:
        given = read_answer(request.form)
        transact(
            lambda session: answer_held(
                session, token=token, holding_id=about, given=given, now=now
            )
        )
    except Invalid as error:
        return _show(opened, token, errors=error.texts, held_about=about)
    flash("Saved. Thank you.", "ok")
    return redirect(f"/attest/{token}", 303)


def _read_answer(opened: OpenLink) -> Answer:
    """Return the answer of the form, with its picture kept and read.

    :raises Invalid: nothing is chosen, or the picture cannot be read.
    """
    try:
        chosen = Answered(request.form.get("answer", ""))
    except ValueError:
        text = "Choose one of the answers."
        raise Invalid(text, errors={"answer": [text]}) from None
    note = request.form.get("note", "")
    upload = request.files.get("picture")
    data = upload.read() if upload is not None and upload.filename else b""
    if not data or request.form.get("thing") == "all":
        return Answer(chosen, note)
    picture, symbols = keep_evidence(data, sender=opened.holder.key)
    with reading() as session:
        texts = [(one.text, one.symbology) for one in symbols]
        labels = find_assets_of(session, texts, rules=tag_rules(), now=g.now)
    return Answer(chosen, note, picture, labels)

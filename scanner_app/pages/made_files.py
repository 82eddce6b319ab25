"""Files that are too large for a request: offered, put in line, shown as they grow, and fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import authorize
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.files.made import (
    FORMS,
    MADE_KINDS,
    MAX_ADDRESS,
    MadeForm,
    MadeKind,
    MadeState,
    find_line,
)
from scanner_app.domain.jobs import SILENCE
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import require_actor, signed_in
from scanner_app.edge.made_files.asking import put_in_line, send_if_small
from scanner_app.edge.made_files.keeping import made_response
from scanner_app.edge.made_files.makers import TABLE_KINDS, require_rights
from scanner_app.edge.web import page
from scanner_app.queries.jobs import find_worker_seen
from scanner_app.queries.made_files import MadeFileRow, get_made_file, list_made_files
from scanner_app.services.jobs.made_files import FileWish
from scanner_app.storage.database import reading

blueprint = Blueprint("made_files", __name__, url_prefix="/files")

MAX_SHOWN = 50
MAX_CODES_TEXT = 200_000


def send_or_offer(wish: FileWish) -> Response:
    """Send a file at once if it is small, else a page that offers to have it made.

    The file is made by a POST: a GET that is repeated or fetched ahead must begin no work.

    :raises Invalid, NotFound, NotAllowed: as `send_if_small`.
    """
    sent = send_if_small(wish)
    if sent is not None:
        return sent
    with reading() as session:
        made = list_made_files(session, user_id=require_actor().user_id or 0, limit=MAX_SHOWN)
    same = [
        one for one in made
        if (one.kind, one.form, one.params) == (wish.kind, wish.form, dict(wish.params))
    ]  # fmt: skip
    return page(
        "files/offer.html",
        wish=wish,
        fields=_write_fields(wish.params),
        line=find_line(wish.kind, wish.form),
        rows=MADE_KINDS[wish.kind].rows,
        same=[one for one in same if one.state is not MadeState.FAILED],
    )


def _write_fields(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a file is made of as the fields of a form."""
    if "audit" in params:
        return [("audit", str(params["audit"]))]
    return [(f"at.{name}", text) for name, text in params.get("address", {}).items()]


@blueprint.get("")
@signed_in
def show_list() -> Response:
    """Show the files that this person asked for."""
    with reading() as session:
        made = list_made_files(session, user_id=require_actor().user_id or 0, limit=MAX_SHOWN)
    is_busy = any(one.facts.is_open for one in made)
    return page("files/list.html", block="files", files=made, is_busy=is_busy)


@blueprint.post("")
@signed_in
def ask() -> Response:
    """Put a file in line, and lead to its page."""
    try:
        made_id = put_in_line(_read_wish(request.form))
    except Conflict as error:
        with reading() as session:
            made = list_made_files(session, user_id=require_actor().user_id or 0, limit=MAX_SHOWN)
        return page("files/list.html", files=made, is_busy=True, problem=error.message, status=409)
    return redirect(f"/files/{made_id}", 303)


def _read_wish(form: MultiDict[str, str]) -> FileWish:
    """Return what a form asks for.

    :raises Invalid: a field cannot be used.
    """
    try:
        kind, ending = MadeKind(form.get("kind", "")), MadeForm(form.get("form", ""))
    except ValueError:
        raise Invalid("This file cannot be made. Start again from the list.") from None
    authorize(require_actor(), MADE_KINDS[kind].action)
    title = f"{MADE_KINDS[kind].label} as {FORMS[ending].label}"
    if kind in TABLE_KINDS:
        address = {n.removeprefix("at."): t for n, t in form.items() if n.startswith("at.")}
        if sum(map(len, (*address, *address.values()))) > MAX_ADDRESS:
            raise Invalid("This list has too long an address. Start again from the list.")
        return FileWish(kind, ending, {"address": address}, title)
    audit_id = read_id(form.get("audit"))
    if kind is MadeKind.LABELS or audit_id is None:
        raise Invalid("This file cannot be made from here. Start again from its page.")
    return wish_of_audit(kind, ending, audit_id)


def wish_of_audit(kind: MadeKind, form: MadeForm, audit_id: int) -> FileWish:
    """Return a file of an audit as a wish."""
    title = f"{MADE_KINDS[kind].label} {audit_id} as {FORMS[form].label}"
    params: dict[str, Any] = {"audit": audit_id}
    if kind is MadeKind.EVENTS:
        params["host_url"] = request.host_url
    return FileWish(kind, form, params, title)


@blueprint.get("/<id:made_id>")
@signed_in
def show(made_id: int) -> Response:
    """Show how far a file is, or where it is fetched."""
    made, is_served = _load(made_id)
    return page("files/file.html", block="file", file=made, is_served=is_served)


@blueprint.get("/<id:made_id>/content")
@signed_in
def download(made_id: int) -> Response:
    """Send a file that is ready."""
    made, _ = _load(made_id)
    if made.state is not MadeState.READY:
        raise NotFound("This file is not ready yet. Its page says how far it is.")
    return made_response(made)


def _load(made_id: int) -> tuple[MadeFileRow, bool]:
    """Return a file of this person, and whether a worker runs that could make it.

    :raises NotFound: it is not there, or another person's.
    :raises NotAllowed: the person may no longer have it.
    """
    actor = require_actor()
    with reading() as session:
        made = get_made_file(session, made_id, user_id=actor.user_id or 0)
        require_rights(session, made.kind, made.params, actor)
        seen = find_worker_seen(session)
    return made, seen is not None and g.now - seen < SILENCE

"""The page behind the bell: what a person was told, to read, to open and to take on."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.errors import Conflict, NotAllowed
from scanner_app.domain.notices.kinds import NOTICES, NoticeKind, find_link
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import require_actor, signed_in
from scanner_app.edge.web import page
from scanner_app.queries.notices.bell import list_bell
from scanner_app.services.notices import read
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("notices", __name__, url_prefix="/notices")

SHOWN = 30


def own_user_id() -> int:
    """Return the user who is signed in.

    :raises NotAllowed: a token asks, which has no bell.
    """
    actor = require_actor()
    if actor.user_id is None:
        raise NotAllowed("A token does not have notices.")
    return actor.user_id


@blueprint.get("")
@signed_in
def show() -> Response:
    """Show the person's notices, newest first: those not read yet, or all."""
    view = "all" if request.args.get("show") == "all" else "unread"
    kind = request.args.get("kind", "")
    with reading() as session:
        rows = list_bell(
            session,
            user_id=own_user_id(),
            limit=SHOWN + 1,
            before=read_id(request.args.get("before")),
            only_unread=view == "unread",
            kind=NoticeKind(kind) if kind in NOTICES else None,
        )
    shown = rows[:SHOWN]
    return page(
        "notices/bell.html",
        rows=shown,
        view=view,
        kind=kind,
        kinds=[(one.value, row.label) for one, row in NOTICES.items()],
        newest=shown[0].id if shown else None,
        next=_address(view, kind, shown[-1].id) if len(rows) > SHOWN else None,
    )


@blueprint.post("/<id:notice_id>/open")
@signed_in
def open_notice(notice_id: int) -> Response:
    """Mark a notice as read and go to what it is about. No GET: looking ahead must read nothing."""
    user_id, now = own_user_id(), g.now

    def work(session: Session) -> str:
        notice = read.read_notice(session, notice_id=notice_id, user_id=user_id, now=now)
        return find_link(notice.kind, notice.params)

    return redirect(transact(work), 303)


@blueprint.post("/<id:notice_id>/read")
@signed_in
def read_one(notice_id: int) -> Response:
    """Mark a notice as read."""
    user_id, now = own_user_id(), g.now
    transact(lambda s: read.read_notice(s, notice_id=notice_id, user_id=user_id, now=now))
    return _back()


@blueprint.post("/read")
@signed_in
def read_all() -> Response:
    """Mark as read all that the person saw."""
    user_id, now = own_user_id(), g.now
    up_to = read_id(request.form.get("up_to"))
    if up_to is not None:
        transact(lambda session: read.read_all(session, user_id=user_id, up_to=up_to, now=now))
    return _back()


@blueprint.post("/<id:notice_id>/taken")
@signed_in
def take(notice_id: int) -> Response:
    """Take a notice on, or leave it to the others again."""
    user_id, now = own_user_id(), g.now
    try:
        if request.form.get("act") == "leave":
            transact(lambda s: read.give_back(s, notice_id=notice_id, user_id=user_id))
        else:
            transact(lambda s: read.take_notice(s, notice_id=notice_id, user_id=user_id, now=now))
    except Conflict as error:
        flash(error.message, "error")
    return _back()


def _back() -> Response:
    """Go back to the list as it was shown."""
    kind = request.form.get("kind", "")
    return redirect(_address(request.form.get("show", ""), kind if kind in NOTICES else ""), 303)


def _address(view: str, kind: str, before: int | None = None) -> str:
    parts = [
        *(["show=all"] if view == "all" else []),
        *([f"kind={kind}"] if kind else []),
        *([f"before={before}"] if before is not None else []),
    ]
    return f"/notices?{'&'.join(parts)}" if parts else "/notices"

"""The page behind "Stop these e-mails": it works signed out, and by one press (RFC 8058)."""

from __future__ import annotations

from flask import Blueprint, g
from werkzeug.wrappers import Response

from scanner_app.domain.notices.kinds import NOTICES
from scanner_app.edge.guard import public
from scanner_app.edge.notices.sending import Stop, read_stop
from scanner_app.edge.web import page
from scanner_app.services.notices import stops
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("notice_stop", __name__, url_prefix="/notices/stop")


@blueprint.get("/<token>")
@public
def ask(token: str) -> Response:
    """Show what the link stops. A GET stops nothing: mail programs look ahead at links."""
    return _show(read_stop(token), token, is_done=False)


@blueprint.post("/<token>")
@public
def stop(token: str) -> Response:
    """Stop it. Mail programs post here by themselves when somebody presses their button."""
    wanted, now = read_stop(token), g.now
    if wanted.user_id is not None:
        user_id = wanted.user_id
        transact(lambda session: stops.stop_kind(session, user_id=user_id, kind=wanted.kind))
    elif wanted.person_id is not None:
        person_id = wanted.person_id
        transact(lambda session: stops.stop_person(session, person_id=person_id, now=now))
    return _show(wanted, token, is_done=True)


def _show(wanted: Stop, token: str, *, is_done: bool) -> Response:
    with reading() as session:
        address = stops.name_receiver(session, user_id=wanted.user_id, person_id=wanted.person_id)
    return page(
        "notices/stop.html",
        token=token,
        address=address,
        kind=NOTICES[wanted.kind].label,
        is_user=wanted.user_id is not None,
        is_done=is_done,
    )

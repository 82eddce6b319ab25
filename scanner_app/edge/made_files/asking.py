"""A file that somebody asks for: sent at once if it is small, else put in line for the worker."""

from __future__ import annotations

from datetime import datetime

from flask import Response, g
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import authorize
from scanner_app.domain.errors import Invalid
from scanner_app.domain.files.made import FORMS, MADE_KINDS, find_line
from scanner_app.edge.guard import require_actor
from scanner_app.edge.made_files.makers import Making, count_wish, require_form, write_wish
from scanner_app.edge.report_files import send_written
from scanner_app.edge.state import require_room
from scanner_app.services.jobs.made_files import FileWish, ask_for_file
from scanner_app.storage.database import reading, transact

MAX_COUNTED = 10_000_000


def send_if_small(wish: FileWish) -> Response | None:
    """Return a file as a download; None if it is so large that a job is to make it.

    :raises Invalid, NotFound, NotAllowed: as `write_wish`.
    """
    require_form(wish.kind, wish.form)
    now, actor = g.now, require_actor()
    line = find_line(wish.kind, wish.form)
    with reading(fresh=False) as session:
        if count_wish(session, wish, now=now, most=line + 1) > line:
            return None
    response = send_written(
        lambda session, file: write_wish(wish, Making(session, actor, now), file),
        FORMS[wish.form].media_type,
        fresh=False,
    )
    # Caches would keep a file and ask again. This may be the whole register.
    response.headers["Cache-Control"] = "no-store"
    return response


def put_in_line(wish: FileWish) -> int:
    """Put a file in line for the worker, and return its number.

    :raises Invalid, NotFound: what it is made of cannot be read, or is not there.
    :raises NotAllowed: the person may not have such a file.
    :raises Conflict: too many files of this person are under way.
    :raises NoRoom: the disk is nearly full.
    """
    require_form(wish.kind, wish.form)
    actor = authorize(require_actor(), MADE_KINDS[wish.kind].action)
    require_room()
    now: datetime = g.now
    user_id = actor.user_id
    if user_id is None:
        raise Invalid("Sign in to have a file made: it is kept for a person.")

    def ask(session: Session) -> int:
        rows = count_wish(session, wish, now=now, most=MAX_COUNTED)
        return ask_for_file(session, wish, user_id=user_id, rows=rows, now=now)

    return transact(ask)

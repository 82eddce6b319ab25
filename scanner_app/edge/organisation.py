"""The organisation's settings in force, for the request or command that is being worked on."""

from __future__ import annotations

import logging
from datetime import date

from flask import g
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Unavailable
from scanner_app.domain.settings import Organisation
from scanner_app.edge.state import current_state
from scanner_app.storage.database import db

log = logging.getLogger(__name__)


def look_at_organisation(session: Session | Connection) -> Organisation:
    """Read the settings in force with an open session, and keep them for this request."""
    found = g.organisation = current_state().organisation.look(session)
    return found


def current_organisation() -> Organisation:
    """Return the settings in force.

    Where no request has read them yet, a separate connection does: a transaction may be open. If
    the database does not answer, they are those that this worker saw last.
    """
    found: Organisation | None = g.get("organisation")
    if found is not None:
        return found
    try:
        with db.engine.connect() as connection:
            return look_at_organisation(connection)
    except (DBAPIError, PoolTimeout, Unavailable) as error:
        log.warning("settings as seen last: the database does not answer", exc_info=error)
        return current_state().organisation.recall()


def today_here() -> date:
    """Return the day that it is for the organisation."""
    day: date = g.now.astimezone(current_organisation().zone).date()
    return day


def forget_organisation() -> None:
    """Read the settings again the next time: this request changed them, or a long work goes on."""
    g.pop("organisation", None)

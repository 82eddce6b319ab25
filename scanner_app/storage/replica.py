"""A read replica of PostgreSQL: what may be seconds old is read there, and scans have the primary.

A page never shows less than the person who opens it has written: the place in the primary's log
after that person's last write is kept in their browser, and a replica that is not there yet is
passed over.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app, g, has_request_context
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

# In seconds. What a page waits for a replica to catch up, and between two looks.
MAX_WAIT, STEP = 0.05, 0.005
# One that is away, or older than this, is not asked again for a while.
MAX_AGE = timedelta(seconds=60)
REST = 10.0
EXTENSION = "scanner_replica"
WRITTEN = "scanner_written"
IS_NEW = "scanner_written_now"
AS_OF = "as_of"
_WHERE_NOW = text("SELECT pg_current_wal_insert_lsn()::text")
_LOOK = text(
    "SELECT pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn), pg_last_xact_replay_timestamp()"
)
NOTHING_WRITTEN = "0/0"
BEYOND = "FFFFFFFF/FFFFFFFF"  # further than any replica is


@dataclass(slots=True)
class Replica:
    """The replica of one process. `rest_until` is by the monotonic clock."""

    make_engine: Callable[[], Engine]
    engine: Engine | None = None
    rest_until: float = 0.0

    def open(self, written: str) -> tuple[Session, datetime] | None:
        """Return a session on the replica, and the time of the newest change that it has.

        :param written: how far the log of the primary was after the last write that must be seen.
        :return: None if it is away, older than `MAX_AGE` or not that far within `MAX_WAIT`.
        """
        if time.monotonic() < self.rest_until:
            return None
        session = self._connect()
        try:
            as_of = _catch_up(session, written)
        except (DBAPIError, _Unusable) as error:
            log.warning("the replica is passed over: it %s", _say(error))
            self.rest_until = time.monotonic() + REST
            as_of = None
        if as_of is None:
            session.close()
            return None
        return session, as_of

    def find_trouble(self) -> str:
        """Return why the replica cannot be used, as the end of a sentence; empty if it can."""
        with self._connect() as session:
            try:
                _catch_up(session, NOTHING_WRITTEN)
            except (DBAPIError, _Unusable) as error:
                return _say(error)
        return ""

    def _connect(self) -> Session:
        self.engine = self.engine or self.make_engine()
        return Session(self.engine)


class _Unusable(Exception):
    """A replica that answers and cannot be used. The text ends a sentence."""


def _say(error: DBAPIError | _Unusable) -> str:
    if isinstance(error, _Unusable):
        return str(error)
    return f"does not answer: {str(error.orig).partition(chr(10))[0]}"


def _catch_up(session: Session, written: str) -> datetime | None:
    """Return the time of the newest change of a replica that has all that was written.

    :return: None if it is not that far within `MAX_WAIT`.
    :raises _Unusable: it follows nothing, or is older than `MAX_AGE`.
    """
    until = time.monotonic() + MAX_WAIT
    while True:
        is_there, as_of = session.execute(_LOOK, {"written": written}).one()
        if is_there is None:
            raise _Unusable("follows nothing: its setting names a database that is written")
        # It has no time before the first change that it took in.
        if isinstance(as_of, datetime) and datetime.now(UTC) - as_of > MAX_AGE:
            raise _Unusable(f"has nothing newer than {as_of:%Y-%m-%d %H:%M:%S} UTC")
        if is_there:
            return as_of if isinstance(as_of, datetime) else None
        session.rollback()
        if time.monotonic() >= until:
            return None
        time.sleep(STEP)  # it does not say when it is there


def open_replica() -> Session | None:
    """Return a session on the replica for this request, None if the primary has to be read."""
    replica: Replica | None = current_app.extensions.get(EXTENSION)
    if replica is None or not has_request_context():
        return None
    found = replica.open(g.get(WRITTEN) or NOTHING_WRITTEN)
    if found is None:
        return None
    session, as_of = found
    setattr(g, AS_OF, as_of)
    return session


def note_written(session: Session) -> None:
    """Remember how far the log of the primary is, after what this request wrote."""
    if EXTENSION not in current_app.extensions or not has_request_context():
        return
    try:
        written = session.scalar(_WHERE_NOW)
        session.rollback()
    except DBAPIError as error:
        # What was written is committed, and the person who wrote it must not be told otherwise.
        log.warning("how far was written is not known: %s", str(error.orig).partition("\n")[0])
        session.rollback()
        written = BEYOND
    setattr(g, WRITTEN, written)
    setattr(g, IS_NEW, True)

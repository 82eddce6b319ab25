"""Whether this server's own clock can be right: looked at when it starts and then each minute."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scanner_app.domain.scanning.clocks import Clock
from scanner_app.edge.state import current_settings, current_state
from scanner_app.queries.scanning.server_clock import read_clock
from scanner_app.storage.database import db

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


def look_at_clock(now: datetime) -> Clock:
    """Return what the log says of our clock now. It uses a separate connection."""
    skew = timedelta(seconds=current_settings().clock_skew_seconds)
    with db.engine.connect() as connection:
        clock = read_clock(connection, now=now, skew=skew)
    if clock.is_wrong:
        log.error("wrong clock: ours says %s, the newest record %s", now, clock.newest)
    return clock


def is_clock_wrong(now: datetime) -> bool:
    """Return whether our clock was wrong when it was looked at last, at most a minute ago."""
    watch = current_state().clock
    if watch.looked_at is None or time.monotonic() - watch.looked_at >= LOOK_EVERY_S:
        watch.looked_at = time.monotonic()
        try:
            watch.is_wrong = look_at_clock(now).is_wrong
        except (DBAPIError, PoolTimeout):
            log.warning("the clock was not compared: the database does not answer")
    return watch.is_wrong

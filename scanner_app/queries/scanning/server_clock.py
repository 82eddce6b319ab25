"""What the log says about the server's own clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from scanner_app.domain.scanning.clocks import Clock
from scanner_app.models import Scan

# How many of the newest scans are asked whether their devices agree with us.
_ASKED = 50
_NEWEST = select(func.max(Scan.recorded_at))


def read_clock(connection: Connection, *, now: datetime, skew: timedelta) -> Clock:
    """Return what is known of our clock: one step into an index, unless the log is ahead of us."""
    newest = connection.scalar(_NEWEST)
    if newest is None or newest <= now + skew:
        return Clock(now, skew, newest)
    rows = connection.execute(
        select(Scan.scanned_at, Scan.recorded_at).order_by(Scan.id.desc()).limit(_ASKED)
    ).all()
    # A page without script sends our own time back to us: that is not a second witness.
    offsets = [
        scanned - recorded
        for scanned, recorded in rows
        if recorded <= now + skew and scanned != recorded
    ]
    agreeing = sum(abs(offset) <= skew for offset in offsets)
    ahead = sum(offset > skew for offset in offsets)
    return Clock(now, skew, newest, agreeing, ahead)

"""Whose clock is believed: a scan has a time by its device and one by the server.

Normally the server's clock is right and a device may run ahead by the allowed skew. A server whose
log holds records from its own future has, or had, a wrong clock. Until the devices show that it is
right again, their times are believed and the server's is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# No device scanned before this: a clock that was never set says 1970.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# How far after our newest record a device's time is believed while our own clock is not.
MAX_GAP = timedelta(days=366)
# How many of the newest scans by devices must agree with us before we believe ourselves again.
MIN_AGREEING = 3


@dataclass(frozen=True, slots=True)
class Clock:
    """What the server knows about the clock that it runs on.

    :param newest: the newest time in the log, None if the log is empty.
    :param agreeing: how many of the newest scans came from devices that show our time.
    :param ahead: how many came from devices whose time is ahead of ours.
    """

    now: datetime
    skew: timedelta
    newest: datetime | None = None
    agreeing: int = 0
    ahead: int = 0

    @property
    def is_wrong(self) -> bool:
        """Return whether our time cannot be right, or was not when the newest record was made."""
        if self.newest is None or self.newest <= self.now + self.skew:
            return False
        return self.agreeing < MIN_AGREEING or self.agreeing <= self.ahead

    @property
    def latest(self) -> datetime:
        """Return the latest time that is believed; what is later was a wrong clock's."""
        if self.is_wrong and self.newest is not None:
            return self.newest + MAX_GAP
        return self.now + self.skew


class Placed(NamedTuple):
    """When a scan takes effect.

    :param is_suspect: the device's claim was not believed.
    :param is_fresh: it arrived within the allowed skew of being made, so the order in which scans
        get the lock is a better witness than two clocks that differ by seconds.
    """

    at: datetime
    is_suspect: bool
    is_fresh: bool


def place_in_time(claimed: datetime, clock: Clock) -> Placed:
    """Return when a scan takes effect by its device's claim and the server's clock."""
    now = clock.now
    if clock.is_wrong and clock.newest is not None:
        now = clock.newest
    if not EARLIEST <= claimed <= clock.latest:
        return Placed(now, is_suspect=True, is_fresh=True)
    return Placed(claimed, is_suspect=False, is_fresh=claimed >= now - clock.skew)

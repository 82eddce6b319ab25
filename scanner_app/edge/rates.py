"""How much one sender may bring in a minute, counted in each web worker.

A bucket for each: it holds a minute's worth, and fills up as time goes on. A sender that was
away for long may so bring what it kept, and then goes on at its pace.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from scanner_app.domain.errors import TooMany

MINUTE_S = 60.0
MOST_SENDERS = 1000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """The buckets of one worker."""

    def __init__(self, per_minute: int) -> None:
        """:param per_minute: how many a sender may bring; 0 is no limit."""
        self._per_minute = per_minute
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def spend(self, sender: str, amount: int, *, at: float | None = None) -> None:
        """Take so many out of a sender's bucket.

        A batch that is larger than what a bucket holds passes when it is full, or it never would.

        :param at: seconds of a clock that never goes back; None for now.
        :raises TooMany: there are not so many left; says in how many seconds there will be.
        """
        if not self._per_minute:
            return
        now = time.monotonic() if at is None else at
        pace = self._per_minute / MINUTE_S
        with self._lock:
            self._forget_full(now, pace)
            bucket = self._buckets.setdefault(sender, _Bucket(self._per_minute, now))
            bucket.left = min(self._per_minute, bucket.left + (now - bucket.at) * pace)
            bucket.at = now
            wanted = min(amount, self._per_minute)
            if bucket.left < wanted:
                raise TooMany(
                    f"More than {self._per_minute:,} in a minute. Send them again later: "
                    "nothing of this batch was recorded.",
                    retry_after=math.ceil((wanted - bucket.left) / pace),
                )
            bucket.left -= wanted

    def _forget_full(self, now: float, pace: float) -> None:
        if len(self._buckets) < MOST_SENDERS:
            return
        self._buckets = {
            sender: bucket
            for sender, bucket in self._buckets.items()
            if bucket.left + (now - bucket.at) * pace < self._per_minute
        }

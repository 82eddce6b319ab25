"""How much one sender may send in a minute, counted in each web worker.

Each sender has a bucket that holds a minute's worth and refills over time. A sender that was away
may send what it has kept at once, and then continues at the set pace.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from scanner_app.domain.errors import TooMany

MINUTE_S = 60.0
MAX_SENDERS = 1000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """The buckets of one web worker."""

    def __init__(self, per_minute: int, unit: str = "") -> None:
        """:param per_minute: how many a sender may send; 0 means no limit."""
        self._unit = f" {unit}" if unit else ""
        self._per_minute = per_minute
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def spend(self, sender: str, amount: int, *, at: float | None = None) -> None:
        """Take an amount out of a sender's bucket.

        A batch larger than a whole bucket is allowed when the bucket is full; otherwise it could
        never be sent.

        :param at: seconds of a clock that never goes back; None means now.
        :raises TooMany: not enough is left. `retry_after` says when it will be, in seconds.
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
                    f"More than {self._per_minute:,}{self._unit} in a minute. Nothing of "
                    "what you sent was recorded. Send it again later.",
                    retry_after=math.ceil((wanted - bucket.left) / pace),
                )
            bucket.left -= wanted

    def _forget_full(self, now: float, pace: float) -> None:
        if len(self._buckets) < MAX_SENDERS:
            return
        self._buckets = {
            sender: bucket
            for sender, bucket in self._buckets.items()
            if bucket.left + (now - bucket.at) * pace < self._per_minute
        }

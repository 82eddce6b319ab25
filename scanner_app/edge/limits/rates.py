"""How much one sender may send in a minute.

Each sender has a bucket that holds a minute's worth and refills over time. A sender that was away
may send what it has kept at once, and then continues at the set pace. On SQLite each web worker has
its own buckets. On PostgreSQL all processes of all machines share them as rows; each process takes
a little more out of a row than it needs, so that single scans seldom ask the database.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from scanner_app.domain.errors import TooMany
from scanner_app.models import RateBucket

MINUTE_S = 60.0
MAX_SENDERS = 1000
# Which part of a minute's worth a process takes ahead: three processes differ from the limit by
# less than one in a hundred.
AHEAD = 1 / 400


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
            bucket.left = _refill(bucket.left, now - bucket.at, self._per_minute)
            bucket.at = now
            wanted = min(amount, self._per_minute)
            if bucket.left < wanted:
                raise _refuse(self._per_minute, self._unit, missing=wanted - bucket.left)
            bucket.left -= wanted

    def _forget_full(self, now: float, pace: float) -> None:
        if len(self._buckets) < MAX_SENDERS:
            return
        self._buckets = {
            sender: bucket
            for sender, bucket in self._buckets.items()
            if bucket.left + (now - bucket.at) * pace < self._per_minute
        }


class SharedRates:
    """The buckets that every process of a service shares, in PostgreSQL."""

    def __init__(self, per_minute: int, unit: str = "", *, engine: Callable[[], Engine]) -> None:
        """:param engine: returns the engine of the database, which is made after this."""
        self._unit = f" {unit}" if unit else ""
        self._per_minute = per_minute
        self._engine = engine
        self._ahead: dict[str, float] = {}
        self._lock = threading.Lock()

    def spend(self, sender: str, amount: int) -> None:
        """Take an amount out of a sender's bucket, as `Rates.spend` does.

        :raises TooMany: not enough is left. `retry_after` says when it will be, in seconds.
        """
        if not self._per_minute:
            return
        wanted = min(amount, self._per_minute)
        with self._lock:
            ahead = self._ahead.pop(sender, 0.0)
        # Without the lock: meanwhile another thread of this process may take for the same sender.
        rest = ahead
        try:
            taken = 0.0 if ahead >= wanted else self._take(sender, wanted - ahead)
            rest = ahead + taken - wanted
        finally:
            with self._lock:
                self._ahead[sender] = self._ahead.get(sender, 0.0) + rest
                if len(self._ahead) > MAX_SENDERS:
                    self._ahead.pop(next(iter(self._ahead)))

    def _take(self, sender: str, least: float) -> float:
        """Take at least this much out of the row, and a little more if it is there."""
        key = f"{sender}{self._unit}"
        is_it = RateBucket.sender == key
        with self._engine().begin() as connection:
            connection.execute(
                insert(RateBucket)
                .values(sender=key, amount_left=self._per_minute, at=func.clock_timestamp())
                .on_conflict_do_nothing()
            )
            # The clock of the database: those of the machines differ.
            since = func.extract("epoch", func.clock_timestamp() - RateBucket.at)
            left, seconds = connection.execute(
                select(RateBucket.amount_left, since).where(is_it).with_for_update()
            ).one()
            left = _refill(left, max(0.0, float(seconds)), self._per_minute)
            if left < least:
                raise _refuse(self._per_minute, self._unit, missing=least - left)
            taken = min(left, least + self._per_minute * AHEAD)
            connection.execute(
                update(RateBucket)
                .where(is_it)
                .values(amount_left=left - taken, at=func.clock_timestamp())
            )
        return float(taken)


def _refill(left: float, seconds: float, per_minute: int) -> float:
    return min(per_minute, left + seconds * per_minute / MINUTE_S)


def _refuse(per_minute: int, unit: str, *, missing: float) -> TooMany:
    return TooMany(
        f"More than {per_minute:,}{unit} in a minute. Nothing of what you sent was recorded. Send"
        " it again later.",
        retry_after=math.ceil(missing * MINUTE_S / per_minute),
    )

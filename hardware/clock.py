"""Time as something that is handed in: the machine's own clock, or one that a test advances."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Two views of now, and a way to wait."""

    def monotonic(self) -> float:
        """Return seconds that only ever grow; for intervals."""

    def utc(self) -> datetime:
        """Return aware UTC; for records."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SimulatedClock:
    """A clock that moves only when somebody sleeps on it: five minutes pass in seconds."""

    def __init__(self, start: datetime) -> None:
        """Begin at `start` (aware UTC)."""
        self._start = start
        self._elapsed = 0.0

    def monotonic(self) -> float:
        return self._elapsed

    def utc(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    async def sleep(self, seconds: float) -> None:
        self._elapsed += max(0.0, seconds)
        await asyncio.sleep(0)

"""Time as a parameter: the machine's clock, or one that a test advances."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Now in two forms, and a way to wait."""

    def monotonic(self) -> float:
        """Return seconds that never go back. For intervals."""

    def utc(self) -> datetime:
        """Return the time as aware UTC. For records."""

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
    """A clock that moves only when `sleep` is called, so that five minutes take no time."""

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

"""Keeps one reader reading: open, receive, and after a failure wait and open again.

A reader is up when a valid frame was seen, not when its port could be opened. A change is logged
once, however often the reader is tried in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hardware.backoff import Backoff
from hardware.clock import Clock
from hardware.errors import DriverMissing, ReaderEnded, ReaderError
from hardware.reader import Reader
from hardware.reads import Event, Noise, Status, TagRead

logger = logging.getLogger(__name__)

HEALTHY_AFTER_S = 60.0
NOISE_WINDOW_S = 5.0
NOISE_HINT = "more noise than frames: is the baud rate or the protocol wrong?"
_LIKELY_FRAME = 12
REFUSAL_SHOWN_S = 120.0


class ReaderState(StrEnum):
    """What a reader is doing."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(slots=True)
class Counters:
    """Counts since the agent started. `lost` are reads that could not be passed on."""

    reads: int = 0
    frames: int = 0
    noise_bytes: int = 0
    reconnects: int = 0
    warnings: int = 0
    lost: int = 0


@dataclass(slots=True)
class Health:
    """A reader's state for the log, the heartbeat and the server's page."""

    state: ReaderState = ReaderState.STARTING
    detail: str = ""
    since: datetime | None = None
    last_frame_at: datetime | None = None
    last_read_at: datetime | None = None
    hint: str = ""
    counters: Counters = field(default_factory=Counters)


class Supervisor:
    """Keeps one reader reading until its task is cancelled."""

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        on_read: Callable[[TagRead], None],
        *,
        backoff: Backoff | None = None,
    ) -> None:
        """Set up for one reader.

        :param on_read: called with each read; it must not block
        """
        self._reader = reader
        self._clock = clock
        self._on_read = on_read
        self._backoff = backoff or Backoff()
        self._window_began = 0.0
        self._window_noise = 0
        self._window_frames = 0
        self._refusal, self._refused_at = "", 0.0
        self.health = Health(since=clock.utc())

    @property
    def reader(self) -> Reader:
        """The reader that this supervisor runs."""
        return self._reader

    async def run(self) -> None:
        """Read until cancelled. Return only if trying again cannot help."""
        try:
            while True:
                opened_at = self._clock.monotonic()
                try:
                    await self._read_until_broken()
                except DriverMissing as error:
                    self._change(ReaderState.FAILED, str(error))
                    return
                except ReaderEnded as error:
                    self._change(ReaderState.STOPPED, str(error))
                    return
                except ReaderError as error:
                    self._change(ReaderState.DOWN, str(error))
                except Exception as error:
                    # An error in one decoder of ours must not stop the other readers.
                    logger.exception("reader failed unexpectedly reader=%s", self._reader.name)
                    self._change(ReaderState.DOWN, f"internal error: {error!r}")
                if self._clock.monotonic() - opened_at >= HEALTHY_AFTER_S:
                    self._backoff.reset()
                self.health.counters.reconnects += 1
                await self._clock.sleep(self._backoff.next_wait())
        finally:
            if self.health.state not in {ReaderState.FAILED, ReaderState.STOPPED}:
                self._change(ReaderState.STOPPED, "")

    async def _read_until_broken(self) -> None:
        try:
            await self._reader.open()
            self._window_began = self._clock.monotonic()
            self._window_noise = self._window_frames = 0
            while True:
                for event in await self._reader.receive():
                    self._take(event)
                self._judge_noise()
        finally:
            await self._reader.close()

    def _take(self, event: Event) -> None:
        counters, now = self.health.counters, self._clock.utc()
        if isinstance(event, Noise):
            counters.noise_bytes += event.size
            self._window_noise += event.size
            if event.is_refusal:
                self._take_refusal(event.why)
            return
        counters.frames += 1
        self._window_frames += 1
        self.health.last_frame_at = now
        if self.health.state is not ReaderState.UP:
            self._change(ReaderState.UP, "")
        if isinstance(event, TagRead):
            counters.reads += event.count
            self.health.last_read_at = now
            self._on_read(event)
        elif isinstance(event, Status) and event.is_warning:
            counters.warnings += 1
            if self.health.detail != event.detail:
                self.health.detail = event.detail
                logger.warning("reader warns reader=%s: %s", self._reader.name, event.detail)

    def _take_refusal(self, why: str) -> None:
        """Show why a read was refused, which its bytes alone would be too few for."""
        self.health.counters.warnings += 1
        if why != self._refusal:
            logger.warning("reader refuses a read reader=%s: %s", self._reader.name, why)
        self._refusal, self._refused_at = why, self._clock.monotonic()
        self.health.hint = self.health.hint or f"a read was refused: {why}"

    def _judge_noise(self) -> None:
        """Set a hint if, over five seconds, noise outweighs frames, or if a read was refused."""
        now = self._clock.monotonic()
        if now - self._window_began < NOISE_WINDOW_S:
            return
        is_noisy = self._window_noise > max(64, self._window_frames * _LIKELY_FRAME)
        self._window_began, self._window_noise, self._window_frames = now, 0, 0
        if is_noisy and not self.health.hint:
            logger.warning("reader is noisy reader=%s: %s", self._reader.name, NOISE_HINT)
        if now - self._refused_at > REFUSAL_SHOWN_S:
            self._refusal = ""
        refusal = f"a read was refused: {self._refusal}" if self._refusal else ""
        self.health.hint = NOISE_HINT if is_noisy else refusal

    def _change(self, state: ReaderState, detail: str) -> None:
        health = self.health
        is_same = health.state is state
        if is_same and health.detail == detail:
            return
        is_first_failure = health.state is ReaderState.STARTING and state is ReaderState.DOWN
        health.state, health.detail = state, detail
        if is_same:
            return
        health.since = self._clock.utc()
        name = self._reader.name
        if state is ReaderState.UP:
            logger.info("reader up reader=%s", name)
        elif state is ReaderState.FAILED:
            logger.error("reader failed, not tried again reader=%s: %s", name, detail)
        elif state is ReaderState.DOWN:
            word = "reader not found" if is_first_failure else "reader down"
            logger.warning("%s reader=%s: %s", word, name, detail)

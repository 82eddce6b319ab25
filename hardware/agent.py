"""The running agent: readers, trackers, spool and sender, with heartbeats and a clean stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any

from hardware.backoff import Backoff
from hardware.clock import Clock
from hardware.config import AgentConfig, ReaderConfig
from hardware.delivery.forward import (
    Client,
    Forwarder,
    Outcome,
    heartbeat_path,
    make_parcel,
    take_watch,
    to_rfc3339,
)
from hardware.delivery.spool import Spool, SpoolState
from hardware.delivery.watching import Watcher
from hardware.errors import SpoolError
from hardware.reads import ReaderSighting, TagRead
from hardware.registry import make_reader
from hardware.smoothing import Tracker
from hardware.supervisor import Supervisor

logger = logging.getLogger(__name__)

SWEEP_S = 0.5
SPOOL_EVERY_S = 0.2
MAX_PENDING = 10_000
STOP_PATIENCE_S = 5.0
_SPOOL_BATCH = 500
_DELIVERED = 200, 204
_MIN_WAIT_S = 0.1
_MIN_BEAT_S, _MAX_BEAT_S = 1.0, 300.0


class SightingBuffer:
    """A bounded list of sightings in memory, between the trackers and the disk.

    If the disk takes no more, sightings wait here. Beyond `MAX_PENDING` the oldest are dropped,
    counted in `lost` and logged.
    """

    def __init__(self, spool: Spool, utc: Callable[[], datetime]) -> None:
        self._spool = spool
        self._utc = utc
        self._pending: deque[ReaderSighting] = deque()
        self._unwritten_loss = 0
        self.trouble: str | None = None
        self.lost = 0
        self.spooled = 0

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, sightings: list[ReaderSighting]) -> None:
        """Add sightings. They are safe on disk only after `write`."""
        self._pending.extend(sightings)
        while len(self._pending) > MAX_PENDING:
            self._pending.popleft()
            self.lost += 1
            self._unwritten_loss += 1

    async def write(self) -> bool:
        """Write all sightings to the spool. Return whether all of them were written."""
        now = self._utc().timestamp()
        try:
            if self._unwritten_loss:
                loss = self._unwritten_loss
                await asyncio.to_thread(self._spool.count_lost, loss)
                self._unwritten_loss -= loss
                logger.error("sightings lost because the spool takes no more lost=%s", loss)
            while self._pending:
                batch = list(islice(self._pending, _SPOOL_BATCH))
                parcels = [make_parcel(sighting) for sighting in batch]
                await asyncio.to_thread(self._spool.put, parcels, now=now)
                written = {sighting.read_id for sighting in batch}
                # During the write, `add` may have dropped the oldest entries. Remove only what was
                # written.
                while self._pending and self._pending[0].read_id in written:
                    self._pending.popleft()
                self.spooled += len(batch)
        except SpoolError as error:
            if self.trouble is None:
                logger.warning("the spool takes no more, sightings wait in memory: %s", error)
            self.trouble = str(error)
            return False
        if self.trouble is not None:
            logger.info("the spool takes sightings again")
        self.trouble = None
        return True


class Agent:
    """All readers of one machine and the tasks that serve them.

    `run` ends after `stop` was called.
    """

    def __init__(self, config: AgentConfig, clock: Clock, spool: Spool) -> None:
        """Set up without opening a reader.

        :raises ConfigError: a reader cannot be made from its settings
        """
        self._config = config
        self._clock = clock
        self._spool = spool
        self._stopping = asyncio.Event()
        self._fresh = asyncio.Event()
        self._started_at = clock.utc()
        self.buffer = SightingBuffer(spool, _utc_now)
        self.trackers: dict[str, Tracker] = {}
        self.supervisors: dict[str, Supervisor] = {}
        for one in config.readers:
            self._add_reader(one)
        self._client = Client(config.server, config.token, ca_file=config.ca_file)
        self._pulse_client = Client(config.server, config.token, ca_file=config.ca_file)
        self._watch_client = Client(config.server, config.token, ca_file=config.ca_file)
        self.watcher = Watcher(self._watch_client, _utc_now, time.monotonic)
        self.forwarder = Forwarder(spool, self._client, _utc_now, self.watcher.set_codes)
        self.server_trouble: str | None = None
        self._swept: dict[int, float] = {}

    def stop(self) -> None:
        """Ask the agent to end."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`, then close the readers, spool what is left, and try to send it."""
        readers = [
            asyncio.create_task(supervisor.run(), name=f"reader {name}")
            for name, supervisor in self.supervisors.items()
        ]
        others = [
            asyncio.create_task(job(), name=job.__name__)
            for job in (self._sweep, self._write, self._forward, self._pulse, self._watch)
        ]
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({stopping, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            self._stopping.set()
            await _cancel(readers)
            done = await _finish(others)
            await self._put_away()
            for task in done:
                task.result()

    def _add_reader(self, config: ReaderConfig) -> None:
        tracker = Tracker(
            config.name, config.smoothing, points=config.read_points, passing=config.passing
        )

        def observe(read: TagRead) -> None:
            self.watcher.hear(config.name, read)
            self._observe(tracker, read)

        reader = make_reader(config, self._clock)
        self.trackers[config.name] = tracker
        self.supervisors[config.name] = Supervisor(reader, self._clock, observe)

    def _observe(self, tracker: Tracker, read: TagRead) -> None:
        at = self._clock.monotonic()
        made = tracker.observe(read, at=at, now=self._clock.utc())
        # Sweep here too: a simulated clock can run faster than the task that sweeps in real time.
        if at - self._swept.get(id(tracker), at) >= SWEEP_S:
            made += tracker.sweep(at)
            self._swept[id(tracker)] = at
        self._swept.setdefault(id(tracker), at)
        if made:
            self.buffer.add(made)
            self._fresh.set()

    async def _sweep(self) -> None:
        while not self._stopping.is_set():
            await _wait(self._stopping, SWEEP_S)
            now = self._clock.monotonic()
            for tracker in self.trackers.values():
                self.buffer.add(tracker.sweep(now))
            if len(self.buffer):
                self._fresh.set()

    async def _write(self) -> None:
        while not self._stopping.is_set():
            await _wait(self._fresh, SWEEP_S)
            # A short pause gathers a batch, since each batch is one fsync.
            await _wait(self._stopping, SPOOL_EVERY_S)
            self._fresh.clear()
            if not await self.buffer.write():
                await _wait(self._stopping, 1.0)

    async def _forward(self) -> None:
        backoff = Backoff(first=0.25, longest=30.0)
        while not self._stopping.is_set():
            outcome = await self._forward_once()
            if outcome.trouble is not None:
                wait = max(backoff.next_wait(), outcome.retry_after or 0.0)
                await _wait(self._stopping, wait)
                continue
            backoff.reset()
            if outcome.is_empty:
                await _wait(self._stopping, SPOOL_EVERY_S)

    async def _forward_once(self) -> Outcome:
        try:
            outcome = await asyncio.to_thread(self.forwarder.forward)
        except SpoolError as error:
            outcome = Outcome(trouble=str(error))
        if outcome.trouble is not None and self.server_trouble is None:
            logger.warning("sending has stopped, records wait in the spool: %s", outcome.trouble)
        elif outcome.trouble is None and self.server_trouble is not None:
            logger.info("sending continues")
        self.server_trouble = outcome.trouble
        return outcome

    async def _pulse(self) -> None:
        while not self._stopping.is_set():
            wait = await self._beat()
            await _wait(self._stopping, wait)

    async def _beat(self) -> float:
        """Post the heartbeat of each reader. Return the seconds until the next one."""
        wait = self._config.heartbeat_seconds
        bodies = self.heartbeats(await asyncio.to_thread(self._spool.state))
        for name, body in bodies.items():
            try:
                answer = await asyncio.to_thread(
                    self._pulse_client.post, heartbeat_path(name), body
                )
            except OSError:
                break  # The forwarder logs that the server is away.
            if answer.status in _DELIVERED and isinstance(answer.body, dict):
                take_watch(answer.body, self.watcher.set_codes)
                asked = answer.body.get("next_seconds")
                if isinstance(asked, int | float) and not isinstance(asked, bool):
                    wait = min(wait, max(_MIN_BEAT_S, min(float(asked), _MAX_BEAT_S)))
        return wait

    async def _watch(self) -> None:
        """Report the signal of each tag that a person looks for, a few times a second."""
        interval = min(one.smoothing.watch_s for one in self._config.readers)
        while not self._stopping.is_set():
            wait = await asyncio.to_thread(self.watcher.exchange, self.watcher.take())
            if self.watcher.is_watching:
                wait = min(wait, interval)
            await _wait(self._stopping, max(wait, _MIN_WAIT_S))

    def heartbeats(self, state: SpoolState) -> dict[str, dict[str, Any]]:
        """Return each reader's heartbeat by name, with the fields of docs/readers.md."""
        queue = {
            "depth": state.depth + len(self.buffer),
            "oldest_at": _moment(state.oldest),
            "dead_letters": state.dead,
            "lost": state.lost,
            "bytes": state.size,
            "cap_bytes": state.cap,
            "trouble": self.buffer.trouble or self.server_trouble,
        }
        sent_at = to_rfc3339(_utc_now())
        agent = {"version": _version(), "started_at": to_rfc3339(self._started_at)}
        bodies = {}
        for one in self._config.readers:
            supervisor, tracker = self.supervisors[one.name], self.trackers[one.name]
            health = supervisor.health
            counters = asdict(health.counters)
            counters |= {"filtered": tracker.filtered, "weak_dropped": tracker.weak_dropped}
            bodies[one.name] = {
                "sent_at": sent_at,
                "agent": agent,
                "state": health.state.value,
                "detail": health.detail,
                "hint": health.hint,
                "since": _at(health.since),
                "kind": one.kind,
                "protocol": one.protocol,
                "identity": supervisor.reader.identity,
                "last_frame_at": _at(health.last_frame_at),
                "last_read_at": _at(health.last_read_at),
                "tags_present": len(tracker),
                "counters": counters,
                "queue": queue,
            }
        return bodies

    async def _put_away(self) -> None:
        for tracker in self.trackers.values():
            self.buffer.add(tracker.flush())
        await self.buffer.write()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_PATIENCE_S):
                while True:
                    outcome = await self._forward_once()
                    if outcome.is_empty or outcome.trouble is not None:
                        break
                await self._beat()
        self._client.close()
        self._pulse_client.close()
        self._watch_client.close()
        left = (await asyncio.to_thread(self._spool.state)).depth
        if left:
            logger.info("stopped, records wait in the spool for the next start depth=%s", left)
        else:
            logger.info("stopped, everything was sent")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _finish(tasks: list[asyncio.Task[None]]) -> list[asyncio.Task[None]]:
    """Wait until the tasks end by themselves and return those that failed.

    They are not cancelled because one may be in the middle of a write to disk.
    """
    await asyncio.wait(tasks)
    return [task for task in tasks if task.exception() is not None]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else to_rfc3339(moment)


def _moment(unix: float | None) -> str | None:
    return None if unix is None else to_rfc3339(datetime.fromtimestamp(unix, UTC))


def _version() -> str:
    try:
        return version("scanner-app")
    except PackageNotFoundError:
        return "unknown"

"""A supervised reader goes down and comes up again, each logged once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from hardware.backoff import Backoff
from hardware.clock import SimulatedClock
from hardware.errors import (
    DriverMissing,
    ReaderBusy,
    ReaderDisconnected,
    ReaderEnded,
    ReaderNotFound,
)
from hardware.reader import Reader
from hardware.reads import Event, Noise, Status, TagRead
from hardware.supervisor import NOISE_HINT, ReaderState, Supervisor

READ = TagRead(b"\x30")


class ScriptedReader(Reader):
    """A reader with scripted sessions: each a failure to open, or the events it receives."""

    def __init__(self, clock: SimulatedClock, sessions: Iterable[object]) -> None:
        super().__init__("door")
        self._clock = clock
        self._sessions = iter(sessions)
        self._session: list[object] = []
        self.closed = 0

    async def open(self) -> None:
        session = next(self._sessions, ReaderEnded("no more"))
        if isinstance(session, Exception):
            raise session
        assert isinstance(session, list)
        self._session = [*session]

    async def receive(self) -> list[Event]:
        await self._clock.sleep(1)
        if not self._session:
            raise ReaderDisconnected("unplugged")
        step = self._session.pop(0)
        if isinstance(step, Exception):
            raise step
        return [step]  # type: ignore[list-item] # an event, or an error to raise

    async def close(self) -> None:
        self.closed += 1


class CountingClock(SimulatedClock):
    """Keeps what was waited between sessions: a reader under test receives each second."""

    def __init__(self) -> None:
        super().__init__(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        if seconds != 1:
            self.waits.append(seconds)
        await super().sleep(seconds)


def list_waits(*sessions: object) -> list[float]:
    """Return what a supervisor waits after each of these sessions."""
    clock = CountingClock()
    reader = ScriptedReader(clock, sessions)
    supervisor = Supervisor(reader, clock, lambda read: None, backoff=Backoff(first=0.25, seed=1))
    asyncio.run(supervisor.run())
    return clock.waits


def watch(*sessions: object) -> tuple[Supervisor, list[TagRead], ScriptedReader]:
    clock = SimulatedClock(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    reader = ScriptedReader(clock, sessions)
    reads: list[TagRead] = []
    supervisor = Supervisor(reader, clock, reads.append, backoff=Backoff(seed=1))
    asyncio.run(supervisor.run())
    return supervisor, reads, reader


class TestRun:
    def test_opens_again_after_each_kind_of_failure(self) -> None:
        supervisor, reads, reader = watch(
            ReaderNotFound("not there"),
            [READ],
            ReaderBusy("held"),
            [READ, ValueError("a fault of ours")],
            [READ],
        )

        assert len(reads) == 3
        assert supervisor.health.counters.reconnects == 5
        assert reader.closed == 6

    def test_a_reader_is_up_only_after_its_first_frame(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)

        watch([Noise(5)], [Noise(5)], [Status("keep_alive")])

        assert [record.message.split(" reader=")[0] for record in caplog.records] == [
            "reader not found",
            "reader up",
            "reader down",
        ]

    def test_a_long_outage_is_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)

        watch([READ], *[ReaderNotFound("not there")] * 50, [READ])

        assert [record.message.split(" reader=")[0] for record in caplog.records] == [
            "reader up",
            "reader down",
            "reader up",
            "reader down",
        ]

    def test_a_missing_driver_is_reported_and_not_tried_again(self) -> None:
        supervisor, _, reader = watch(DriverMissing("evdev", "evdev", "evdev"), [READ])

        assert supervisor.health.state is ReaderState.FAILED
        assert "pip install 'scanner-app[evdev]'" in supervisor.health.detail
        assert reader.closed == 1

    def test_a_reader_that_ended_is_not_opened_again(self) -> None:
        supervisor, reads, _ = watch([READ, ReaderEnded("played to its end")], [READ])

        assert len(reads) == 1
        assert supervisor.health.state is ReaderState.STOPPED

    def test_mostly_noise_sets_a_hint_of_what_to_check(self) -> None:
        supervisor, _, _ = watch([Noise(200)] * 8 + [ReaderEnded("enough")])

        assert supervisor.health.hint == NOISE_HINT
        assert supervisor.health.counters.noise_bytes == 1600

    def test_a_little_noise_between_frames_sets_no_hint(self) -> None:
        supervisor, _, _ = watch([READ, Noise(3)] * 8 + [ReaderEnded("enough")])

        assert supervisor.health.hint == ""

    def test_a_refused_read_is_counted_and_its_reason_shown(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        refused = Noise(7, b"", "key 86 is in no layout", is_refusal=True)

        supervisor, _, _ = watch([refused, READ, *[refused, READ] * 20, ReaderEnded("enough")])

        assert supervisor.health.counters.warnings == 21
        assert supervisor.health.hint == "a read was refused: key 86 is in no layout"
        assert caplog.text.count("key 86 is in no layout") == 1

    def test_a_refused_read_is_forgotten_two_minutes_later(self) -> None:
        refused = Noise(7, b"", "key 86 is in no layout", is_refusal=True)

        supervisor, _, _ = watch([refused, *[READ] * 130, ReaderEnded("enough")])

        assert supervisor.health.hint == ""

    def test_a_warning_of_the_reader_is_shown_and_counted(self) -> None:
        supervisor, _, _ = watch([READ, Status("error", "antenna 2 is missing", True)])

        assert supervisor.health.counters.warnings == 1


class TestWaits:
    def test_of_a_reader_that_flaps_grow_though_it_sends_a_frame_each_time(self) -> None:
        waits = list_waits(*[[READ]] * 10)

        steps = [min(30, 0.25 * 2**number) for number in range(10)]
        assert len(waits) == 10
        assert all(step / 2 <= wait <= step for step, wait in zip(steps, waits, strict=True))

    def test_begin_again_after_a_minute_without_a_failure(self) -> None:
        waits = list_waits(*[[READ]] * 5, [READ] * 60, [READ])

        assert waits[4] >= 2
        assert waits[5] <= 0.25
        assert 0.25 <= waits[6] <= 0.5


class TestBackoff:
    def test_waits_double_up_to_the_longest_with_jitter_until_a_reset(self) -> None:
        backoff = Backoff(first=0.25, longest=30, seed=3)

        waits = [backoff.next_wait() for _ in range(12)]

        for number, wait in enumerate(waits):
            step = min(30, 0.25 * 2**number)
            assert step / 2 <= wait <= step
        backoff.reset()
        assert backoff.next_wait() <= 0.25

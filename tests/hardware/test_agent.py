"""The whole agent, from readers through the spool to a server, stopped by a signal without loss."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware import agent as agent_module
from hardware.agent import Agent, SightingBuffer
from hardware.clock import SimulatedClock, SystemClock
from hardware.config import AgentConfig, ReaderConfig
from hardware.delivery.forward import Outcome
from hardware.delivery.spool import Parcel, Spool
from hardware.errors import SpoolFull
from hardware.reads import Change, Confidence, ReaderSighting
from hardware.smoothing import ReadPoint
from tests.hardware.audit_server import AuditServer
from tests.hardware.frames import text

ROOT = Path(__file__).parents[2]


def config_for(url: str, folder: Path, *readers: ReaderConfig) -> AgentConfig:
    return AgentConfig(url, "token-1", folder / "spool.sqlite3", readers, heartbeat_seconds=1)


async def run_until(agent: Agent, condition: Callable[[], bool]) -> None:
    running = asyncio.create_task(agent.run())
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the condition is another thread's
            await asyncio.sleep(0.01)
    agent.stop()
    await running


class TestAgent:
    def test_the_server_counts_each_read_of_a_virtual_door_once(
        self, server: AuditServer, tmp_path: Path
    ) -> None:
        door = ReaderConfig(
            "door", "virtual", options={"tags": 30, "rate": 200, "seconds": 60, "antennas": 2}
        )
        clock = SimulatedClock(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))

        async def scenario() -> int:
            with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
                agent = Agent(config_for(server.url, tmp_path, door), clock, spool)
                health = agent.supervisors["door"].health
                await run_until(agent, lambda: health.state.value == "stopped")
                assert spool.state().depth == 0
                return health.counters.reads

        reads = asyncio.run(scenario())

        assert reads >= 12_000
        assert sum(record["count"] for record in server.records.values()) == reads
        assert server.tokens == {"Bearer token-1"}

    def test_posts_a_label_as_a_scan_with_the_location_and_intent_of_its_read_point(
        self, server: AuditServer, tmp_path: Path
    ) -> None:
        capture = tmp_path / "capture.log"
        capture.write_text(f"+0.000001 rx {text(b'LT-0042').hex()}\n")
        desk = ReaderConfig(
            "desk",
            "replay",
            str(capture),
            "text",
            read_points=(ReadPoint(None, "HQ-DESK", "check_in"),),
        )

        async def scenario() -> None:
            with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
                agent = Agent(config_for(server.url, tmp_path, desk), SystemClock(), spool)
                await run_until(agent, lambda: bool(server.records))

        asyncio.run(scenario())

        (scan,) = server.records.values()
        assert (scan["code"], scan["location"], scan["intent"]) == (
            "LT-0042",
            "HQ-DESK",
            "check_in",
        )

    def test_other_readers_go_on_when_one_fails(self, server: AuditServer, tmp_path: Path) -> None:
        readers = (
            ReaderConfig("gone", "serial", str(tmp_path / "nothing"), "text"),
            ReaderConfig("door", "virtual", options={"tags": 3, "rate": 100}),
        )

        async def scenario() -> None:
            with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
                agent = Agent(config_for(server.url, tmp_path, *readers), SystemClock(), spool)
                await run_until(
                    agent,
                    lambda: bool(server.records) and len(server.beats.get("gone", [])) > 1,
                )

        asyncio.run(scenario())

        assert server.beats["gone"][-2]["state"] == "down"
        assert "plugged in" in server.beats["gone"][-2]["detail"]

    def test_the_heartbeat_holds_state_counters_and_queue(
        self, server: AuditServer, tmp_path: Path
    ) -> None:
        door = ReaderConfig("door", "virtual", options={"tags": 3, "rate": 100})

        async def scenario() -> None:
            with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
                agent = Agent(config_for(server.url, tmp_path, door), SystemClock(), spool)
                await run_until(agent, lambda: len(server.beats.get("door", [])) > 1)

        asyncio.run(scenario())

        beat = server.beats["door"][1]
        documented = (ROOT / "docs" / "readers.md").read_text(encoding="utf-8")
        for key in (*beat, *beat["counters"], *beat["queue"], *beat["agent"]):
            assert f'"{key}"' in documented, f"{key} is not in docs/readers.md"
        assert beat["state"] == "up"
        assert beat["counters"]["reads"] > 0
        assert server.beats["door"][-1]["state"] == "stopped"

    def test_reports_the_signal_of_a_watched_tag_at_once_and_spools_nothing_for_it(
        self, server: AuditServer, tmp_path: Path
    ) -> None:
        door = ReaderConfig("door", "virtual", options={"tags": 2, "rate": 100})
        wanted = "3416451FD400000000000001"
        server.watch = {"watch": [wanted], "next_seconds": 1}

        async def scenario() -> None:
            with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
                agent = Agent(config_for(server.url, tmp_path, door), SystemClock(), spool)
                await run_until(agent, lambda: len(server.signals) > 3)

        asyncio.run(scenario())

        assert {(name, signal["epc"]) for name, signal in server.signals} == {("door", wanted)}
        assert all(-80 <= signal["rssi"] <= -35 for _, signal in server.signals)
        changes = [record["change"] for record in server.records.values()]
        assert sorted(changes) == ["arrived", "arrived", "departed", "departed"]

    def test_unsent_records_are_sent_after_the_next_start(self, tmp_path: Path) -> None:
        door = ReaderConfig("door", "virtual", options={"tags": 5, "rate": 100})

        async def scenario() -> int:
            with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
                agent = Agent(
                    config_for("http://127.0.0.1:9", tmp_path, door), SystemClock(), spool
                )
                await run_until(agent, lambda: spool.state().depth >= 5)
                return agent.supervisors["door"].health.counters.reads

        reads = asyncio.run(scenario())

        with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
            assert sum(parcel.body["count"] for parcel in spool.peek(1000)) == reads

    def test_waits_as_long_as_the_server_asks_before_it_sends_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        door = ReaderConfig("door", "virtual", options={"tags": 5, "rate": 100})
        waits: list[float] = []
        answers = [Outcome(trouble="503", retry_after=70.0)] * 2 + [Outcome(trouble="away")] * 2

        async def scenario() -> None:
            with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
                agent = Agent(
                    config_for("http://127.0.0.1:9", tmp_path, door), SystemClock(), spool
                )

                async def wait(event: asyncio.Event, seconds: float) -> None:
                    waits.append(seconds)
                    if len(waits) == len(answers):
                        agent.stop()

                monkeypatch.setattr(agent_module, "_wait", wait)
                monkeypatch.setattr(agent.forwarder, "forward", iter(answers).__next__)
                await agent._forward()

        asyncio.run(scenario())

        # The server's word counts, and the waits of ours have grown meanwhile.
        assert waits[:2] == [70.0, 70.0]
        assert 0.5 <= waits[2] <= 1.0
        assert 1.0 <= waits[3] <= 2.0


class FullSpool:
    """A spool whose disk is full until `is_full` is cleared."""

    def __init__(self) -> None:
        self.is_full = True
        self.kept: list[Parcel] = []
        self.lost = 0

    def put(self, parcels: list[Parcel], *, now: float) -> None:
        if self.is_full:
            raise SpoolFull("full")
        self.kept += parcels

    def count_lost(self, number: int) -> None:
        self.lost += number


def sightings(number: int) -> list[ReaderSighting]:
    now = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    return [
        ReaderSighting("door", "epc", b"\x30", Change.ARRIVED, Confidence.NORMAL, now, now, 1)
        for _ in range(number)
    ]


class TestSightingBuffer:
    def test_keeps_every_sighting_in_memory_while_the_disk_is_full(self) -> None:
        spool = FullSpool()
        buffer = SightingBuffer(spool, lambda: datetime.now(UTC))  # type: ignore[arg-type] # a spool's double
        buffer.add(sightings(1200))

        assert not asyncio.run(buffer.write())
        assert buffer.trouble == "full"
        spool.is_full = False
        assert asyncio.run(buffer.write())

        assert len(spool.kept) == 1200
        assert buffer.lost == 0

    def test_drops_counts_and_logs_the_oldest_beyond_its_bound(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(agent_module, "MAX_PENDING", 100)
        spool = FullSpool()
        buffer = SightingBuffer(spool, lambda: datetime.now(UTC))  # type: ignore[arg-type] # a spool's double
        made = sightings(130)
        buffer.add(made)

        asyncio.run(buffer.write())
        spool.is_full = False
        asyncio.run(buffer.write())

        assert (buffer.lost, spool.lost) == (30, 30)
        assert [parcel.id for parcel in spool.kept] == [str(one.read_id) for one in made[30:]]
        assert "sightings lost because the spool takes no more lost=30" in caplog.text


@pytest.mark.slow
class TestFlood:
    def test_each_sighting_of_a_busy_door_arrives_exactly_once_while_the_server_dies(self) -> None:
        """Five simulated minutes, 200 tags, 1,000 reads a second, two kills, a third of answers lost."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.readers", "flood"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )

        figures = json.loads(done.stdout)
        assert done.returncode == 0, figures
        assert figures["each_exactly_once"] is True
        assert figures["reads"] >= 300_000
        assert figures["posted_again"] > 0
        assert (figures["lost"], figures["refused"], figures["left_in_spool"]) == (0, 0, 0)
        assert figures["most_tags_remembered"] == 200
        assert figures["peak_rss_mib"] < 120

"""LLRP with a reader that we did not write: npm's llrpjs on the loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.backoff import Backoff
from hardware.clock import SystemClock
from hardware.config import ReaderConfig
from hardware.errors import ReaderBusy, RemoteProtocolError
from hardware.reads import TagRead
from hardware.registry import make_reader
from hardware.supervisor import ReaderState, Supervisor

SCRIPT = Path(__file__).parents[1] / "data" / "llrp_reader.cjs"
TAGS = 99


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("llrpjs")
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine: no LLRP reader to talk to")
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), "llrpjs@1.0.1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        pytest.skip(f"npm cannot install llrpjs here: {done.stderr[-200:]}")
    return folder / "node_modules"


class Peer:
    """The reader's process: `say` sends it a command, `stop` is a power cut."""

    def __init__(self, node_modules: Path, *, cutting: str = "whole", port: int = 0) -> None:
        self.process = subprocess.Popen(
            ["node", str(SCRIPT), str(port), str(TAGS), cutting],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_PATH": str(node_modules)},
        )
        self.port = int(self.wait_for("port"))

    def wait_for(self, word: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(word):
                return line.partition(" ")[2]
        raise AssertionError(f"the reader ended without saying {word}")

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def peers(node_modules: Path) -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def start(**options: object) -> Peer:
        started.append(Peer(node_modules, **options))  # type: ignore[arg-type] # the options of a case
        return started[-1]

    yield start
    for peer in started:
        if peer.process.poll() is None:
            peer.stop()


def make(port: int) -> Supervisor:
    config = ReaderConfig("portal", "llrp", f"127.0.0.1:{port}", options={"antennas": [1, 2]})
    reads: list[TagRead] = []
    clock = SystemClock()
    supervisor = Supervisor(
        make_reader(config, clock), clock, reads.append, backoff=Backoff(first=0.05, longest=0.2)
    )
    supervisor.seen = reads  # type: ignore[attr-defined] # set by `make`
    return supervisor


async def until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - the condition is another process's
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"it did not come to this: {what}") from None


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def tags_of(supervisor: Supervisor) -> set[bytes]:
    return {read.raw for read in supervisor.seen}  # type: ignore[attr-defined] # set by `make`


class TestInventory:
    @pytest.mark.parametrize("cutting", ["whole", "bytes", "joined"])
    def test_all_tags_are_read_however_messages_are_cut_up(
        self, peers: Callable[..., Peer], cutting: str
    ) -> None:
        peer = peers(cutting=cutting)
        supervisor = make(peer.port)

        async def scenario() -> None:
            task = asyncio.create_task(supervisor.run())
            await until(lambda: len(tags_of(supervisor)) == TAGS, "all tags seen")
            await asyncio.to_thread(peer.wait_for, "acknowledged")
            await stop(task)

        asyncio.run(scenario())

        sizes = {len(raw) for raw in tags_of(supervisor)}
        assert sizes == {12, 14}, "both EPC-96 and EPCData"
        assert {read.antenna for read in supervisor.seen} == {1, 2}  # type: ignore[attr-defined] # set by `make`
        assert supervisor.health.counters.noise_bytes == 0

    def test_reconnects_and_reads_on_after_a_cut(self, peers: Callable[..., Peer]) -> None:
        peer = peers()
        supervisor = make(peer.port)

        async def scenario() -> None:
            task = asyncio.create_task(supervisor.run())
            await until(lambda: bool(tags_of(supervisor)), "the first tag")
            peer.say("cut")
            await until(lambda: supervisor.health.counters.reconnects > 0, "a new try")
            supervisor.seen.clear()  # type: ignore[attr-defined] # set by `make`
            await until(lambda: len(tags_of(supervisor)) == TAGS, "all tags seen again")
            await stop(task)

        asyncio.run(scenario())

        assert supervisor.health.state is ReaderState.STOPPED

    def test_a_reader_that_restarts_is_set_up_again(self, peers: Callable[..., Peer]) -> None:
        peer = peers()
        supervisor = make(peer.port)

        async def scenario() -> None:
            task = asyncio.create_task(supervisor.run())
            await until(lambda: bool(tags_of(supervisor)), "the first tag")
            peer.stop()
            await until(lambda: supervisor.health.state is ReaderState.DOWN, "down")
            await asyncio.to_thread(peers, port=peer.port)
            supervisor.seen.clear()  # type: ignore[attr-defined] # set by `make`
            await until(lambda: len(tags_of(supervisor)) == TAGS, "all tags seen again")
            assert supervisor.health.state is ReaderState.UP
            await stop(task)

        asyncio.run(scenario())

    def test_a_refused_rospec_is_reported_with_the_readers_reason(
        self, peers: Callable[..., Peer]
    ) -> None:
        peer = peers()
        peer.say("refuse")
        reader = make(peer.port).reader

        async def scenario() -> None:
            async with reader:
                while True:
                    await reader.receive()

        with pytest.raises(RemoteProtocolError, match="no such antenna"):
            asyncio.run(asyncio.wait_for(scenario(), 20))


class TestBusy:
    def test_a_reader_that_serves_another_client_is_reported_as_busy(self) -> None:
        """Return the bytes that the standard prescribes as the answer to a second client."""
        event = bytes.fromhex("043F000000140000000100F6000A010000060002")

        async def scenario() -> None:
            async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(event)
                await writer.drain()
                writer.close()

            server = await asyncio.start_server(refuse, "127.0.0.1", 0, family=socket.AF_INET)
            async with server:
                reader = make(server.sockets[0].getsockname()[1]).reader
                async with reader:
                    while True:
                        await reader.receive()

        with pytest.raises(ReaderBusy, match="another client holds the reader"):
            asyncio.run(asyncio.wait_for(scenario(), 20))

"""A serial line on a pseudo-terminal: unplugged, plugged in again, noisy, and in use."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.backoff import Backoff
from hardware.clock import SystemClock
from hardware.config import ReaderConfig
from hardware.errors import ReaderBusy, ReaderDisconnected, ReaderNotFound
from hardware.reader import Reader
from hardware.reads import Event, TagRead
from hardware.registry import make_reader
from hardware.supervisor import ReaderState, Supervisor
from tests.hardware.frames import raws_of, yrm100
from tests.hardware.readers.test_llrp_peer import stop, until

EPC = bytes.fromhex("30751FEB705C5904E3D50D70")


class Line:
    """Both ends of a serial line. The device's path is a link that plugging in again moves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.device = -1
        self.plug_in()

    def plug_in(self) -> None:
        self.device, far = os.openpty()
        tty.setraw(far)
        tty.setraw(self.device)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(far))
        self._far = far

    def unplug(self) -> None:
        os.close(self.device)
        os.close(self._far)
        self.path.unlink()
        self.device = -1

    def write(self, data: bytes) -> None:
        os.write(self.device, data)

    def read_all(self) -> bytes:
        """Return what was sent until the other end closed."""
        data = b""
        with contextlib.suppress(BlockingIOError):
            os.set_blocking(self.device, False)
            while piece := os.read(self.device, 100):
                data += piece
        return data

    async def write_until(self, data: bytes, condition: Callable[[], bool]) -> None:
        """Send again and again, because bytes before the port is open are lost."""
        async with asyncio.timeout(20):
            while not condition():
                self.write(data)
                await asyncio.sleep(0.02)

    def close(self) -> None:
        if self.device >= 0:
            with contextlib.suppress(FileNotFoundError):
                self.unplug()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path / "scanner")
    yield made
    made.close()


def scanner(line: Line, protocol: str = "text", **options: object) -> Reader:
    config = ReaderConfig("desk", "serial", str(line.path), protocol, options=options)
    return make_reader(config, SystemClock())


async def take(reader: Reader, number: int) -> list[Event]:
    events: list[Event] = []
    async with asyncio.timeout(10):
        while len(raws_of(events)) < number:
            events += await reader.receive()
    return events


class TestReading:
    def test_labels_arrive_in_order(self, line: Line) -> None:
        async def scenario() -> list[Event]:
            async with scanner(line) as reader:
                line.write(b"]C0LT-0042\r")
                line.write(b"]C0LT-0043\r\n]Q1LT-00")
                line.write(b"44\r")
                return await take(reader, 3)

        assert raws_of(asyncio.run(scenario())) == [b"LT-0042", b"LT-0043", b"LT-0044"]

    def test_a_module_gets_the_commands_to_start_and_to_stop(self, line: Line) -> None:
        async def scenario() -> list[Event]:
            async with scanner(line, "yrm100") as reader:
                line.write(yrm100(EPC))
                return await take(reader, 1)

        events = asyncio.run(scenario())

        assert raws_of(events) == [EPC]
        sent = line.read_all()
        assert sent == bytes.fromhex("BB00270003222710837E" + "BB00280000287E")

    def test_a_tap_sees_every_byte_both_ways(self, line: Line) -> None:
        seen: list[tuple[str, bytes]] = []

        async def scenario() -> None:
            reader = scanner(line, "yrm100")
            reader.tap = lambda direction, data: seen.append((direction, data))
            async with reader:
                line.write(yrm100(EPC))
                await take(reader, 1)

        asyncio.run(scenario())

        assert [direction for direction, _ in seen] == ["tx", "rx", "tx"]


class TestUnplugging:
    def test_unplugging_loses_half_a_label_and_the_next_is_whole(self, line: Line) -> None:
        reads: list[TagRead] = []
        clock = SystemClock()
        supervisor = Supervisor(
            scanner(line), clock, reads.append, backoff=Backoff(first=0.02, longest=0.05)
        )

        async def scenario() -> None:
            task = asyncio.create_task(supervisor.run())
            await line.write_until(b"TAG00000\r", lambda: bool(reads))
            line.write(b"TAG00001")
            line.unplug()
            await until(lambda: supervisor.health.state is ReaderState.DOWN, "down")
            assert "TAG00001" not in {read.raw.decode() for read in reads}
            line.plug_in()
            await line.write_until(b"TAG00002\r", lambda: reads[-1].raw == b"TAG00002")
            assert supervisor.health.state is ReaderState.UP
            await stop(task)

        asyncio.run(scenario())

        assert {read.raw for read in reads} == {b"TAG00000", b"TAG00002"}

    def test_a_device_that_went_away_is_reported_as_disconnected(self, line: Line) -> None:
        async def scenario() -> None:
            async with scanner(line) as reader:
                line.unplug()
                while True:
                    await reader.receive()

        with pytest.raises(ReaderDisconnected, match=r"was disconnected|was closed"):
            asyncio.run(asyncio.wait_for(scenario(), 10))

    def test_a_serial_device_that_does_not_exist_is_reported(self, line: Line) -> None:
        line.unplug()

        with pytest.raises(ReaderNotFound, match="is the reader plugged in"):
            asyncio.run(scanner(line).open())


class TestNoise:
    @pytest.mark.parametrize("protocol", ["text", "em4100", "yrm100", "uhfreader", "thingmagic"])
    def test_a_wrong_baud_rate_causes_a_hint_and_no_read(self, line: Line, protocol: str) -> None:
        """A receiver at 9600 gets 115200 as bytes with most bits set, and none of them is text."""
        garbage = bytes((0xFE, 0x80, 0xF8, 0xE0, 0xFF, 0x00, 0xC0, 0xFC)) * 40

        async def scenario() -> list[Event]:
            events: list[Event] = []
            async with scanner(line, protocol) as reader:
                line.write(garbage)
                async with asyncio.timeout(10):
                    while sum(getattr(event, "size", 0) for event in events) < len(garbage) // 2:
                        events += await reader.receive()
            return events

        assert raws_of(asyncio.run(scenario())) == []


class TestContest:
    def test_a_second_program_is_refused_with_a_clear_message(self, line: Line) -> None:
        async def scenario() -> None:
            async with scanner(line):
                await scanner(line).open()

        with pytest.raises(ReaderBusy, match="held by another program"):
            asyncio.run(scenario())

    def test_the_port_is_free_again_after_a_close(self, line: Line) -> None:
        async def scenario() -> list[Event]:
            async with scanner(line):
                pass
            async with scanner(line) as reader:
                line.write(b"LT-0042\r")
                return await take(reader, 1)

        assert raws_of(asyncio.run(scenario())) == [b"LT-0042"]


class TestOverTheNetwork:
    @pytest.mark.parametrize("kind", ["tcp", "serial"])
    def test_a_converter_is_read_like_a_port(self, kind: str) -> None:
        async def scenario() -> list[Event]:
            async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(b"]C0LT-0042\r")
                await writer.drain()
                writer.close()

            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            async with server:
                port = server.sockets[0].getsockname()[1]
                url = f"127.0.0.1:{port}" if kind == "tcp" else f"socket://127.0.0.1:{port}"
                config = ReaderConfig("desk", kind, url, "text")
                reader = make_reader(config, SystemClock())
                async with reader:
                    events = await take(reader, 1)
                    with pytest.raises(ReaderDisconnected):
                        await take(reader, 1)
                    return events

        assert raws_of(asyncio.run(asyncio.wait_for(scenario(), 10))) == [b"LT-0042"]

    def test_a_host_that_does_not_answer_is_reported_with_what_to_check(self) -> None:
        config = ReaderConfig("desk", "tcp", "127.0.0.1:9", "text")

        with pytest.raises(ReaderNotFound, match="cannot be reached"):
            asyncio.run(make_reader(config, SystemClock()).open())

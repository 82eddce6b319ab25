"""A decoder on a test's transport, and drivers that are missing or have no device."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime

import pytest

from hardware.clock import SimulatedClock, SystemClock
from hardware.config import ReaderConfig
from hardware.errors import DriverMissing, ReaderDisconnected, ReaderNotFound
from hardware.protocols.base import Decoder
from hardware.protocols.llrp_session import LlrpDecoder
from hardware.protocols.textlines import TextLineDecoder
from hardware.protocols.uhfreader import UhfReaderDecoder
from hardware.protocols.yrm100 import Yrm100Decoder
from hardware.readers.transports import Transport
from hardware.readers.wire import WireReader
from hardware.reads import Event
from hardware.registry import make_reader
from tests.hardware.frames import raws_of
from tests.hardware.protocols.test_llrp import start

CLOSED = object()


class HeldLine(Transport):
    """A line with scripted bytes. A read that finds none advances the clock."""

    def __init__(self, clock: SimulatedClock, *pieces: object) -> None:
        self._clock = clock
        self._pieces = list(pieces)
        self.sent: list[bytes] = []

    async def open(self) -> None:
        """Do nothing: the line always exists."""

    async def read(self, timeout_s: float) -> bytes:
        piece = self._pieces.pop(0) if self._pieces else b""
        if piece is CLOSED:
            raise ReaderDisconnected("cut")
        assert isinstance(piece, bytes)
        if not piece:
            await self._clock.sleep(timeout_s)
        return piece

    async def write(self, data: bytes) -> None:
        self.sent.append(data)

    async def close(self) -> None:
        """Do nothing: no line is open."""


def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))


def run(scenario: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 20))


class TestWireReader:
    def test_silence_ends_a_begun_line(self) -> None:
        time, events = clock(), []
        line = HeldLine(time, b"LT-00", b"", b"42\r", b"LT-0043\r")

        async def scenario() -> None:
            async with WireReader("desk", line, TextLineDecoder(), time) as reader:
                for _ in range(4):
                    events.extend(await reader.receive())

        run(scenario())

        assert raws_of(events) == [b"42", b"LT-0043"]

    def test_bytes_before_a_cut_are_gone_after_it(self) -> None:
        time = clock()
        events: list[Event] = []
        line = HeldLine(time, b"TAG00001", CLOSED, b"TAG00002\r")

        async def scenario() -> None:
            reader = WireReader("desk", line, TextLineDecoder(), time)
            async with reader:
                events.extend(await reader.receive())
                with pytest.raises(ReaderDisconnected):
                    await reader.receive()
            async with reader:
                for _ in range(2):
                    events.extend(await reader.receive())

        run(scenario())

        assert raws_of(events) == [b"TAG00002"]

    @pytest.mark.parametrize(
        ("decoder", "seconds", "least"), [(Yrm100Decoder(), 10, 3), (UhfReaderDecoder(), 10, 90)]
    )
    def test_a_silent_module_gets_the_start_command_again(
        self, decoder: Decoder, seconds: float, least: int
    ) -> None:
        time = clock()
        line = HeldLine(time)

        async def scenario() -> None:
            async with WireReader("module", line, decoder, time) as reader:
                while time.monotonic() < seconds:
                    await reader.receive()

        run(scenario())

        assert least <= len(line.sent) <= seconds * 11

    def test_a_reader_without_its_promised_keep_alives_counts_as_disconnected(self) -> None:
        time, decoder = clock(), LlrpDecoder(keepalive_s=10)
        line = HeldLine(time)

        async def scenario() -> None:
            async with WireReader("portal", line, decoder, time) as reader:
                start(decoder)
                with pytest.raises(ReaderDisconnected, match="not even"):  # noqa: PT012 - until it is
                    while True:
                        await reader.receive()

        run(scenario())

        assert 25 <= time.monotonic() <= 28


DRIVERS = [
    ("serial", "/dev/null", "text", "serialx", "serial"),
    ("evdev", "/dev/input/event99", None, "evdev", "evdev"),
    ("hid", "ffff:ffff", None, "hid", "hid"),
    ("pcsc", "", None, "smartcard.System", "pcsc"),
]


class TestDrivers:
    @pytest.mark.parametrize(("kind", "port", "protocol", "module", "extra"), DRIVERS)
    def test_a_missing_driver_is_reported_with_what_to_install(
        self,
        monkeypatch: pytest.MonkeyPatch,
        kind: str,
        port: str,
        protocol: str | None,
        module: str,
        extra: str,
    ) -> None:
        monkeypatch.setitem(sys.modules, module, None)
        reader = make_reader(ReaderConfig("r", kind, port, protocol), SystemClock())

        with pytest.raises(DriverMissing, match=rf"pip install 'scanner-app\[{extra}\]'"):
            run(reader.open())

    def test_the_wrong_package_of_the_same_name_is_reported(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "hid", sys)
        reader = make_reader(ReaderConfig("r", "hid", "ffff:ffff"), SystemClock())

        with pytest.raises(DriverMissing, match="uninstall 'hid'"):
            run(reader.open())

    @pytest.mark.parametrize(
        ("kind", "port", "module", "message"),
        [
            ("evdev", "/dev/input/event99", "evdev", "is the scanner plugged in"),
            ("hid", "ffff:ffff", "hid", "no HID device ffff:ffff"),
        ],
    )
    def test_a_device_that_does_not_exist_is_reported(
        self, kind: str, port: str, module: str, message: str
    ) -> None:
        pytest.importorskip(module, reason=f"the driver {module} is not installed")
        reader = make_reader(ReaderConfig("r", kind, port), SystemClock())

        with pytest.raises(ReaderNotFound, match=message):
            run(reader.open())

    @pytest.mark.parametrize("kind", ["evdev", "hid", "pcsc", "serial", "virtual"])
    def test_a_reader_that_was_never_opened_can_be_closed(self, kind: str) -> None:
        port, protocol = {"serial": ("/dev/x", "text"), "hid": ("1:1", None)}.get(kind, ("x", None))
        reader = make_reader(ReaderConfig("r", kind, port, protocol), SystemClock())

        run(reader.close())
        run(reader.close())

"""NFC pads through a real pcscd with a virtual card, on machines that have both."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.clock import SystemClock
from hardware.config import ReaderConfig
from hardware.errors import ReaderNotFound
from hardware.reader import Reader
from hardware.reads import Status, TagRead
from hardware.registry import make_reader

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET = Path("/run/pcscd/pcscd.comm")
SCRIPT = Path(__file__).parents[1] / "data" / "virtual_pad.py"
UID = bytes.fromhex("04A1B2C3D4E580")


class Pad:
    """The process with pcscd and the card."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["unshare", "--net", sys.executable, str(SCRIPT), str(folder), str(SOCKET)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.answer = self._process.stdout.readline().strip()

    def lay_down(self, uid: bytes) -> None:
        self._say(f"down {uid.hex()}")

    def take_away(self) -> None:
        self._say("up")

    def close(self) -> None:
        self._process.communicate(timeout=20)

    def _say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()


def why_not() -> str | None:
    if not shutil.which("pcscd"):
        return "pcscd is not on this machine (Debian package pcscd)"
    if not shutil.which("unshare"):
        return "unshare is not on this machine (Debian package util-linux)"
    if not DRIVER.exists():
        return "the virtual pad is not on this machine (Debian package vsmartcard-vpcd)"
    if os.geteuid() != 0:
        return "only root may start a pcscd for the test"
    if SOCKET.exists():
        return "a pcscd of this machine is running already, and is left alone"
    try:
        import smartcard  # noqa: F401 - only whether it is there
    except ImportError:
        return "pyscard is not installed (extra pcsc)"
    return None


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pad]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    made = Pad(tmp_path_factory.mktemp("reader.conf.d"))
    if made.answer != "ready":
        made.close()
        pytest.skip("no pcscd starts here in a network namespace of its own")
    yield made
    made.close()


def pad(port: str = "virtual") -> Reader:
    return make_reader(ReaderConfig("pad", "pcsc", port), SystemClock())


@pytest.mark.slow
class TestPcscReader:
    def test_a_card_is_read_once_for_each_time_it_is_laid_down(self, card: Pad) -> None:
        async def until(reader: Reader, wanted: Callable[[object], bool]) -> None:
            async with asyncio.timeout(20):
                while True:
                    events = await reader.receive()
                    seen.extend(events)
                    if any(wanted(event) for event in events):
                        return

        seen: list[object] = []

        async def scenario() -> None:
            async with pad() as reader:
                assert "Virtual PCD" in (reader.identity or "")
                card.lay_down(UID)
                await until(reader, lambda event: isinstance(event, TagRead))
                for _ in range(3):
                    seen.extend(await reader.receive())
                card.take_away()
                await until(reader, lambda event: event == Status("removed"))
                card.lay_down(UID[:4])
                await until(reader, lambda event: isinstance(event, TagRead))

        asyncio.run(scenario())

        reads = [event.raw for event in seen if isinstance(event, TagRead)]
        assert reads == [UID, UID[:4]]

    def test_names_the_pads_that_exist_when_none_has_the_name(self, card: Pad) -> None:
        with pytest.raises(ReaderNotFound, match="found: Virtual PCD"):
            asyncio.run(pad("acr122").open())

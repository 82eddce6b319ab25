"""Find it, end to end: a handheld on a serial line, the agent, the server, and a phone that looks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.domain.access import Role
from scanner_app.models import Asset, Identifier
from scanner_app.pages.finder import MOST_STREAMS
from scanner_app.services import access
from scanner_app.services.readers import set_reader
from tests.browser.conftest import LiveServer, wait_until
from tests.hardware.test_serial import Line

pytestmark = pytest.mark.browser
EPC = "E2806894000040017790E471"
TICKS = """
  const make = AudioContext.prototype.createOscillator;
  globalThis.ticks = 0;
  AudioContext.prototype.createOscillator = function () { ticks += 1; return make.call(this); };
"""


class Handheld:
    """A TSL handheld on a pseudo-terminal, which reads one tag ten times a second."""

    def __init__(self, folder: Path, server: LiveServer) -> None:
        self.line = Line(folder / "handheld")
        self.rssi: int | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        with server.session(write=True) as session:
            now = datetime.now(UTC)
            set_reader(
                session, name="cart-1", kind="rfid", is_active=True, silent_after=600, now=now
            )
            token = access.add_token(
                session, name="cart", role=Role.READER, created_by="test", now=now
            ).secret
        (folder / "readers.toml").write_text(
            f'[agent]\nserver = "{server.url}"\ntoken = "{token}"\nheartbeat_seconds = 5\n'
            f'[[reader]]\nname = "cart-1"\nkind = "serial"\nport = "{self.line.path}"\n'
            'protocol = "tsl"\noptions = {is_polled = false}\n'
        )
        self._log = (folder / "agent.log").open("wb")
        self.agent = subprocess.Popen(
            [sys.executable, "-m", "hardware.agent", "run", "--config", folder / "readers.toml"],
            stderr=self._log,
            cwd=Path(__file__).parents[2],
            env={k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")},
        )
        self._thread.start()

    def _read(self) -> None:
        while not self._stopping.wait(0.1):
            if self.rssi is not None:
                self.line.write(f"EP: {EPC}\r\nRI: {self.rssi}\r\nOK:\r\n\r\n".encode())

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self.agent.terminate()
        self.agent.wait(timeout=30)
        self.line.close()
        self._log.close()


@pytest.fixture
def handheld(server: LiveServer, tmp_path: Path) -> Iterator[Handheld]:
    with server.session(write=True) as session:
        asset_id = session.scalar(select(Asset.id).where(Asset.asset_tag == "LT-001"))
        session.add(
            Identifier(scheme="epc", value=EPC, asset_id=asset_id, started_at=datetime.now(UTC))
        )
    made = Handheld(tmp_path, server)
    yield made
    made.close()


def look(page) -> dict[str, str]:
    return dict(page.evaluate("({...document.querySelector('[data-warmth]').dataset})"))


class TestFinder:
    def test_tells_by_word_direction_and_sound_how_near_it_is_and_leaves_no_scan(
        self, phone, server, handheld
    ):
        page = phone.open(cookie=server.sign_in())
        page.add_init_script(TICKS)
        page.goto("/find/LT-001")
        assert look(page)["warmth"] == "silent"
        assert page.evaluate("ticks") == 0

        handheld.rssi = -74
        wait_until(lambda: look(page)["warmth"] == "cold", what="cold")
        page.click("[data-sound]")
        handheld.rssi = -41
        wait_until(
            lambda: look(page)["warmth"] == "hot" and look(page)["trend"] == "warmer",
            what="hot and warmer",
        )

        assert page.inner_text(".word").split() == ["Hot", "↑", "warmer"]
        assert "-41 dBm, just now, at cart-1." in page.inner_text(".sentence")
        assert page.get_attribute("[data-finder]", "data-link") == "live"
        wait_until(lambda: page.evaluate("ticks") > 3, what="ticks")
        page.click("[data-sound]")
        assert page.get_attribute("[data-sound]", "aria-pressed") == "false"
        # The tag came into the field once: that is the log's, whatever was told beside it.
        assert [(scan.code, scan.source) for scan in server.scans()] == [(EPC, "rfid")]

        handheld.rssi = None
        wait_until(lambda: look(page)["warmth"] == "lost", what="lost")
        assert "Last heard" in page.inner_text(".sentence")

    def test_asks_instead_where_all_streams_are_taken(self, phone, server, handheld):
        cookie = server.sign_in()
        handheld.rssi = -52
        request = urllib.request.Request(
            f"{server.url}/find/LT-001/events", headers={"Cookie": f"scanner={cookie}"}
        )
        streams = [urllib.request.urlopen(request, timeout=20) for _ in range(MOST_STREAMS)]
        try:
            page = phone.open(cookie=cookie)
            page.goto("/find/LT-001")

            wait_until(
                lambda: page.get_attribute("[data-finder]", "data-link") == "asking",
                what="it asks",
            )
            wait_until(lambda: look(page)["warmth"] == "warm", what="warm")
        finally:
            for stream in streams:
                with suppress(OSError):
                    stream.close()

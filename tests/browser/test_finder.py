"""Find it, end to end: a handheld on a serial line, the agent, the server, and a phone that looks."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.models import Asset, Identifier
from scanner_app.pages.tags.finder import MAX_STREAMS
from tests.browser.conftest import LiveServer, wait_until
from tests.hardware.handheld import Handheld

pytestmark = pytest.mark.browser
EPC = "E2806894000040017790E471"
TICKS = """
  const make = AudioContext.prototype.createOscillator;
  globalThis.ticks = 0;
  AudioContext.prototype.createOscillator = function () { ticks += 1; return make.call(this); };
"""


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

        handheld.hold_to(EPC, -74)
        wait_until(lambda: look(page)["warmth"] == "cold", what="cold")
        page.click("[data-sound]")
        handheld.hold_to(EPC, -41)
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

        handheld.hold_to("")
        wait_until(lambda: look(page)["warmth"] == "lost", what="lost")
        assert "Last heard" in page.inner_text(".sentence")

    def test_asks_instead_where_all_streams_are_taken(self, phone, server, handheld):
        cookie = server.sign_in()
        handheld.hold_to(EPC, -52)
        request = urllib.request.Request(
            f"{server.url}/find/LT-001/events", headers={"Cookie": f"scanner={cookie}"}
        )
        streams = [urllib.request.urlopen(request, timeout=20) for _ in range(MAX_STREAMS)]
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

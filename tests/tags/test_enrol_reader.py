"""Tags bound to assets with a reader on the desk: what it hears is offered."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from scanner_app.services.readers.setup import note_heartbeat, set_reader
from tests.tags.enrol import OTHER, START, TAG, Page


@pytest.fixture
def desk(work) -> int:
    """A reader on the desk, and its number."""
    with work() as session:
        note_heartbeat(session, reader_name="desk", heartbeat={}, now=datetime.now(UTC))
        reader = set_reader(
            session, name="desk", kind="rfid", is_active=True, silent_after=600, now=START
        )
        return reader.id


@pytest.fixture
def present(api_as):
    """`present("E2...", rssi=-40)` lets the reader post a read."""
    agent = api_as("reader")

    def post(code: str, *, rssi: float | None = None, **more) -> None:
        read = {
            "read_id": str(uuid.uuid4()),
            "epc": code,
            "rssi": rssi,
            "last_seen_at": datetime.now(UTC).isoformat(),
            **more,
        }
        answer = agent.post("/reads", json={"reader": "desk", "reads": [read]})
        assert answer.json["results"][0]["status"] == "recorded", answer.text

    return post


class TestReader:
    @pytest.fixture
    def page(self, office, desk, page_as) -> Page:
        return Page(page_as("stockroom"), desk)

    def test_several_tags_are_asked_about_the_loudest_first(self, page, present, codes_of):
        page.scan("LT-1")
        present("E2000000000000000000AA01", rssi=-61)
        present("E2000000000000000000AA02", rssi=-38.5)
        present("E2000000000000000000AA03")
        page.show(f"/enrol?{self.query(page)}")

        found = re.findall(r'value="bind:(\w+)"', page.text)
        assert found == [f"E2000000000000000000AA0{n}" for n in (2, 1, 3)]
        assert "-38.5 dBm" in page.words
        page.choose("bind:E2000000000000000000AA01")
        assert codes_of("LT-1") == {("epc", "E2000000000000000000AA01")}

    def test_a_tag_of_another_asset_can_be_moved(self, page, present, codes_of):
        page.scan("LT-1")
        present(OTHER)
        page.show(f"/enrol?{self.query(page)}")
        assert "LT-9 Laptop has this tag" in page.words
        page.choose(f"move:{OTHER}")

        assert codes_of("LT-1") == {("epc", OTHER)}

    def test_a_tag_that_left_is_not_there(self, page, present):
        page.scan("LT-1")
        present(TAG, change="departed")
        page.show(f"/enrol?{self.query(page)}")

        assert TAG not in page.text

    def test_the_one_tag_binds_itself_once_it_has_been_alone(
        self, page, present, codes_of, monkeypatch
    ):
        page.scan("LT-1")
        present(TAG)
        query = self.query(page)
        monkeypatch.setattr("scanner_app.pages.tags.enrol.SETTLE", timedelta(hours=1))
        fresh = page.client.get(f"/enrol/reads?{query}", headers={"HX-Request": "true"}).text
        monkeypatch.setattr("scanner_app.pages.tags.enrol.SETTLE", timedelta(0))
        settled = page.client.get(f"/enrol/reads?{query}", headers={"HX-Request": "true"}).text

        assert "data-bind-now" not in fresh
        assert "data-bind-now" in settled
        assert f"bind:{TAG}" in unescape(settled)
        assert codes_of("LT-1") == set()  # looking changes nothing

    def test_a_stray_tag_that_lay_there_before_is_never_bound_by_itself(
        self, page, present, codes_of, monkeypatch
    ):
        monkeypatch.setattr("scanner_app.pages.tags.enrol.SETTLE", timedelta(0))
        page.scan("LT-1")
        present(TAG, change="present")
        page.show(f"/enrol?{self.query(page)}")
        alone = page.text
        present("E2000000000000000000AA01", change="arrived")
        page.show(f"/enrol?{self.query(page)}")

        assert "This unknown tag was there before" in alone
        assert f"bind:{TAG}" in alone
        assert "data-bind-now" not in alone
        [bound] = re.findall(r'data-bind-now="bind:(\w+)"', page.text)
        assert bound == "E2000000000000000000AA01"

    def test_reads_from_before_the_label_are_not_meant(self, page, present):
        present(TAG)
        page.scan("LT-2", tag="")
        page.scan("LT-1", tag="")
        page.show(f"/enrol?{self.query(page)}")

        assert TAG not in page.text

    @staticmethod
    def query(page: Page) -> str:
        hidden = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page.text))
        return "&".join(f"{k}={v.replace('+', '%2B')}" for k, v in hidden.items() if v)

    def test_a_reader_that_is_not_there_is_none(self, page):
        for reader in ("0", "x", "9" * 30, "12345"):
            page.show(f"/enrol?reader={reader}")

            assert page.answer.status_code == 200
            assert "enrol-reads" not in page.text

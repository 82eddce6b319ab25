"""Find it: what the page says without script, and what its stream tells and refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.readers.signal import Sample, Signal, SignalStrength, Trend
from scanner_app.domain.scanning.intents import Intent
from scanner_app.pages.tags import finder
from scanner_app.queries.readers.watches import list_watched_codes
from scanner_app.services.readers import setup, watches
from scanner_app.storage.database import reading
from tests.support.register import add_asset, add_location

EPC = "E2806894000040017790E471"
CART = "cart-1"


@pytest.fixture
def technician(page_as):
    return page_as("technician")


@pytest.fixture
def laptop(work) -> int:
    """A tagged laptop, and a reader whose antenna looks at room 1."""
    start = datetime.now(UTC)
    with work() as session:
        room = add_location(session, "R-1", "Room 1", now=start)
        reader = setup.set_reader(
            session, name=CART, kind="rfid", is_active=True, silent_after=600, now=start
        )
        setup.set_read_point(
            session,
            reader_id=reader.id,
            antenna=0,
            location_id=room.id,
            intent=Intent.SIGHTING,
            audit_id=None,
        )
        return add_asset(
            session,
            "LT/1",
            name="Loan laptop",
            location=room,
            now=start,
            identifiers=[("epc", EPC)],
        )


@pytest.fixture
def hear(work, laptop):
    """`hear(-52, age=2)`: the cart hears the tag."""

    def note(*strengths: float | None, age: float = 0.0) -> None:
        now = datetime.now(UTC)
        samples = [Sample(now.timestamp() - age, CART, 1, rssi) for rssi in strengths]
        with work() as session:
            watches.watch_asset(session, asset_id=laptop, now=now)
            watches.note_signals(session, signals=[(EPC, one) for one in samples], now=now)

    return note


PAGE = "/find/LT%2F1"


class TestShowFinder:
    def test_has_readers_listen_from_now_on(self, app, technician, laptop):
        text = technician.get(PAGE).text

        assert "Not heard yet" in text
        assert "Loan laptop" in text
        with app.app_context(), reading() as session:
            assert list_watched_codes(session, now=datetime.now(UTC)) == [EPC]
            later = datetime.now(UTC) + timedelta(seconds=31)
            assert list_watched_codes(session, now=later) == []

    def test_says_in_words_how_warm_it_is_and_where(self, technician, hear):
        hear(-52, -51, -53)

        text = technician.get(PAGE).text

        assert 'data-warmth="warm"' in text
        assert "-52 dBm, just now, at Room 1 (cart-1)." in text

    def test_tells_the_script_where_to_listen(self, technician, laptop):
        text = technician.get(PAGE).text

        assert f'data-address="{PAGE}"' in text
        assert f'data-events="{PAGE}/events"' in text

    def test_refreshes_itself_without_script(self, technician, laptop):
        text = technician.get(PAGE).text

        assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text

    def test_gives_the_block_alone_to_the_script_that_asks(self, technician, hear):
        hear(-40)

        block = technician.get(PAGE, headers={"HX-Request": "true"}).text.strip()

        assert block.startswith('<section class="warmth" data-warmth="hot"')
        assert block.endswith("</section>")

    def test_leads_to_scanning_it_in_the_audit_that_misses_it(self, technician, laptop):
        assert "/scan?code=LT/1&amp;audit=7" in technician.get(f"{PAGE}?audit=7").text
        for odd in ("x", "1&x=2", "9" * 12, "²"):
            assert "audit=" not in technician.get(PAGE, query_string={"audit": odd}).text, odd

    def test_says_what_is_missing_where_no_tag_is_known(self, technician, work):
        with work() as session:
            add_asset(session, "LT-2", now=datetime.now(UTC))

        text = technician.get("/find/LT-2").text

        assert "No RFID tag" in text
        assert "Edit its codes" not in text  # not for a technician to do
        assert "No reader is set up" in text

    def test_says_so_where_too_much_is_looked_for(self, technician, laptop, work, monkeypatch):
        monkeypatch.setattr(watches, "MAX_WATCHED", 0)

        assert "already being looked for" in technician.get(PAGE).text

    def test_of_no_asset_is_not_found(self, technician):
        for path in ("/find/NO-1", "/find/NO-1/events", "/find/a%00b"):
            assert technician.get(path).status_code == 404, path

    def test_is_for_those_who_see_the_register(self, page_as, laptop, api_as):
        assert page_as("viewer").get(PAGE).status_code == 200
        reader = api_as("reader")
        for path in (PAGE, f"{PAGE}/events"):
            assert reader.client.get(path, headers=reader.headers).status_code == 403, path


class TestStreamSignal:
    def test_tells_the_block_as_an_event(self, technician, hear):
        hear(-52)

        with technician.get(f"{PAGE}/events", buffered=False) as answer:
            chunks = iter(answer.response)
            first, second = (next(chunks) for _ in range(2))
            headers = answer.headers

        assert headers["Content-Type"].startswith("text/event-stream")
        assert headers["Cache-Control"] == "no-store"
        assert first == b"retry: 300\n\n"
        assert second.startswith(b"event: signal\ndata: ")
        assert second.endswith(b"\n\n")
        assert b'data-warmth="warm"' in second

    def test_ends_by_itself(self, technician, laptop, monkeypatch):
        monkeypatch.setattr(finder, "STREAM_S", 0.0)

        with technician.get(f"{PAGE}/events") as answer:
            assert answer.text.count("event: signal") == 1

    def test_refuses_more_than_a_worker_can_spare_and_gives_each_back(self, technician, laptop):
        opened = [
            technician.get(f"{PAGE}/events", buffered=False) for _ in range(finder.MAX_STREAMS)
        ]

        refused = technician.get(f"{PAGE}/events")
        for answer in opened:
            answer.close()
        with technician.get(f"{PAGE}/events", buffered=False) as again:
            assert next(iter(again.response)) == b"retry: 300\n\n"

        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert [answer.status_code for answer in [*opened, again]] == [200] * 3


class TestSaySignal:
    @pytest.mark.parametrize(
        ("signal", "sentence"),
        [
            (
                Signal(SignalStrength.SILENT),
                "No reader has heard its tag yet. Walk slowly along the shelves.",
            ),
            (
                Signal(SignalStrength.LOST, rssi=-60.4, age=12.4),
                "Last heard 12 s ago, -60 dBm, at Room 1. Go back a step or two.",
            ),
            (
                Signal(SignalStrength.LOST, age=5),
                "Last heard 5 s ago, unknown strength, at Room 1. Go back a step or two.",
            ),
            (
                Signal(SignalStrength.COOL, Trend.WARMER, rssi=-61, age=2),
                "-61 dBm, 2 s ago, at Room 1.",
            ),
            (
                Signal(SignalStrength.HEARD, age=0, reads=1),
                "Heard once in 3 s, just now, at Room 1. This reader does not report the strength.",
            ),
        ],
    )
    def test_tells_strength_age_and_place(self, signal, sentence):
        assert finder.describe_signal(signal, "Room 1") == sentence

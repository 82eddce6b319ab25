"""Watched tags: heard, reported, and forgotten when the search ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hardware.delivery.forward import Answer
from hardware.delivery.watching import FORGET_S, Watcher
from hardware.reads import TagRead

EPC, OTHER, TID = bytes.fromhex("3034AA01"), bytes.fromhex("3034AA02"), bytes.fromhex("E2003412")
NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


class Server:
    """A server with scripted answers, which records the requests."""

    def __init__(self) -> None:
        self.answer = Answer(200, {"watch": [], "next_seconds": 3})
        self.is_away = False
        self.asked: list[str] = []
        self.told: list[tuple[str, Any]] = []

    def get(self, path: str) -> Answer:
        self.asked.append(path)
        return self._say()

    def post(self, path: str, body: Any) -> Answer:
        self.told.append((path, body))
        return self._say()

    def _say(self) -> Answer:
        if self.is_away:
            raise ConnectionRefusedError
        return self.answer


class Room:
    """A watcher, its server, and a clock that the test advances."""

    def __init__(self, *codes: bytes) -> None:
        self.at = 1000.0
        self.server = Server()
        self.watcher = Watcher(self.server, lambda: NOW, lambda: self.at)  # type: ignore[arg-type] # asks as a Client does
        if codes:
            self.watcher.set_codes(frozenset(codes))

    def hear(self, raw: bytes, rssi: float | None = -60.0, **fields: Any) -> None:
        self.watcher.hear("cart", TagRead(raw, rssi_dbm=rssi, **fields))


class TestHear:
    def test_takes_watched_tags_and_nothing_else(self) -> None:
        room = Room(EPC)
        room.hear(EPC, antenna=2)
        room.hear(OTHER)

        [signal] = room.watcher.take()["cart"]

        assert signal == {
            "epc": "3034AA01",
            "heard_at": "2026-03-29T01:00:00.000000Z",
            "count": 1,
            "antenna": 2,
            "rssi": -60.0,
        }
        assert room.watcher.take() == {}

    def test_reports_the_median_and_the_count_of_each_antenna(self) -> None:
        room = Room(EPC)
        for rssi in (-70, -50, -60):
            room.hear(EPC, rssi, antenna=1)
        room.hear(EPC, -40, antenna=2, count=5)

        signals = room.watcher.take()["cart"]

        assert [(s["antenna"], s["rssi"], s["count"]) for s in signals] == [
            (1, -60.0, 3),
            (2, -40.0, 5),
        ]

    def test_recognises_a_tag_by_its_tid_too(self) -> None:
        room = Room(TID)
        room.hear(OTHER, tid=TID)

        assert room.watcher.take()["cart"][0]["epc"] == "E2003412"

    def test_leaves_the_strength_out_if_the_reader_sends_none(self) -> None:
        room = Room(EPC)
        room.hear(EPC, None)

        assert "rssi" not in room.watcher.take()["cart"][0]

    def test_remembers_at_most_its_bound(self) -> None:
        codes = [number.to_bytes(12, "big") for number in range(1000)]
        room = Room(*codes)
        for code in codes:
            room.hear(code)

        assert len(room.watcher.take()["cart"]) == 200


class TestTalk:
    def test_asks_when_due_and_waits_as_long_as_the_server_says(self) -> None:
        room = Room()

        assert room.watcher.exchange({}) == 3.0
        assert room.watcher.exchange({}) == 3.0
        room.at += 3
        room.watcher.exchange({})

        assert room.server.asked == ["/api/v1/watch"] * 2

    def test_watches_the_tags_of_the_answer_until_it_names_none(self) -> None:
        room = Room()
        room.server.answer = Answer(200, {"watch": ["3034aa01"], "next_seconds": 1})
        room.watcher.exchange({})
        assert room.watcher.is_watching

        room.server.answer = Answer(200, {"watch": [], "next_seconds": 3})
        room.hear(EPC)
        room.watcher.exchange(room.watcher.take())

        assert [path for path, _ in room.server.told] == ["/api/v1/readers/cart/signals"]
        assert not room.watcher.is_watching

    def test_forgets_the_search_after_a_long_absence_of_the_server(self) -> None:
        room = Room(EPC)
        room.server.is_away = True
        room.at += FORGET_S

        room.watcher.exchange({})
        assert room.watcher.is_watching
        room.at += 1
        room.watcher.exchange({})

        assert not room.watcher.is_watching

    def test_rarely_asks_a_server_that_has_no_watches(self) -> None:
        for answer in (Answer(404), Answer(403, {}), Answer(200, None), Answer(500)):
            room = Room()
            room.server.answer = answer

            assert room.watcher.exchange({}) == 60.0

    def test_ignores_an_impossible_interval(self) -> None:
        for asked, wait in ((0, 0.5), (-5, 0.5), (1e9, 300.0), ("soon", 3.0), (True, 3.0)):
            room = Room()
            room.server.answer = Answer(200, {"watch": [], "next_seconds": asked})

            assert room.watcher.exchange({}) == wait

"""From disk to server: no record is lost or kept twice, and a bad one stops no other."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hardware.delivery import Client, Forwarder, heartbeat_path, make_parcel, to_rfc3339
from hardware.errors import ConfigError, SpoolBusy, SpoolError, SpoolFull
from hardware.reads import Change, Confidence, ReaderSighting
from hardware.spool import DEAD_KEPT, Parcel, Spool

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
Script = Callable[[str, Any], tuple[int, Any]]


def parcel(number: int, *, route: str = "reads", reader: str = "door") -> Parcel:
    name = str(UUID(int=number))
    return Parcel(name, route, reader, {f"{route[:-1]}_id": name, "epc": "30"})


def names(parcels: list[Parcel]) -> list[int]:
    return [UUID(one.id).int for one in parcels]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool.sqlite3")
    yield made
    made.close()


class TestSpool:
    def test_returns_parcels_in_order_one_reader_and_route_at_a_time(self, spool: Spool) -> None:
        spool.put([parcel(1), parcel(2, reader="desk"), parcel(3)], now=0)
        spool.put([parcel(4, route="scans")], now=0)

        assert names(spool.peek(10)) == [1, 3]

    def test_tags_do_not_overtake_the_rooms_label_before_them(self, spool: Spool) -> None:
        cart = {"reader": "cart"}
        spool.put(
            [
                parcel(1, **cart),
                parcel(2),
                parcel(3, route="scans", **cart),
                parcel(4, **cart),
                parcel(5),
            ],
            now=0.0,
        )

        order = []
        while parcels := spool.peek(10):
            order.append(names(parcels))
            spool.settle([one.seq for one in parcels], now=0.0)

        assert order == [[1], [2, 5], [3], [4]]

    def test_a_held_label_does_not_hold_up_tags(self, spool: Spool) -> None:
        spool.put([parcel(1), parcel(2, route="scans"), parcel(3)], now=0.0)
        skip = [("scans", "door")]

        first = spool.peek(10, skip=skip)
        spool.settle([one.seq for one in first], now=0.0)

        assert names(first) == [1]
        assert names(spool.peek(10, skip=skip)) == [3]

    def test_unsettled_parcels_are_there_after_a_restart(self, tmp_path: Path) -> None:
        with contextlib.closing(Spool(tmp_path / "a" / "spool.sqlite3")) as first:
            first.put([parcel(n) for n in range(5)], now=7)
            first.settle([first.peek(1)[0].seq], now=8)

        with contextlib.closing(Spool(tmp_path / "a" / "spool.sqlite3")) as second:
            assert names(second.peek(10)) == [1, 2, 3, 4]
            assert second.state().oldest == 7

    def test_an_id_put_twice_is_kept_once(self, spool: Spool) -> None:
        spool.put([parcel(1)], now=0)
        spool.put([parcel(1), parcel(2)], now=1)

        assert spool.state().depth == 2

    def test_commits_a_whole_batch_with_one_fsync(self, spool: Spool) -> None:
        assert spool._db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert spool._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_a_second_agent_is_refused_with_a_clear_message(
        self, spool: Spool, tmp_path: Path
    ) -> None:
        with pytest.raises(SpoolBusy, match="another scanner-readers uses the spool"):
            Spool(tmp_path / "spool.sqlite3")

    def test_a_file_that_is_not_a_spool_is_left_unchanged(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("these are my notes, and no database at all\n" * 50)

        with pytest.raises(SpoolError, match="move the file away"):
            Spool(path)

        assert path.read_text().startswith("these are my notes")

    def test_a_full_spool_takes_no_more_and_keeps_what_it_has(self, tmp_path: Path) -> None:
        with contextlib.closing(Spool(tmp_path / "s", cap_bytes=200_000)) as spool:
            stored = 0
            with pytest.raises(SpoolFull, match="raise spool_cap_mb"):  # noqa: PT012 - until it is full
                while True:
                    spool.put([parcel(stored + n) for n in range(100)], now=0)
                    stored += 100

            assert spool.state().depth == stored > 300
            spool.settle([one.seq for one in spool.peek(stored)], now=1)
            spool.put([parcel(10**6)], now=2)
            assert spool.state().depth == 1

    def test_old_dead_letters_make_room_and_are_counted(self, tmp_path: Path) -> None:
        number = DEAD_KEPT + 3000
        with contextlib.closing(Spool(tmp_path / "s", cap_bytes=500_000)) as spool:
            with contextlib.suppress(SpoolFull):
                for at in range(0, number, 100):
                    spool.put([parcel(at + n) for n in range(100)], now=0)
                    batch = spool.peek(100)
                    spool.settle([], [(one, "no") for one in batch], now=1)
            state = spool.state()

            assert state.lost > 0
            assert state.dead + state.lost == number

    def test_dead_letters_can_be_queued_again_under_their_ids(self, spool: Spool) -> None:
        spool.put([parcel(1)], now=0)
        spool.settle([], [(spool.peek(1)[0], "invalid: epc")], now=1)

        assert [why for _, why in spool.dead_letters()] == ["invalid: epc"]
        assert spool.revive(now=2) == 1
        assert names(spool.peek(9)) == [1]
        assert spool.state().dead == 0

    def test_a_failed_write_keeps_nothing_of_its_batch(self, spool: Spool) -> None:
        nameless = Parcel(None, "reads", "door", {})  # type: ignore[arg-type]

        with pytest.raises(SpoolError, match="cannot be written"):
            spool.put([parcel(1), nameless], now=0)
        spool.put([parcel(2)], now=0)

        assert names(spool.peek(9)) == [2]


@pytest.fixture
def server() -> Iterator[Callable[[Script], str]]:
    servers: list[ThreadingHTTPServer] = []

    def start(script: Script) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = script(self.path, body)
                if status == 0:
                    self.close_connection = True
                    return
                data = json.dumps(answer).encode() if answer is not None else b""
                self.send_response(status)
                if status == 503:
                    self.send_header("Retry-After", "7")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        made.daemon_threads = True
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(made)
        return f"http://127.0.0.1:{made.server_address[1]}"

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


def recorded(body: Any) -> dict[str, Any]:
    return {"results": [{"read_id": r["read_id"], "status": "recorded"} for r in body["reads"]]}


class Courier:
    def __init__(self, spool: Spool, url: str, **options: Any) -> None:
        self.client = Client(url, "secret-token")
        self.forwarder = Forwarder(spool, self.client, lambda: NOW, **options)

    def __enter__(self) -> Forwarder:
        return self.forwarder

    def __exit__(self, *_: object) -> None:
        self.client.close()


class TestForward:
    def test_an_answered_batch_leaves_the_spool(
        self, spool: Spool, server: Callable[[Script], str]
    ) -> None:
        bodies = []

        def script(path: str, body: Any) -> tuple[int, Any]:
            bodies.append((path, body))
            return 200, recorded(body)

        spool.put([parcel(n) for n in range(3)], now=0)
        with Courier(spool, server(script)) as forwarder:
            outcome = forwarder.forward()

        assert outcome.settled == 3
        assert spool.state().depth == 0
        path, body = bodies[0]
        assert path == "/api/v1/reads"
        assert body["reader"] == "door"
        assert body["sent_at"] == "2026-03-29T01:00:00.000000Z"

    @pytest.mark.parametrize(
        ("status", "word"),
        [
            (0, "cannot be reached"),
            (500, "500"),
            (503, "503"),
            (429, "429"),
            (408, "408"),
            (302, "302"),
        ],
    )
    def test_an_error_that_is_not_about_the_records_keeps_them(
        self, spool: Spool, server: Callable[[Script], str], status: int, word: str
    ) -> None:
        spool.put([parcel(1), parcel(2)], now=0)

        with Courier(spool, server(lambda *_: (status, {"detail": "x"}))) as forwarder:
            outcome = forwarder.forward()

        assert word in (outcome.trouble or "")
        assert outcome.retry_after == (7.0 if status == 503 else None)
        assert (spool.state().depth, spool.state().dead) == (2, 0)

    @pytest.mark.parametrize(
        ("status", "word"),
        [
            (401, "new one"),
            (403, "role 'reader'"),
            (404, "set up there under this name"),
            (409, "switched off at the server"),
        ],
    )
    def test_one_reader_that_the_server_refuses_does_not_hold_up_the_others(
        self, spool: Spool, server: Callable[[Script], str], status: int, word: str
    ) -> None:
        def script(_: str, body: Any) -> tuple[int, Any]:
            if body["reader"] == "unknown":
                return status, {"detail": "no such reader"}
            return 200, recorded(body)

        spool.put([parcel(1, reader="unknown"), parcel(2), parcel(3, reader="desk")], now=0)
        with Courier(spool, server(script)) as forwarder:
            outcomes = [forwarder.forward() for _ in range(4)]

        assert [outcome.settled for outcome in outcomes] == [0, 1, 1, 0]
        assert word in (outcomes[-1].trouble or "")
        assert (names(spool.peek(9)), spool.state().dead) == ([1], 0)

    def test_a_held_readers_records_are_tried_again_after_the_wait(
        self, spool: Spool, server: Callable[[Script], str]
    ) -> None:
        answers = iter([(404, None), (200, "recorded")])

        def script(_: str, body: Any) -> tuple[int, Any]:
            status, answer = next(answers)
            return status, recorded(body) if answer else None

        spool.put([parcel(1)], now=0)
        with Courier(spool, server(script)) as forwarder:
            outcomes = [forwarder.forward() for _ in range(4)]

        assert [outcome.settled for outcome in outcomes] == [0, 0, 1, 0]
        assert outcomes[-1].is_empty

    def test_a_lost_answer_is_asked_for_again_under_the_same_ids(
        self, spool: Spool, server: Callable[[Script], str]
    ) -> None:
        stored: set[str] = set()
        posts: list[list[str]] = []

        def script(_: str, body: Any) -> tuple[int, Any]:
            ids = [read["read_id"] for read in body["reads"]]
            posts.append(ids)
            is_first = not stored
            stored.update(ids)
            return (0, None) if is_first else (200, recorded(body))

        spool.put([parcel(n) for n in range(3)], now=0)
        with Courier(spool, server(script)) as forwarder:
            outcomes = [forwarder.forward(), forwarder.forward()]

        assert [outcome.settled for outcome in outcomes] == [0, 3]
        assert posts[0] == posts[1]
        assert len(stored) == 3

    def test_a_refused_record_is_set_aside_with_its_reason_and_the_others_are_kept(
        self, spool: Spool, server: Callable[[Script], str]
    ) -> None:
        def script(_: str, body: Any) -> tuple[int, Any]:
            answer = recorded(body)
            answer["results"][1] |= {"status": "invalid", "errors": {"epc": ["no hex"]}}
            answer["results"][2] |= {"status": "conflict", "message": "other content"}
            answer["results"][3] |= {"status": "repeated"}
            return 200, answer

        spool.put([parcel(n) for n in range(4)], now=0)
        with Courier(spool, server(script)) as forwarder:
            forwarder.forward()

        dead = {UUID(one.id).int: why for one, why in spool.dead_letters()}
        assert dead == {
            1: "invalid: {'epc': ['no hex']}",
            2: "conflict: other content",
        }
        assert spool.state().depth == 0

    def test_halving_finds_the_one_bad_record_of_a_batch(
        self, spool: Spool, server: Callable[[Script], str]
    ) -> None:
        bad = str(UUID(int=37))
        posts = 0

        def script(_: str, body: Any) -> tuple[int, Any]:
            nonlocal posts
            posts += 1
            if any(read["read_id"] == bad for read in body["reads"]):
                return 422, {"detail": "a field is wrong"}
            return 200, recorded(body)

        spool.put([parcel(n) for n in range(100)], now=0)
        with Courier(spool, server(script)) as forwarder:
            while not (outcome := forwarder.forward()).is_empty:
                assert outcome.trouble is None

        assert [one.id for one, _ in spool.dead_letters()] == [bad]
        assert forwarder.delivered == 99
        assert posts < 60

    @pytest.mark.parametrize("answer", [None, [], {"results": 5}, {"items": []}])
    def test_an_answer_without_results_keeps_all_records(
        self, spool: Spool, server: Callable[[Script], str], answer: Any
    ) -> None:
        spool.put([parcel(1)], now=0)

        with Courier(spool, server(lambda *_: (200, answer))) as forwarder:
            assert "is it this API" in (forwarder.forward().trouble or "")

        assert spool.state().depth == 1

    def test_records_that_an_answer_leaves_out_stay_in_the_spool(
        self, spool: Spool, server: Callable[[Script], str]
    ) -> None:
        def script(_: str, body: Any) -> tuple[int, Any]:
            return 200, {"results": [*recorded(body)["results"][:1], "?", {"status": "odd"}]}

        spool.put([parcel(n) for n in range(3)], now=0)
        with Courier(spool, server(script)) as forwarder:
            outcome = forwarder.forward()

        assert "left out 2" in (outcome.trouble or "")
        assert names(spool.peek(9)) == [1, 2]

    def test_the_tags_to_watch_come_with_the_answer(
        self, spool: Spool, server: Callable[[Script], str]
    ) -> None:
        watched: list[frozenset[bytes]] = []

        def script(_: str, body: Any) -> tuple[int, Any]:
            return 200, recorded(body) | {"watch": ["3034AA", "no hex", 5]}

        spool.put([parcel(1)], now=0)
        with Courier(spool, server(script), on_watch=watched.append) as forwarder:
            forwarder.forward()

        assert watched == [frozenset({bytes.fromhex("3034AA")})]


class TestClient:
    def test_no_message_contains_the_token(self, spool: Spool) -> None:
        spool.put([parcel(1)], now=0)

        with Courier(spool, "http://127.0.0.1:9") as forwarder:
            assert "secret-token" not in (forwarder.forward().trouble or "")

    def test_warns_if_the_token_is_sent_unencrypted(self, caplog: pytest.LogCaptureFixture) -> None:
        Client("http://scanner.example", "t")
        Client("http://127.0.0.1:8000", "t")

        assert [record.message for record in caplog.records] == [
            "the token is sent unencrypted to scanner.example: use https"
        ]

    @pytest.mark.parametrize("url", ["", "scanner.example", "ftp://x", "https://"])
    def test_refuses_a_server_that_is_not_a_url(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"is not an http\(s\) URL"):
            Client(url, "t")

    def test_a_readers_name_is_quoted_in_its_path(self) -> None:
        assert heartbeat_path("../a b") == "/api/v1/readers/..%2Fa%20b/heartbeat"


def sighting(**more: Any) -> ReaderSighting:
    given: dict[str, Any] = {
        "reader": "door",
        "kind": "epc",
        "raw": bytes.fromhex("3034AA"),
        "change": Change.ARRIVED,
        "confidence": Confidence.NORMAL,
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "count": 3,
    }
    return ReaderSighting(**{**given, **more})


class TestMakeParcel:
    def test_a_tag_is_a_read(self) -> None:
        made = make_parcel(sighting(antenna=2, rssi=-51.5))

        assert made.route == "reads"
        assert made.body == {
            "read_id": made.id,
            "epc": "3034AA",
            "antenna": 2,
            "rssi": -51.5,
            "first_seen_at": "2026-03-29T01:00:00.000000Z",
            "last_seen_at": "2026-03-29T01:00:00.000000Z",
            "count": 3,
            "change": "arrived",
            "confidence": "normal",
        }

    @pytest.mark.parametrize("kind", ["uid", "em4100", "wiegand", "tid"])
    def test_a_card_is_a_read_by_uid(self, kind: str) -> None:
        assert make_parcel(sighting(kind=kind)).body["uid"] == "3034AA"

    @pytest.mark.parametrize(
        ("aim", "code"), [("]C1", "]C1800406141"), ("]A0", "800406141"), (None, "800406141")]
    )
    def test_a_label_is_a_scan_that_says_whether_it_is_gs1(
        self, aim: str | None, code: str
    ) -> None:
        made = make_parcel(
            sighting(kind="barcode", raw=b"800406141", aim=aim, intent="check_in", location="HQ")
        )

        assert made.route == "scans"
        assert made.body == {
            "scan_id": made.id,
            "code": code,
            "intent": "check_in",
            "scanned_at": to_rfc3339(NOW),
            "source": "wedge",
            "device": "door",
            "location": "HQ",
        }


def test_sqlite_is_recent_enough_for_the_spool() -> None:
    assert sqlite3.sqlite_version_info >= (3, 24), "ON CONFLICT DO UPDATE"

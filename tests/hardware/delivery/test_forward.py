"""From disk to server: no record is lost or kept twice, and a bad one stops no other."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest

from hardware.delivery.forward import Client, Forwarder, heartbeat_path, make_parcel, to_rfc3339
from hardware.delivery.spool import Spool
from hardware.errors import ConfigError
from hardware.reads import Change, Confidence, ReaderSighting
from tests.hardware.delivery.parcels import names, parcel

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
Script = Callable[[str, Any], tuple[int, Any]]


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
        caplog.set_level(logging.WARNING)  # another test's app may have set it higher
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

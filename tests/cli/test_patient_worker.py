"""A server as `make run` starts it: slow senders hold up nobody but themselves."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from gunicorn.config import Config

from scanner_app.cli.patient import worker as worker_module
from scanner_app.cli.patient.connection import Connection
from scanner_app.cli.patient.request_watch import MAX_HEAD, MAX_LINE, RequestWatch
from scanner_app.cli.patient.worker import PatientWorker

HALF_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-a: "
HALF_BODY = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=a"
)
HALF_CHUNKS = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\n\r\n\r\nx\r\n"
)
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
# The listener for phones that do not trust us yet has little patience here, so that it can be seen.
RUN = """
import sys
from scanner_app.cli.tls import trust_pages
from scanner_app.cli.patient import connection
begin = trust_pages.start_beside
def start_beside(serve):
    def serve_quickly():
        connection.HEAD_S = 0.5
        serve()
    return begin(serve_quickly)
trust_pages.start_beside = start_beside
from scanner_app.cli import main
main()
"""
LARGE = "/static/vendor/zxing-wasm-3.1.4/zxing_reader.wasm"
OPEN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
OPEN.check_hostname = False
OPEN.verify_mode = ssl.CERT_NONE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`scanner-app serve`: HTTPS, and the listener beside it for phones."""

    def __init__(self, folder: Path) -> None:
        self.port, self.plain_port = free_port(), free_port()
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        ports = ["--port", str(self.port), "--install-port", str(self.plain_port)]
        log = (folder.parent / "server.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, "serve", "--no-worker", "--host", "127.0.0.1", *ports],
            env={**clean, "SCANNER_INSTANCE_DIR": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        log.close()

    def wait(self) -> None:
        until = time.monotonic() + 150
        for ask in (self.ask, lambda: self.connect("http").close()):
            while True:
                with contextlib.suppress(OSError):
                    ask()
                    break
                assert self.process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.2)

    def ask(self, path: str = "/healthz", data: bytes | None = None) -> float:
        before = time.monotonic()
        address = f"https://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(address, data, timeout=20, context=OPEN) as answer:
            answer.read()
        return time.monotonic() - before

    def connect(self, scheme: str = "https", *, window: int = 0) -> socket.socket:
        plain = socket.socket()
        plain.settimeout(20)
        if window:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        plain.connect(("127.0.0.1", self.port if scheme == "https" else self.plain_port))
        return OPEN.wrap_socket(plain) if scheme == "https" else plain


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("served") / "instance")
    try:
        started.wait()
        yield started
    finally:
        started.process.terminate()
        status = started.process.wait(timeout=40)
    assert status == 0


# A handshake that the start of the server cuts off leaves a socket in the library.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def receive(line: socket.socket, *, answers: int) -> bytes:
    """Return what comes until as many answers of /healthz are whole."""
    got = b""
    while got.count(b'{"status":"ok"}\n') < answers:
        data = line.recv(4096)
        assert data, got
        got += data
    return got


def read_to_end(line: socket.socket) -> bytes:
    """Return all that comes; an end without the word of TLS for it would be an error."""
    got = b""
    while data := line.recv(65536):
        got += data
    return got


class TestPatientWorker:
    def test_answers_within_a_second_beside_500_half_requests_and_100_slow_bodies(self, server):
        with contextlib.ExitStack() as held:
            slowest, slow_bodies = 0.0, []
            for number in range(600):
                slow = held.enter_context(server.connect())
                slow.sendall(HALF_HEAD if number < 500 else (HALF_BODY, HALF_CHUNKS)[number % 2])
                if number >= 500:
                    slow_bodies.append(slow)
                if number % 50 == 0:
                    slowest = max(slowest, server.ask())
            for slow in slow_bodies:
                with contextlib.suppress(OSError):
                    slow.send(b"b")
            for _ in range(10):
                slowest = max(slowest, server.ask())
            assert slowest < 1

    def test_answers_beside_those_who_ask_for_much_and_read_nothing(self, server):
        with contextlib.ExitStack() as held:
            for _ in range(24):  # of sixteen threads
                slow = held.enter_context(server.connect(window=2048))
                slow.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 12)
            assert max(server.ask() for _ in range(10)) < 1

    def test_sends_all_to_a_reader_that_takes_its_time(self, server):
        with server.connect(window=16384) as slow:
            slow.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 3 + WHOLE)
            time.sleep(0.2)
            got = b""
            while not got.endswith(b'{"status":"ok"}\n'):
                got += slow.recv(1_000_000)
        size = (Path(__file__).parents[2] / LARGE[1:]).stat().st_size
        assert got.count(b"HTTP/1.1 200 OK") == 4
        assert 3 * size < len(got) < 3 * size + 20_000

    def test_ends_a_head_that_does_not_come_at_the_listener_for_phones(self, server):
        with contextlib.ExitStack() as held:
            slow = [held.enter_context(server.connect("http")) for _ in range(20)]
            for line in slow:
                line.sendall(HALF_HEAD)
            with server.connect("http") as quick:
                quick.sendall(b"GET /install HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert quick.recv(4096).startswith(b"HTTP/1.1 200")
            for line in slow:
                with contextlib.suppress(ConnectionError):
                    assert line.recv(100) == b""

    def test_answers_beside_half_handshakes(self, server):
        with contextlib.ExitStack() as held:
            for number in range(40):
                slow = socket.create_connection(("127.0.0.1", server.port), timeout=20)
                held.enter_context(slow)
                slow.sendall((b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n")[number % 3])
            assert max(server.ask() for _ in range(5)) < 1

    def test_answers_requests_that_come_in_pieces_or_together(self, server):
        with server.connect() as line:
            for at in range(len(WHOLE)):
                line.sendall(WHOLE[at : at + 1])
            assert b" 200 " in receive(line, answers=1)
            line.sendall(WHOLE * 3)
            assert receive(line, answers=3).count(b" 200 OK") == 3

    def test_asks_for_a_body_once_and_reads_it_in_chunks_and_what_follows(self, server):
        with server.connect() as line:
            line.sendall(
                b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                b"Expect: 100-continue\r\n\r\n"
            )
            assert line.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
            line.sendall(b"5\r\nemail\r\n0\r\n\r\n" + WHOLE)
            got = receive(line, answers=1)
        assert got.startswith(b"HTTP/1.1 4")
        assert b"100 Continue" not in got

    @pytest.mark.parametrize(
        "head",
        [
            b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n",
            b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            b"nothing of HTTP\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000,
        ],
    )
    def test_ends_an_answer_as_tls_says(self, server, head):
        with server.connect() as line:
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                line.sendall(head)
            got = read_to_end(line)
        assert got.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200", b"HTTP/1.1 4")), got[:100]
        assert (b"ok" in got) is head.startswith(b"GET /healthz")

    @pytest.mark.parametrize("size", [24_000_000, 40_000_000])
    def test_reads_a_large_body_and_says_that_it_is_too_large(self, server, size):
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.ask("/sign-in", b"email=" + b"a" * size)
        refused.value.close()
        assert refused.value.code in {413, 422}  # by the form, or by its size


class TestBounds:
    """What a worker does where its space ends, with sockets of our own."""

    @pytest.fixture
    def worker(self):
        config = Config()
        config.set("worker_connections", 8)
        worker = PatientWorker(0, 0, [], None, 30, config, None)
        worker.poller = selectors.DefaultSelector()
        yield worker
        for conn in list(worker.waiting):
            worker._drop(conn)
        worker.poller.close()
        worker.tmp.close()

    def connect(self, worker, address: str, *, held: int = 0) -> Connection:
        ours, theirs = socket.socketpair()
        theirs.close()
        conn = Connection(worker.cfg, ours, (address, 1), ("127.0.0.1", 80))
        conn.sock.incoming.append(bytes(held))
        worker.nr_conns += 1
        worker._wait(conn)
        return conn

    def test_closes_the_oldest_of_the_address_that_holds_the_most_connections(self, worker):
        quiet = self.connect(worker, "10.0.0.1")
        many = [self.connect(worker, "10.0.0.2") for _ in range(7)]

        worker._make_room()

        assert list(worker.waiting) == [quiet, *many[1:]]

    def test_closes_the_largest_of_the_address_that_holds_the_most_bytes(self, worker, monkeypatch):
        monkeypatch.setattr(worker_module, "MAX_HELD", 1_000_000)
        small = self.connect(worker, "10.0.0.1", held=300_000)
        greedy = [self.connect(worker, "10.0.0.2", held=size) for size in (300_000, 450_000)]

        worker._bound_held(small)

        assert list(worker.waiting) == [small, greedy[0]]


class TestRequestWatch:
    @pytest.mark.parametrize(
        ("text", "whole"),
        [
            (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
            (b"GET / HTTP/1.1\r\nHost: x\r\n\r", False),
            (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", False),
            (b"POST / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc", True),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\r\n\r\r\n", False),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", False),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", True),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n", True),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n", True),
        ],
    )
    def test_sees_the_end_however_the_bytes_are_cut(self, text, whole):
        for size in (1, 2, 7, len(text)):
            watch = RequestWatch()
            for at in range(0, len(text), size):
                assert not watch.is_whole
                watch.feed(text[at : at + size])
            assert watch.is_whole is whole

    @pytest.mark.parametrize(
        "text",
        [
            b"G" * (MAX_HEAD + 1),
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * (MAX_LINE + 1),
        ],
    )
    def test_sees_what_never_ends(self, text):
        for size in (1000, len(text)):
            watch = RequestWatch()
            for at in range(0, len(text), size):
                watch.feed(text[at : at + size])
            assert (watch.is_endless, watch.is_whole) == (True, False)

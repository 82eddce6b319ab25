"""A server as `make run` starts it: slow senders hold up nobody but themselves."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from scanner_app.cli.request_watch import MAX_HEAD, RequestWatch

HALF_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-a: "
HALF_BODY = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=a"
)
HALF_CHUNKS = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\n\r\n\r\nx\r\n"
)
RUN = "from scanner_app.cli import main; main()"
OPEN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
OPEN.check_hostname = False
OPEN.verify_mode = ssl.CERT_NONE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    def __init__(self, folder: Path, *, scheme: str = "https", **environ: str) -> None:
        self.port, self.scheme = free_port(), scheme
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        options = ["--http"] if scheme == "http" else ["--install-port", "0"]
        log = (folder.parent / "server.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, "serve", "--port", str(self.port), *options],
            env={**clean, "SCANNER_INSTANCE_DIR": str(folder), **environ},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        log.close()

    def wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                self.ask()
                return
            assert self.process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)

    def ask(self, path: str = "/healthz", data: bytes | None = None) -> float:
        before = time.monotonic()
        address = f"{self.scheme}://127.0.0.1:{self.port}{path}"
        context = OPEN if self.scheme == "https" else None
        with urllib.request.urlopen(address, data, timeout=20, context=context) as answer:
            answer.read()
        return time.monotonic() - before

    def connect(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return OPEN.wrap_socket(plain) if self.scheme == "https" else plain


@pytest.fixture(scope="module", params=["https", "http"])
def server(request, tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("served") / "instance", scheme=request.param)
    started.wait()
    yield started
    started.process.terminate()
    started.process.wait(timeout=40)


# A handshake that the start of the server cuts off leaves a socket in the library.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def receive(line: socket.socket, *, answers: int) -> bytes:
    """Return what comes until as many answers of /healthz are whole."""
    got = b""
    while got.count(b'{"status":"ok"}\n') < answers:
        got += line.recv(4096)
    return got


class TestPatientWorker:
    def test_answers_within_a_second_beside_500_half_requests_and_100_slow_bodies(self, server):
        held = []
        try:
            slowest = 0.0
            for number in range(600):
                slow = server.connect()
                part = HALF_HEAD if number < 500 else (HALF_BODY, HALF_CHUNKS)[number % 2]
                slow.sendall(part)
                held.append(slow)
                if number % 50 == 0:
                    slowest = max(slowest, server.ask())
            for slow in held[500:]:
                with contextlib.suppress(OSError):
                    slow.send(b"b")
            for _ in range(10):
                slowest = max(slowest, server.ask())
            assert slowest < 1
        finally:
            for slow in held:
                slow.close()

    def test_ends_a_head_that_does_not_come(self, server):
        with server.connect() as slow:
            slow.sendall(HALF_HEAD)
            before = time.monotonic()
            with contextlib.suppress(ConnectionError):
                assert slow.recv(100) == b""
            assert 8 < time.monotonic() - before < 15

    def test_answers_requests_that_come_in_pieces_or_together(self, server):
        whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with server.connect() as line:
            for at in range(len(whole)):
                line.sendall(whole[at : at + 1])
            assert b" 200 " in receive(line, answers=1)
            line.sendall(whole * 3)
            assert receive(line, answers=3).count(b" 200 OK") == 3
            line.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                         b"Expect: 100-continue\r\n\r\n")  # fmt: skip
            assert line.recv(4096).startswith(b"HTTP/1.1 100 ")

    def test_takes_a_large_body(self, server):
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.ask("/sign-in", b"email=" + b"a" * 24_000_000)
        refused.value.close()
        assert refused.value.code in {400, 413, 422, 429}


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
            (b"G" * (MAX_HEAD + 1), True),
        ],
    )
    def test_sees_the_end_however_the_bytes_are_cut(self, text, whole):
        for size in (1, 2, 7, len(text)):
            watch = RequestWatch()
            for at in range(0, len(text), size):
                assert not watch.is_whole or len(text) > MAX_HEAD
                watch.feed(text[at : at + size])
            assert watch.is_whole is whole

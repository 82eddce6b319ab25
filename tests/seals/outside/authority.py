"""A time stamp authority on loopback: `openssl ts -reply` behind HTTP, with a CA of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

CONFIG = """
[tsa]
default_tsa = stamps
[stamps]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[only_stamps]
extendedKeyUsage = critical,timeStamping
"""


def openssl(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run `openssl`, and return what came of it."""
    line = ["openssl", *map(str, words)]
    return subprocess.run(line, capture_output=True, check=False, timeout=60)


def _make(*words: str | Path) -> None:
    done = openssl(*words)
    assert done.returncode == 0, done.stderr.decode()


@dataclass
class Authority:
    """Where it answers, and what it does.

    :ivar is_away: it answers 503.
    :ivar answer: it sends this in place of a stamp.
    :ivar received: the bodies that were sent to the address of the hook.
    """

    folder: Path
    url: str = ""
    is_away: bool = False
    answer: bytes | None = None
    received: list[bytes] = field(default_factory=list)

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def reply(self, request: bytes) -> bytes:
        """Return what `openssl ts` answers to a request."""
        asked, answered = self.folder / "asked.tsq", self.folder / "answered.tsr"
        asked.write_bytes(request)
        config = self.folder / "tsa.cnf"
        _make("ts", "-reply", "-config", config, "-queryfile", asked, "-out", answered)
        return answered.read_bytes()


def make_authority(folder: Path) -> Authority:
    """Make the keys and certificates of an authority."""
    folder.mkdir()
    config = folder / "tsa.cnf"
    config.write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-sha256")
    _make(*new, "-x509", "-days", "30", "-subj", "/CN=Test CA",
          "-keyout", folder / "ca.key", "-out", folder / "ca.pem")  # fmt: skip
    _make(*new, "-subj", "/CN=Test TSA", "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr")
    _make("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem",
          "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "30",
          "-extfile", config, "-extensions", "only_stamps", "-out", folder / "tsa.pem")  # fmt: skip
    return Authority(folder)


@contextmanager
def serve_authority(folder: Path) -> Iterator[Authority]:
    """Serve an authority at `/tsr`, and take what is sent to `/hook`."""
    authority = make_authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/hook":
                authority.received.append(body)
                answer = b"thanks"
            else:
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = authority.answer or authority.reply(body)
            self.send_response(503 if authority.is_away else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

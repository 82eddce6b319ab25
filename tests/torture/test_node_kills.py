"""Two machines serve phones, counters and a reader; one dies for a while, then the database restarts.

No acknowledged scan is lost and none has two effects, and a request that is answered is answered
with 2xx, 409, 422, 429 or 503. It takes longer than the checks may: `make torture` runs it for ten
minutes (`NODE_SECONDS`).
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from scanner_app.domain.access.roles import Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.services.access import tokens
from scanner_app.services.readers.setup import set_read_point, set_reader
from scanner_app.storage.database import db, unit_of_work
from scanner_app.storage.keys import NAME, load_signing_key
from tests.support.buckets import KEY, SECRET_KEY, BucketServer
from tests.support.databases import PostgresTemplate, build_app, make_settings
from tests.support.postgres import PostgresServer, await_postgres, run_postgres
from tests.support.register import add_asset
from tests.torture.checker import PEOPLE, ROOMS, TAGS, check, furnish
from tests.torture.clients import DOOR, Client, Ledger, Reader
from tests.torture.nemesis import Server

SECONDS = float(os.environ.get("NODE_SECONDS", "60"))
# Parts of the time: a machine goes, comes back, and the database is restarted.
GONE, BACK, RESTART = 0.3, 0.6, 0.8
PHONES, COUNTERS = 20, 2
ALLOWED = {200, 201, 202, 204, 409, 422, 429, 503}
EPCS = [f"E2806894000040017790E4{n:02X}" for n in range(8)]
PAPER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif("NODE_SECONDS" not in os.environ, reason="long: make torture"),
]


class Nodes:
    """What a proxy without a memory is to a phone: now one machine, now the other."""

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self.turn = 0

    @property
    def port(self) -> int:
        self.turn += 1
        return self.servers[self.turn % len(self.servers)].port


class Counter(Client):
    """Two of them hand the same few things out and take them back, all day."""

    def make_scan(self) -> dict:
        one = super().make_scan()
        one.pop("location", None)
        one["intent"] = self.rng.choice(["check_out", "check_in"])
        one["custodian"] = self.rng.choice(self.people)
        if one["intent"] == "check_in":
            one.pop("custodian")
        return one


class Clerk(Client):
    """Adds papers to an asset, each until it is kept, and remembers which were."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.kept: dict[str, bytes] = {}

    def run(self) -> None:
        while not self.stop.is_set():
            tag, paper = self.rng.choice(self.tags), PAPER + self.rng.randbytes(20).hex().encode()
            address = f"/api/v1/assets/{tag}/attachments/{uuid.UUID(int=self.rng.getrandbits(128))}"
            while not self.stop.is_set():
                if self.exchange("PUT", f"{address}?kind=document", paper)[0] == 200:
                    self.kept[address] = paper
                    break
                self.stop.wait(0.2)
            self.stop.wait(1)  # a clerk who scans papers

    def exchange(self, method: str, address: str, paper: bytes = b"") -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}"}
        body = b""
        if paper:
            headers["Content-Type"] = "multipart/form-data; boundary=edge"
            disposition = b'Content-Disposition: form-data; name="file"; filename="paper.pdf"'
            body = b"\r\n".join([b"--edge", disposition, b"", paper, b"--edge--", b""])
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, address, body, headers)
            with connection.getresponse() as answer:
                content = answer.read()
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()
        with self.ledger.lock:
            self.ledger.statuses[answer.status] += 1
        return answer.status, content


class Postgres:
    """A database that can be ended as a crash ends it, and started again."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.again: subprocess.Popen[bytes] | None = None

    def restart(self) -> None:
        data = self.server.home / "data"
        words = shlex.split((data / "postmaster.opts").read_text())
        pid = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        os.waitpid(pid, 0)  # it is a child of this process, and holds its lock until it is gone
        with (self.server.home / "log").open("ab") as log:
            self.again = subprocess.Popen(
                words,
                stdout=log,
                stderr=log,
                cwd=self.server.home,
                user="postgres" if os.geteuid() == 0 else None,
            )
        await_postgres(self.server, self.again)

    def stop(self) -> None:
        if self.again is not None:
            self.again.send_signal(signal.SIGINT)
            self.again.wait(timeout=20)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with run_postgres(durable=True) as server:
        postgres = Postgres(server)
        yield postgres
        postgres.stop()


def set_up(url: str, folder: Path, began: datetime) -> tuple[str, int]:
    """Fill the register, and return the secret and the id of a token."""
    app = build_app(make_settings(folder, url))
    with app.app_context():
        with unit_of_work() as session:
            rooms = furnish(session, now=began)
            for number, epc in enumerate(EPCS):
                add_asset(session, f"RF-{number}", now=began, identifiers=[("epc", epc)])
            reader = set_reader(
                session, name=DOOR, kind="rfid", is_active=True, silent_after=600, now=began
            )
            set_read_point(
                session,
                reader_id=reader.id,
                antenna=0,
                location_id=rooms[0].id,
                intent=Intent.SIGHTING,
                audit_id=None,
            )
            token = tokens.add_token(
                session, name="torture", role=Role.ADMIN, created_by="test", now=began
            )
        db.session.remove()
        db.engine.dispose()
    return token.secret, token.id


class Day:
    """Two machines on one database and one bucket, and who asks them."""

    def __init__(self, url: str, secret: str, folders: list[Path], bucket: BucketServer) -> None:
        environ = {
            "SCANNER_FILES_URL": "s3://bucket/files",
            "SCANNER_FILES_ENDPOINT": f"http://127.0.0.1:{bucket.port}",
            "SCANNER_FILES_KEY": KEY,
            "SCANNER_FILES_SECRET": SECRET_KEY,
        }
        self.servers = [
            Server(url, folder, workers=2, has_worker=True, environ=environ) for folder in folders
        ]
        self.ledger, self.stop = Ledger(), threading.Event()
        nodes = Nodes(self.servers)

        def ask(kind: type[Client], number: int, tags: list[str]) -> Client:
            return kind(nodes, secret, self.ledger, self.stop, number, tags, PEOPLE, ROOMS)

        self.clerk = Clerk(nodes, secret, self.ledger, self.stop, 300, TAGS, PEOPLE, ROOMS)
        self.clients = [
            *(ask(Client, number, TAGS) for number in range(PHONES)),
            *(ask(Counter, 100 + number, TAGS[:3]) for number in range(COUNTERS)),
            ask(Reader, 200, EPCS),
            self.clerk,
        ]

    def live(self, postgres: Postgres) -> dict[str, tuple[int, bytes]]:
        """Run everybody through the day, and return the papers that both machines give back."""
        for server in self.servers:
            server.start()
        start = time.monotonic()

        def wait_until(part: float) -> None:
            time.sleep(max(0.0, start + part * SECONDS - time.monotonic()))

        for client in self.clients:
            client.start()
        wait_until(GONE)
        self.servers[0].kill_all()
        wait_until(BACK)
        self.servers[0].start()
        wait_until(RESTART)
        postgres.restart()
        wait_until(1)
        self.stop.set()
        for client in self.clients:
            client.join(timeout=60)
        return {address: self.clerk.exchange("GET", address) for address in self.clerk.kept}

    def end(self) -> None:
        for server in self.servers:
            server.stop()


def test_nothing_is_lost_and_nothing_done_twice(postgres, tmp_path):
    template = PostgresTemplate(postgres.server, tmp_path / "template")
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    url = template.make(folders[0])
    load_signing_key(folders[0])
    shutil.copy(folders[0] / NAME, folders[1])
    began = datetime.now(UTC) - timedelta(minutes=1)
    secret, token_id = set_up(url, folders[0], began)
    bucket = BucketServer(tmp_path / "bucket")
    bucket.start()
    day = Day(url, secret, folders, bucket)
    try:
        papers = day.live(postgres)
    finally:
        day.end()
        bucket.stop()
    app = build_app(make_settings(folders[0], url))
    ledger = day.ledger
    with app.app_context():
        verdict = check(ledger, token_id=token_id, began=began)
        db.session.remove()
        db.engine.dispose()

    reads = len(ledger.reads.keys() & ledger.acknowledged.keys())
    print(f"\n{verdict}; {reads} reads, {len(papers)} papers; answers {dict(ledger.statuses)}")
    assert verdict.is_clean(), str(verdict)
    assert set(ledger.statuses) <= ALLOWED
    assert papers == {address: (200, paper) for address, paper in day.clerk.kept.items()}
    assert reads
    assert papers

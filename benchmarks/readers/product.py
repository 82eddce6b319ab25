"""The product at the far end of the flood: killed, with answers lost on the way, and checked."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select

from hardware.readers.virtual import make_epc
from hardware.reads import Change, Confidence, ReaderSighting, hex_of
from scanner_app import create_app
from scanner_app.config import Settings
from scanner_app.domain.access.roles import Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, Location, Scan
from scanner_app.services.access import tokens
from scanner_app.services.readers.setup import set_read_point, set_reader
from scanner_app.storage.database import db, reading, unit_of_work
from scanner_app.storage.schema import upgrade_schema
from tests.support.register import add_asset, add_location

SECRET = "a secret of this benchmark alone, and long enough"
PLACES = {1: ("DOCK", "Dock"), 2: ("YARD", "Yard")}
LONG_AGO = datetime.now(UTC) - timedelta(days=30)


class LossyWay:
    """Carries requests to the product, and loses some of the answers after they were given."""

    def __init__(self, port: int, lose: float) -> None:
        rng = random.Random(7)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def carry(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                way = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                try:
                    way.request(self.command, self.path, body or None, dict(self.headers))
                    answer = way.getresponse()
                    content = answer.read()
                except (OSError, http.client.HTTPException):
                    self.close_connection = True
                    return
                finally:
                    way.close()
                if rng.random() < lose:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type", ""))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = carry  # noqa: N815 - the base's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
                """Keep the log of requests empty."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


class Product:
    """`scanner-app serve` on a SQLite file of its own, with the door's assets and read points."""

    def __init__(self, folder: Path, *, reader: str, tags: int, lose: float) -> None:
        self._folder = folder
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self._port = sock.getsockname()[1]
        self._way = LossyWay(self._port, lose)
        self.port = self._way.port
        self._app = create_app(
            Settings(
                instance_dir=folder,
                secret_key=SECRET,
                secure_cookies=False,
                log_level="WARNING",
            )
        )
        with self._app.app_context():
            upgrade_schema()
            self.token = self._fill(reader, tags)
            db.session.remove()
            db.engine.dispose()
        self.start()

    def _fill(self, reader: str, tags: int) -> str:
        with unit_of_work() as session:
            shelf = add_location(session, "SHELF", "Shelf", now=LONG_AGO)
            for number in range(1, tags + 1):
                add_asset(
                    session,
                    f"LT-{number:04}",
                    location=shelf,
                    now=LONG_AGO,
                    identifiers=[("epc", hex_of(make_epc(number)))],
                )
            door = set_reader(
                session, name=reader, kind="rfid", is_active=True, silent_after=600, now=LONG_AGO
            )
            for antenna, (code, name) in PLACES.items():
                set_read_point(
                    session,
                    reader_id=door.id,
                    antenna=antenna,
                    location_id=add_location(session, code, name, now=LONG_AGO).id,
                    intent=Intent.SIGHTING,
                    audit_id=None,
                )
            self.viewer = self._make_token(session, Role.VIEWER)
            return self._make_token(session, Role.READER)

    @staticmethod
    def _make_token(session: object, role: Role) -> str:
        return tokens.add_token(
            session,  # type: ignore[arg-type] # the session of the caller
            name=role.value,
            role=role,
            created_by="benchmark",
            now=datetime.now(UTC),
        ).secret

    def start(self) -> None:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        environ |= {
            "SCANNER_INSTANCE_DIR": str(self._folder),
            "SCANNER_SECRET_KEY": SECRET,
            "SCANNER_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "scanner_app", "serve", "--http"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self._port), "--workers", "2"],
            env=environ,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Return when it answers."""
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=2).close()
                return
            time.sleep(0.1)  # the server says itself when it is ready

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def check(self, sightings: Iterable[ReaderSighting], reads: int) -> dict[str, object]:
        """Hold the log and the pages of the assets to what the agent made."""
        made = {sighting.read_id: sighting for sighting in sightings}
        self.wait()
        with self._app.app_context(), reading() as session:
            logged = session.execute(select(Scan.scan_id, Scan.reader_said)).all()
            seen = {
                tag: (at, place)
                for tag, at, place in session.execute(
                    select(Asset.asset_tag, Asset.last_seen_at, Location.name).join(
                        Location, Location.id == Asset.last_seen_location_id
                    )
                )
            }
        counted = sum(int(said.split("count ")[1].split(",")[0].split()[0]) for _, said in logged)
        right = sum(self._is_page_right(tag, *truth) for tag, truth in find_truth(made.values()))
        return {
            "at_server": len(logged),
            "reads_counted_at_server": counted,
            "assets_seen": len(seen),
            "asset_pages_right": right,
            "each_exactly_once": sorted(row.scan_id for row in logged) == sorted(made)
            and counted == reads
            and right == len(seen) > 0,
        }

    def _is_page_right(self, tag: str, at: datetime, place: str) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/assets/{quote(tag)}",
            headers={"Authorization": f"Bearer {self.viewer}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
        told = text.split("Last seen</dt>")[1].split("</dd>")[0]
        return place in told and at.strftime("%Y-%m-%dT%H:%M:%S") in told


def find_truth(sightings: Iterable[ReaderSighting]) -> Iterable[tuple[str, tuple[datetime, str]]]:
    """Return (asset's tag, (when it was last seen, in which place)) by what the agent told.

    A glimpse at the other antenna proves nothing, and is no sight of it.
    """
    numbers = {make_epc(number): f"LT-{number:04}" for number in range(1, 10_000)}
    by_tag: dict[str, list[ReaderSighting]] = defaultdict(list)
    for sighting in sightings:
        by_tag[numbers[sighting.raw]].append(sighting)
    for tag, told in by_tag.items():
        sure = [
            one
            for one in told
            if one.change is not Change.GLIMPSED and one.confidence is Confidence.NORMAL
        ]
        newest = max(sure, key=lambda one: one.last_seen_at)
        yield tag, (newest.last_seen_at, PLACES[newest.antenna or 0][1])

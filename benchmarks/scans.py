"""Scans a second, single and in batches, beside a bare route that does the least: same run, ratios.

    python -m benchmarks.scans [--assets 100000] [--seconds 4] [--databases sqlite,postgres]

For each database: a register of so many assets; two servers of the same kind (gunicorn, two
workers of eight threads), ours and a bare Flask route that does one indexed read and two writes;
clients on kept-alive connections; the two are measured in turns and the median of the rounds
counts. A batch is held against a bare bulk insert with one set-based update, posted the same way.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.office import fill_register
from scanner_app.domain.access.roles import Role
from scanner_app.services.access import tokens
from scanner_app.storage.database import db, unit_of_work
from scanner_app.storage.schema import upgrade_schema
from tests.support.databases import SECRET, build_app, make_settings
from tests.support.postgres import run_postgres
from tests.torture.nemesis import free_port

ROOT = Path(__file__).resolve().parents[1]


class Server:
    def __init__(self, module: str, url: str, instance: Path) -> None:
        self.port = free_port()
        environ = {
            **os.environ,
            "SCANNER_DATABASE_URL": url,
            "SCANNER_INSTANCE_DIR": str(instance),
            "SCANNER_SECRET_KEY": SECRET,
            "SCANNER_LOG_LEVEL": "ERROR",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--http", "--port", str(self.port)],
            cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                connection.close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def post(connection: http.client.HTTPConnection, path: str, body: bytes, token: str) -> None:
    connection.request(
        "POST",
        path,
        body,
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")


def make_scan(number: int, assets: int) -> dict:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": f"LT-{number % assets:06}",
        "intent": "move",
        "scanned_at": datetime.now(UTC).isoformat(),
        "location": f"R-{number % 50:03}",
        "symbology": "code_128",
        "source": "wedge",
        "device": "bench",
    }


def measure(
    port: int, path: str, token: str, *, clients: int, seconds: float, size: int, assets: int
) -> tuple[float, float]:
    """Return scans a second and the 99th percentile of a request in ms."""
    times: list[float] = []
    stop = time.perf_counter() + seconds
    lock = threading.Lock()

    def run(offset: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        own: list[float] = []
        number = offset * 7919
        while time.perf_counter() < stop:
            scans = [make_scan(number + i, assets) for i in range(size)]
            number += size
            body = json.dumps({"scans": scans}).encode()
            start = time.perf_counter()
            post(connection, path, body, token)
            own.append(time.perf_counter() - start)
        connection.close()
        with lock:
            times.extend(own)

    began = time.perf_counter()
    threads = [threading.Thread(target=run, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    times.sort()
    return len(times) * size / took, times[int(len(times) * 0.99)] * 1000 if times else 0.0


@contextmanager
def database(kind: str):
    if kind == "sqlite":
        yield ""
        return
    with run_postgres(durable=True) as server:
        server.execute("CREATE DATABASE bench")
        yield server.url("bench")


def run(kind: str, *, assets: int, **options: Any) -> None:
    with tempfile.TemporaryDirectory() as name, database(kind) as url:
        instance = Path(name) / "instance"
        app = build_app(make_settings(instance, url))
        with app.app_context():
            upgrade_schema()
            fill_register(assets)
            with unit_of_work() as session:
                token = tokens.add_token(
                    session, name="bench", role=Role.ADMIN, created_by="bench",
                    now=datetime.now(UTC),
                ).secret  # fmt: skip
            db.session.remove()
            db.engine.dispose()
        ours = Server("scanner_app", url, instance)
        bare = Server("benchmarks.bare", url, instance)
        try:
            compare(kind, ours, bare, token, assets=assets, **options)
        finally:
            ours.stop()
            bare.stop()


def compare(
    kind: str,
    ours: Server,
    bare: Server,
    token: str,
    *,
    assets: int,
    seconds: float,
    rounds: int,
    clients_of_singles: list[int],
    sizes: list[int],
) -> None:
    print(f"\n{kind}, {assets} assets: scans a second (p99 ms)")
    print(f"{'':28}{'ours':>18}{'bare':>18}{'ratio':>8}")
    cases = [("one at a time", clients, 1) for clients in clients_of_singles]
    cases += [("batches", 1, size) for size in sizes]
    for label, clients, size in cases:
        pairs: list[tuple[tuple[float, float], tuple[float, float]]] = []
        path = "/bare" if label == "one at a time" else "/bulk"
        options = {"clients": clients, "seconds": seconds, "size": size, "assets": assets}
        for _ in range(rounds):
            pairs.append(
                (
                    measure(ours.port, "/api/v1/scans", token, **options),
                    measure(bare.port, path, token, **options),
                )
            )
        mine = statistics.median(a[0] for a, _ in pairs)
        theirs = statistics.median(b[0] for _, b in pairs)
        ratio = statistics.median(a[0] / b[0] for a, b in pairs)
        p_mine = statistics.median(a[1] for a, _ in pairs)
        p_theirs = statistics.median(b[1] for _, b in pairs)
        name = f"{label}, {clients} clients" if size == 1 and clients > 1 else f"{label} of {size}"
        print(
            f"{name:28}{mine:10.0f} ({p_mine:5.1f}){theirs:10.0f} ({p_theirs:5.1f}){ratio:8.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--clients", type=_numbers, default=[1, 8, 32], help="of single scans")
    parser.add_argument("--sizes", type=_numbers, default=[1, 100, 1000], help="of batches")
    options = parser.parse_args()
    for kind in options.databases.split(","):
        run(
            kind,
            assets=options.assets,
            seconds=options.seconds,
            rounds=options.rounds,
            clients_of_singles=options.clients,
            sizes=options.sizes,
        )


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


if __name__ == "__main__":
    main()

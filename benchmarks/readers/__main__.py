"""Figures of the reader layer: decoder throughput, and a door's flood through a failing server.

python -m benchmarks.readers decoders
python -m benchmarks.readers flood
python -m benchmarks.readers flood --product
python -m benchmarks.readers flood --server https://scanner.example --token TOKEN
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.readers.decoders import measure_decoders
from benchmarks.readers.product import Product
from hardware.agent import Agent
from hardware.clock import SimulatedClock
from hardware.config import AgentConfig, ReaderConfig
from hardware.delivery.spool import Spool
from hardware.reads import ReaderSighting

TOKEN = "flood"


class ReadServer(BaseHTTPRequestHandler):
    """Stores reads by read_id before it answers, and loses some of the answers."""

    protocol_version = "HTTP/1.1"
    path_db: Path
    lose: float
    guard = threading.Lock()
    rng = random.Random()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = self.store(body) if self.path == "/api/v1/reads" else None
        if self.rng.random() < self.lose:
            self.close_connection = True
            return
        answer = json.dumps({"results": results} if results is not None else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def store(self, body: dict) -> list[dict]:
        results = []
        with self.guard, contextlib.closing(sqlite3.connect(self.path_db)) as db, db:
            for read in body["reads"]:
                new = db.execute(
                    "INSERT OR IGNORE INTO reads VALUES (?, ?, ?)",
                    (read["read_id"], read.get("epc"), read["count"]),
                ).rowcount
                status = "recorded" if new else "repeated"
                results.append({"read_id": read["read_id"], "status": status})
            repeated = sum(result["status"] == "repeated" for result in results)
            db.execute("UPDATE tally SET repeated = repeated + ?", (repeated,))
        return results

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep the log of requests empty."""


def serve(db: Path, port: int, lose: float) -> None:
    with contextlib.closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS reads (read_id TEXT PRIMARY KEY, epc TEXT, count INTEGER)"
        )
        connection.execute("CREATE TABLE IF NOT EXISTS tally (repeated INTEGER)")
        if not connection.execute("SELECT 1 FROM tally").fetchone():
            connection.execute("INSERT INTO tally VALUES (0)")
    ReadServer.path_db, ReadServer.lose = db, lose
    server = ThreadingHTTPServer(("127.0.0.1", port), ReadServer)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def peak_memory_mib() -> int:
    """Return this program's own peak; getrusage would count what its parent had at the fork."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise RuntimeError("this kernel tells no VmHWM")


class ServerProcess:
    """The server above in a process of its own, which can be killed and started again."""

    def __init__(self, db: Path, lose: float) -> None:
        self.db, self.lose, self.port = db, lose, 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, __file__, "serve", "--db", str(self.db)),
                *("--port", str(self.port), "--lose", str(self.lose)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def choose_server(options: argparse.Namespace, folder: Path) -> ServerProcess | Product | None:
    """Start what the flood goes to; None is a server that runs already."""
    if options.server:
        return None
    if options.product:
        product = Product(
            folder / "instance", reader=options.reader, tags=options.tags, lose=options.lose
        )
        options.token = product.token
        product.wait()
        return product
    return ServerProcess(folder / "server.sqlite3", options.lose)


def configure(options: argparse.Namespace, folder: Path, server: str) -> AgentConfig:
    """Return the settings of an agent with one virtual door."""
    door = {
        "tags": options.tags,
        "rate": options.rate,
        "antennas": 2,
        "seconds": options.seconds,
    }
    return AgentConfig(
        server=server,
        token=options.token,
        spool=folder / "spool.sqlite3",
        readers=(ReaderConfig(options.reader, "virtual", options=door),),
    )


def note_sightings(agent: Agent) -> list[ReaderSighting]:
    """Return a list that grows by each sighting: the server is held to it afterwards."""
    made: list[ReaderSighting] = []
    take = agent.buffer.add

    def note(sightings: list[ReaderSighting]) -> None:
        made.extend(sightings)
        take(sightings)

    agent.buffer.add = note  # type: ignore[method-assign] # this buffer alone is watched
    return made


async def pour(
    options: argparse.Namespace,
    agent: Agent,
    spool: Spool,
    clock: SimulatedClock,
    own: ServerProcess | Product | None,
) -> dict[str, int]:
    """Run the door until it has seen all, and kill and start our server meanwhile."""
    supervisor = agent.supervisors[options.reader]
    kills = [options.seconds * (n + 1) / (options.kills + 1) for n in range(options.kills)]
    down_until, deepest, present = None, 0, 0
    while supervisor.health.state.value != "stopped":
        await asyncio.sleep(0.005)
        deepest = max(deepest, spool.state().depth + len(agent.buffer))
        present = max(present, len(agent.trackers[options.reader]))
        if own is not None and down_until is None and kills and clock.monotonic() >= kills[0]:
            kills.pop(0)
            own.kill()
            down_until = clock.monotonic() + options.seconds / 10
        elif own is not None and down_until is not None and clock.monotonic() >= down_until:
            own.start()
            down_until = None
    if own is not None and down_until is not None:
        own.start()
    return {"deepest_queue": deepest, "most_tags_remembered": present}


def ask_server(
    own: ServerProcess | Product,
    options: argparse.Namespace,
    agent: Agent,
    made: list[ReaderSighting],
) -> dict[str, object]:
    """Return what our server holds in the end, and stop it."""
    figures: dict[str, object] = {"server_kills": options.kills}
    reads = agent.supervisors[options.reader].health.counters.reads
    if isinstance(own, Product):
        figures |= own.check(made, reads)
        own.kill()
        return figures
    own.kill()
    with contextlib.closing(sqlite3.connect(own.db)) as db:
        rows, total = db.execute("SELECT count(*), sum(count) FROM reads").fetchone()
        (repeated,) = db.execute("SELECT repeated FROM tally").fetchone()
    return figures | {
        "at_server": rows,
        "reads_counted_at_server": total,
        "posted_again": repeated,
        "each_exactly_once": rows == agent.buffer.spooled and total == reads,
    }


async def flood(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    own = choose_server(options, folder)
    # In the past: simulated minutes run ahead of the clock of a server that knows the real one.
    clock = SimulatedClock(datetime.now(UTC) - timedelta(seconds=options.seconds + 60))
    config = configure(options, folder, options.server or f"http://127.0.0.1:{own.port}")
    spool = Spool(config.spool)
    agent = Agent(config, clock, spool)
    made = note_sightings(agent)
    began = time.perf_counter()
    running = asyncio.create_task(agent.run())
    peaks = await pour(options, agent, spool, clock, own)
    agent.buffer.add(agent.trackers[options.reader].flush())
    while spool.state().depth or len(agent.buffer):
        await asyncio.sleep(0.05)
        if time.perf_counter() - began > options.patience:
            break
    agent.stop()
    await running
    state = spool.state()
    spool.close()
    figures: dict[str, object] = {
        "simulated_seconds": options.seconds,
        "wall_seconds": round(time.perf_counter() - began, 1),
        "reads": agent.supervisors[options.reader].health.counters.reads,
        "sightings": agent.buffer.spooled,
        "delivered": agent.forwarder.delivered,
        "refused": agent.forwarder.refused,
        "left_in_spool": state.depth,
        "lost": state.lost + agent.buffer.lost,
        **peaks,
        "peak_rss_mib": peak_memory_mib(),
    }
    return figures if own is None else figures | ask_server(own, options, agent, made)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    decoders = commands.add_parser("decoders", help="reads a second of each decoder")
    decoders.add_argument("--number", type=int, default=20_000)
    flooding = commands.add_parser("flood", help="a door's flood through a failing server")
    flooding.add_argument("--seconds", type=float, default=300.0, help="simulated")
    flooding.add_argument("--rate", type=float, default=1000.0)
    flooding.add_argument("--tags", type=int, default=200)
    flooding.add_argument("--kills", type=int, default=2)
    flooding.add_argument("--lose", type=float, default=1 / 3)
    flooding.add_argument("--patience", type=float, default=240.0, help="wall seconds at most")
    flooding.add_argument("--product", action="store_true", help="to the product itself")
    flooding.add_argument("--server", help="a running server instead of the one of this file")
    flooding.add_argument("--token", default=TOKEN)
    flooding.add_argument("--reader", default="dock-door-1", help="its name at the server")
    serving = commands.add_parser("serve", help="the server of the flood")
    serving.add_argument("--db", type=Path, required=True)
    serving.add_argument("--port", type=int, default=0)
    serving.add_argument("--lose", type=float, default=0.0)
    options = parser.parse_args()
    if options.command == "serve":
        serve(options.db, options.port, options.lose)
        return 0
    if options.command == "decoders":
        for name, figures in measure_decoders(options.number).items():
            print(name, json.dumps({key: round(value) for key, value in figures.items()}))
        return 0
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(flood(options, Path(folder)))
    print(json.dumps(figures, indent=2))
    return 0 if figures.get("each_exactly_once", not figures["left_in_spool"]) else 1


if __name__ == "__main__":
    sys.exit(main())

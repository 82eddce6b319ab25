"""A server under clients that time out and retry while its workers are killed, and the checker.

The real server (`scanner-app serve --http`) runs as processes of its own. Each client makes scans
with its own ids, gives up after a random time, and sends the same scan again until it is answered;
now and then it sends an old id with other content. Meanwhile workers, or all of them at once, get
SIGKILL. Afterwards the checker reads the database and holds it against what was acknowledged.
"""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.clients import Client, Ledger

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The service as an operator starts it; killed and started again at will."""

    def __init__(
        self,
        url: str,
        instance: Path,
        *,
        workers: int,
        variant: str = "",
        has_worker: bool = False,
        environ: dict[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.environ = {
            **os.environ,
            **(environ or {}),
            "SCANNER_DATABASE_URL": url,
            "SCANNER_INSTANCE_DIR": str(instance),
            "SCANNER_SECRET_KEY": "a-secret-for-tests-only-0123456789abcdef",
            "SCANNER_LOG_LEVEL": "ERROR",
        }
        self.workers = workers
        self.variant = variant
        self.has_worker = has_worker
        self.log = instance / "server.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        module = "tests.torture.variants" if self.variant else "tests.torture.correct"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    module,
                    self.variant,
                    "serve",
                    "--http",
                    *([] if self.has_worker else ["--no-worker"]),
                    "--port",
                    str(self.port),
                    "--workers",
                    str(self.workers),
                ],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        assert self.process is not None
        while time.monotonic() < deadline and self.process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                connection.request("GET", "/readyz")
                with connection.getresponse() as answer:
                    if answer.status == 200:
                        return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.05)  # the server says itself when it is ready
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def worker_pids(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_worker(self, rng: random.Random) -> None:
        pids = self.worker_pids()
        if pids:
            os.kill(rng.choice(pids), signal.SIGKILL)

    def kill_all(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Verdict:
    """What the checker found; empty lists are good."""

    acknowledged: int = 0
    stored: int = 0
    kills: int = 0
    lost_answers: int = 0
    server_errors: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    reuse_accepted: list[str] = field(default_factory=list)
    answer_changed: list[str] = field(default_factory=list)
    state_differs: list[str] = field(default_factory=list)

    def is_clean(self) -> bool:
        return not (
            self.lost
            or self.doubled
            or self.altered
            or self.reuse_accepted
            or self.answer_changed
            or self.state_differs
            or self.server_errors
        )

    def __str__(self) -> str:
        return (
            f"acknowledged {self.acknowledged}, stored {self.stored}, kills {self.kills}, lost "
            f"answers {self.lost_answers}, 500s {self.server_errors}; lost {len(self.lost)}, "
            f"doubled {len(self.doubled)}, altered {len(self.altered)}, reuse accepted "
            f"{len(self.reuse_accepted)}, answers changed {len(self.answer_changed)}, states unlike "
            f"the replay {len(self.state_differs)}"
        )


# Seconds that a machine may take longer than it was given.
PATIENCE = 120


def torment(
    server: Server,
    token: str,
    *,
    seconds: float,
    clients: int,
    seed: int,
    tags: list[str],
    people: list[str],
    rooms: list[str],
    least: tuple[int, int] = (0, 0),
) -> tuple[Ledger, int]:
    """Run clients that scan, kill what serves them, and return the ledger and the kills.

    :param least: so many kills and acknowledged scans there shall be; a slow machine takes longer.
    """
    rng = random.Random(seed)
    ledger, stop = Ledger(), threading.Event()
    server.start()
    crowd = [
        Client(server, token, ledger, stop, seed * 1000 + n, tags, people, rooms)
        for n in range(clients)
    ]
    for client in crowd:
        client.start()
    kills = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or (
        (kills < least[0] or len(ledger.acknowledged) < least[1])
        and time.monotonic() < deadline + PATIENCE
    ):
        time.sleep(rng.uniform(0.2, 1.0))  # between two blows, as the harness chooses
        if rng.random() < 0.7:
            server.kill_worker(rng)
        else:
            server.kill_all()
            server.start()
        kills += 1
    stop.set()
    # Let everybody finish what they began: an unanswered scan is not a lost one.
    for client in crowd:
        client.join(timeout=30)
    return ledger, kills

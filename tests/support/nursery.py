"""A process that has imported the service once and forks a server for each order.

Starting Python and importing the service costs more than a test's server does otherwise. What is
forked runs `scanner-app serve` as the command line does, in a session of its own.

    python -m tests.support.nursery

Each line of its input is an order, each line of its output the answer: {"argv", "environ",
"stderr"} gives a process id, {"ended"} gives its exit status or null.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.support.templates import keep_compiled_templates

# What `scanner-app serve` imports by the time that it answers: all of it once, before the first fork.
IMPORTED = (
    "scanner_app.cli.serve",
    "scanner_app.pages.blueprints",
    "scanner_app.api.blueprints",
    "scanner_app.api.description",
    "scanner_app.api.probes",
    "scanner_app.worker.log",
    "gunicorn.workers.gthread",
)
ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The other end, in the process of the tests: starts the nursery at the first order."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self, argv: list[str], *, environ: dict[str, str], stderr: Path) -> Forked:
        """Start a command and return its process; its errors are added to a file."""
        pid = self._order(argv=argv, environ=environ, stderr=str(stderr))
        return Forked(self, pid)

    def find_status(self, pid: int) -> int | None:
        return self._order(ended=pid)

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()  # the end of its input is the end of it
            self._process = None

    def _order(self, **order: object) -> Any:
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.support.nursery"],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


class Forked:
    """A process of the nursery, to be asked and waited for as one of `subprocess` is."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.nursery = nursery
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.nursery.find_status(self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        end = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)  # only its parent is told when a process ends
        return status


def main() -> None:
    from scanner_app.cli import main as run_command
    from scanner_app.storage.guards import expected_guards

    for name in IMPORTED:
        importlib.import_module(name)
    expected_guards()
    keep_compiled_templates()
    gc.freeze()  # what is imported is shared by all that are forked, and looked through by none
    if (order := wait_for_order()) is not None:
        become(order)
        run_command()


def wait_for_order() -> dict[str, Any] | None:
    """Return an order in the process that is forked for it; None once the input has ended."""
    orders = os.fdopen(os.dup(0), "rb", 0)
    while line := orders.readline():
        order = json.loads(line)
        if "ended" in order:
            pid, status = os.waitpid(order["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if answer == 0:
                return order
        os.write(1, json.dumps(answer).encode() + b"\n")
    return None


def become(order: dict[str, Any]) -> None:
    """Take on what a new process would have been given."""
    os.setsid()
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.argv = ["scanner-app", *order["argv"]]
    null = os.open(os.devnull, os.O_RDWR)
    errors = os.open(order["stderr"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, target in ((null, 0), (null, 1), (errors, 2)):
        os.dup2(source, target)


if __name__ == "__main__":
    main()

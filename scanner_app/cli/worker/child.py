"""The worker that `serve` keeps running beside its web workers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import Any

import click
from gunicorn.arbiter import Arbiter
from prometheus_client.multiprocess import mark_process_dead

# In seconds. It starts after the web workers, whose first answers people wait for; one that dies is
# started again, and one that dies at once not at once.
FIRST_WAIT = 5.0
MIN_WAIT = 1.0
MAX_WAIT = 60.0
# As long as the worker itself lets its jobs end, and a little more.
MAX_END = 22.0


class WorkerChild:
    """Starts a worker as a child process, and again whenever it has ended."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = time.monotonic() + FIRST_WAIT
        self.started_at = 0.0
        self.wait = MIN_WAIT

    def look(self) -> None:
        """Start the worker if it does not run and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            # The arbiter may have reaped it. Then the status is lost, and it counts as ended too.
            if self.process.poll() is None:
                return
            self._note_death(self.process.pid, now)
        if now >= self.start_at:
            command = [sys.executable, "-m", "scanner_app", "worker", "--parent", str(os.getpid())]
            self.process = subprocess.Popen(command)
            self.started_at = now

    def _note_death(self, pid: int, now: float) -> None:
        mark_process_dead(pid)  # type: ignore[no-untyped-call] # theirs has no types
        self.process = None
        if now - self.started_at > MAX_WAIT:
            self.wait = MIN_WAIT
        self.start_at = now + self.wait
        click.echo(f"The worker ended. It starts again in {self.wait:.0f} s.", err=True)
        self.wait = min(2 * self.wait, MAX_WAIT)

    def stop(self) -> None:
        """Stop the worker, and wait until the jobs that it runs have ended."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(MAX_END)
        except subprocess.TimeoutExpired:
            self.process.kill()


class ArbiterWithWorker(Arbiter):  # type: ignore[misc] # gunicorn has no types
    """Gunicorn's arbiter, which looks after the worker in each turn of its loop too."""

    def __init__(self, app: Any, child: WorkerChild) -> None:
        self.child = child
        super().__init__(app)

    def manage_workers(self) -> None:
        super().manage_workers()
        self.child.look()

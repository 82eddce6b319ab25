"""Two servers of one instance: of one version they stand side by side, of two they do not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner_app.cli import serving_lock
from scanner_app.cli.serving_lock import LOCK_NAME, describe_version

HOLD = """
import os, runpy, sys
from pathlib import Path
import click
hold_instance = runpy.run_path(sys.argv[3])["hold_instance"]  # alone: the app takes a second
try:
    hold_instance(Path(sys.argv[1]), sys.argv[2])
except click.ClickException as error:
    print(error.message)
    sys.exit(1)
child = os.fork() if "fork" in sys.argv else None
print("held" if child is None else f"held {child}", flush=True) if child != 0 else None
sys.stdin.read()
"""
MODULE = serving_lock.__file__
OLD, NEW = "1.0, schema 0001", "1.1, schema 0002"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`start("1.0")` holds the instance in a process of its own until it is told to end."""
    started: list[subprocess.Popen[str]] = []

    def make(described: str, *more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), described, MODULE, *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield make
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline()


class TestHoldInstance:
    def test_refuses_another_version_and_says_what_to_do(self, start):
        assert said(start(OLD)) == "held\n"

        other = start(NEW)

        assert other.wait() == 1
        told = said(other)
        assert OLD in told
        assert NEW in told
        assert "Stop that server first" in told

    def test_lets_the_same_version_stand_beside_until_the_last_one_ends(self, start):
        first, second = start(OLD), start(OLD)
        assert said(first) == said(second) == "held\n"
        first.communicate("")

        assert start(NEW).wait() == 1
        second.communicate("")
        assert said(start(NEW)) == "held\n"

    def test_a_crash_leaves_nothing_behind_though_a_worker_lives_on(self, start):
        master = start(OLD, "fork")
        worker = int(said(master).split()[1])

        master.send_signal(signal.SIGKILL)
        master.wait()

        try:
            assert said(start(NEW)) == "held\n"
        finally:
            os.kill(worker, signal.SIGKILL)

    def test_a_file_that_a_crash_left_cut_short_is_no_hindrance(self, start, tmp_path):
        (tmp_path / LOCK_NAME).write_bytes(b"1.\xff")

        assert said(start(NEW)) == "held\n"


class TestServe:
    def run(self, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SCANNER_")}
        return subprocess.run(
            [sys.executable, "-c", "from scanner_app.cli import main; main()", *command],
            env={**environ, "SCANNER_INSTANCE_DIR": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_changes_nothing_beside_another_version_and_commands_still_work(self, start, tmp_path):
        assert said(start(OLD)) == "held\n"

        refused = self.run("serve", "--http", folder=tmp_path)

        assert refused.returncode == 1
        assert f"{OLD}; this one is {describe_version()}" in refused.stderr
        assert not (tmp_path / "scanner.sqlite3").exists()
        beside = self.run("db", "upgrade", folder=tmp_path)
        assert beside.returncode == 0, beside.stderr

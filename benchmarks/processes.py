"""What the worker needs while it waits, and what a start costs, on SQLite.

    python -m benchmarks.processes [--seconds 60]

Each kind of job that runs by itself has run once before the worker is measured. Processor time
counts the children of a process too.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pysqlite3.dbapi2

TICKS = os.sysconf("SC_CLK_TCK")
COMMAND = [sys.executable, "-m", "scanner_app"]
# In seconds: until a worker has started, or is quiet again after its jobs; the longest wait at all.
SETTLE = 5.0
LONGEST = 60.0


def clean_environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCANNER_")}
    return kept | {"SCANNER_INSTANCE_DIR": str(folder)}


def count_seconds(pid: int) -> float:
    """Return the processor time of a process and of its children, in seconds."""
    # After the name, which stands in parentheses: utime, stime, cutime, cstime.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(map(int, fields)) / TICKS + sum(count_seconds(int(child)) for child in children)


def weigh(pid: int) -> tuple[float, float]:
    """Return what a process holds in memory, and what of it no other one shares, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)
    }
    return sizes["Rss"] / 1024, (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


def count_undone(database: Path) -> int:
    """Return how many jobs that run by themselves have not run yet."""
    connection = pysqlite3.dbapi2.connect(database)
    try:
        statement = "SELECT count(*) FROM job WHERE state != 'done' AND started_at IS NULL"
        return int(connection.execute(statement).fetchone()[0])
    except pysqlite3.dbapi2.OperationalError:
        return 1
    finally:
        connection.close()


def make_due(database: Path) -> None:
    connection = pysqlite3.dbapi2.connect(database, timeout=10)
    with connection:
        connection.execute("UPDATE job SET next_at = created_at WHERE state = 'waiting'")
    connection.close()


def measure_worker(folder: Path, environ: dict[str, str], seconds: float) -> None:
    database = folder / "scanner.sqlite3"
    began = time.monotonic()
    with subprocess.Popen([*COMMAND, "worker"], env=environ) as process:
        time.sleep(SETTLE)  # it schedules its jobs as it starts
        make_due(database)
        while count_undone(database) and time.monotonic() - began < LONGEST:
            time.sleep(0.2)  # the worker looks for jobs each second
        time.sleep(SETTLE)  # the last jobs end
        start = count_seconds(process.pid)
        began = time.monotonic()
        time.sleep(seconds)  # this is what is measured
        share = (count_seconds(process.pid) - start) / (time.monotonic() - began)
        resident, private = weigh(process.pid)
        process.terminate()
    print(f"worker, start and jobs  {start:6.2f} s of processor time")
    print(f"worker, idle            {share:6.1%} of a core")
    print(f"worker, idle            {resident:6.1f} MB resident, {private:.1f} MB private")


def measure_serve(environ: dict[str, str], what: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    command = [*COMMAND, "serve", "--http", "--no-worker", "--port", str(port)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        while not answers(port) and time.monotonic() - began < LONGEST:
            time.sleep(0.05)  # it says only by an answer that it is ready
        taken, used = time.monotonic() - began, count_seconds(process.pid)
        process.terminate()
    print(f"serve, {what:16} {used:6.2f} s of processor time, {taken:.1f} s to the first answer")


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "instance"
        environ = clean_environ(folder)
        measure_serve(environ, "first start")
        for _ in range(3):
            measure_serve(environ, "later start")
        measure_worker(folder, environ, options.seconds)


if __name__ == "__main__":
    main()
